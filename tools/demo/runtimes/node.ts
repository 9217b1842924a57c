// Node.js and Bun.
import { Flagsmith } from "@flagsmith-isomorphic/node";
import { ask } from "../ask.ts";

console.log(JSON.stringify(await ask(Flagsmith, JSON.parse(process.argv[2] ?? ""))));
