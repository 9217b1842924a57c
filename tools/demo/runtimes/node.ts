// Node.js and Bun.
import { json } from "node:stream/consumers";
import { Flagsmith } from "@flagsmith-isomorphic/node";
import { ask, type Question } from "../ask.ts";

const question = (await json(process.stdin)) as Question;
console.log(JSON.stringify(await ask(Flagsmith, question)));
