import { precompute } from "flags/next";
import { type NextRequest, NextResponse } from "next/server";
import { welcomeFlags } from "./flags";
import { createRequestScope } from "./lib/flagsmith";

export const config = { matcher: ["/", "/welcome"] };

/** Visitors with dark_mode get the page under /dark, at the same address. */
export async function proxy({ nextUrl }: NextRequest): Promise<NextResponse> {
  if (nextUrl.pathname === "/welcome") {
    const code = await precompute(welcomeFlags);
    return NextResponse.rewrite(new URL(`/welcome/${code}`, nextUrl));
  }
  const user = nextUrl.searchParams.get("user") ?? "anonymous";
  const flags = await createRequestScope().getIdentityFlags(user, { plan: "gold" });
  if (!flags.isFeatureEnabled("dark_mode")) return NextResponse.next();
  return NextResponse.rewrite(new URL(`/dark${nextUrl.search}`, nextUrl));
}
