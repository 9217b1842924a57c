import { Flagsmith } from "@flagsmith-isomorphic/deno";
import { type EvaluationRequest, evaluateInModes } from "../evaluate.ts";

declare const Deno: { readonly stdin: { readonly readable: ReadableStream<Uint8Array> } };

const request = (await new Response(Deno.stdin.readable).json()) as EvaluationRequest;
console.log(JSON.stringify(await evaluateInModes(Flagsmith, request)));
