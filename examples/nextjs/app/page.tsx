import { createRequestScope } from "../lib/flagsmith";
import { Items } from "./items";

export default async function Page({ searchParams }: PageProps<"/">) {
  const { user = "anonymous" } = await searchParams;
  const flags = await createRequestScope().getIdentityFlags(String(user), { plan: "gold" });
  // Components in the browser get plain values. `flags` itself cannot be passed.
  return <Items maxItems={flags.getNumber("max_items", 10)} />;
}
