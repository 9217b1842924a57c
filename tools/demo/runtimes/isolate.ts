import { Flagsmith } from "@flagsmith-isomorphic/edge";
import { ask } from "../ask.ts";

/** Answers a request that carries the question. */
export async function answer(request: Request): Promise<Response> {
  return new Response(JSON.stringify(await ask(Flagsmith, JSON.parse(await request.text()))));
}
