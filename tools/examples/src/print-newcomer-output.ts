// Prints what newcomers see after each of the usual mistakes, after `npm run check`.
import { runNewcomerPath } from "./newcomer.ts";

const results = await runNewcomerPath(({ name, code }, output) => {
  console.log(
    `## ${name}\n\n\`\`\`js\n${code.trim()}\n\`\`\`\n\n\`\`\`text\n${output.trim()}\n\`\`\`\n`,
  );
});
for (const { name, failure } of results) {
  if (failure !== undefined) console.error(`FAILED ${name}\n${failure}`);
}
