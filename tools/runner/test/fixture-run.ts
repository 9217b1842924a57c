// Runs `main` with parts that break down: [FAILING_RUNNER=1] node fixture-run.ts [argument…]
import { main } from "../src/main.ts";
import { createFixturePart } from "./parts/fixture-parts.ts";

const names = ["passes", "rejects", "throws-later", "rejects-later", "rejects-after-end"];
const parts = [...names, "dies", "exits", "stalls"].map((name) => createFixturePart(name));
const more = [createFixturePart("never-ends"), createFixturePart("packaged", true)];
const args = process.argv.slice(2);

if (process.env["FAILING_RUNNER"] !== undefined) {
  setTimeout(() => {
    throw new Error("an error of the runner");
  });
}

await main(args, {
  parts: args.some((arg) => more.some(({ name }) => name === arg)) ? more : parts,
  packing: { ...createFixturePart("exits"), name: "packing" },
  runtimes: ["node24", "deno"],
});
