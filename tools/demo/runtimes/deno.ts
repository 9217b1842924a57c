import { Flagsmith } from "@flagsmith-isomorphic/deno";
import { ask, type Question } from "../ask.ts";

declare const Deno: { readonly stdin: { readonly readable: ReadableStream<Uint8Array> } };

const question = (await new Response(Deno.stdin.readable).json()) as Question;
console.log(JSON.stringify(await ask(Flagsmith, question)));
