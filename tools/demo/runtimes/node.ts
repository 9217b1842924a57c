// Runs on Node.js and Bun.
import { json } from "node:stream/consumers";
import { Flagsmith } from "@flagsmith-isomorphic/node";
import { type EvaluationRequest, evaluateInModes } from "../evaluate.ts";

const request = (await json(process.stdin)) as EvaluationRequest;
console.log(JSON.stringify(await evaluateInModes(Flagsmith, request)));
