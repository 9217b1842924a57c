import { Flagsmith } from "@flagsmith-isomorphic/deno";
import { ask } from "../ask.ts";

declare const Deno: { readonly args: readonly string[] };

console.log(JSON.stringify(await ask(Flagsmith, JSON.parse(Deno.args[0] ?? ""))));
