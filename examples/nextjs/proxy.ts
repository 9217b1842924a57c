import { type NextRequest, NextResponse } from "next/server";
import { createRequestScope } from "./lib/flagsmith";

export const config = { matcher: "/" };

/** Visitors with dark_mode get the page under /dark, at the same address. */
export async function proxy({ nextUrl }: NextRequest): Promise<NextResponse> {
  const user = nextUrl.searchParams.get("user") ?? "anonymous";
  const flags = await createRequestScope().getIdentityFlags(user, { plan: "gold" });
  if (!flags.isFeatureEnabled("dark_mode")) return NextResponse.next();
  return NextResponse.rewrite(new URL(`/dark${nextUrl.search}`, nextUrl));
}
