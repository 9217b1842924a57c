import { evaluate } from "flags/next";
import { darkMode, maxItems } from "../../../flags";

export const runtime = "edge";

/** Decides flags on the Edge Runtime, which Next.js 16 has deprecated: the same import is the client for isolates. */
export async function GET(): Promise<Response> {
  return Response.json(await evaluate({ darkMode, maxItems }));
}
