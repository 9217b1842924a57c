import type { NextRequest } from "next/server";
import { createRequestScope } from "../../../lib/flagsmith";

export async function GET({ nextUrl }: NextRequest): Promise<Response> {
  const user = nextUrl.searchParams.get("user") ?? "anonymous";
  const flags = await createRequestScope().getIdentityFlags(user, { plan: "gold" });
  return Response.json({
    darkMode: flags.isFeatureEnabled("dark_mode"),
    maxItems: flags.getNumber("max_items", 10),
  });
}
