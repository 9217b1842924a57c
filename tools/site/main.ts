// Builds the documentation site into tools/site/dist: npm run docs [-- --serve]

import { relative } from "node:path";
import { parseArgs } from "node:util";
import { buildSite } from "./src/build-site.ts";
import { serveSite } from "./src/serve-site.ts";

const { values } = parseArgs({
  options: { serve: { type: "boolean" }, port: { type: "string" }, help: { type: "boolean" } },
});
if (values.help) {
  console.log(`npm run docs                   builds the documentation site into tools/site/dist
npm run docs -- --serve        also serves it on http://127.0.0.1:4173
npm run docs -- --serve --port 8080`);
} else {
  const folder = await buildSite();
  console.log(`The site is in ${relative(process.cwd(), folder)}.`);
  if (values.serve) {
    const { url } = await serveSite(folder, Number(values.port ?? 4173));
    console.log(url);
  }
}
