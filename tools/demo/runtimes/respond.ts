import { Flagsmith } from "@flagsmith-isomorphic/edge";
import { evaluateInModes } from "../evaluate.ts";

/** Responds to a request whose body is an {@link EvaluationRequest}. */
export async function respond(request: Request): Promise<Response> {
  return Response.json(await evaluateInModes(Flagsmith, JSON.parse(await request.text())));
}
