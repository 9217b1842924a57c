import { evaluate, flag } from "flags/next";
import { expect, it } from "vitest";
import { toVercelFlags } from "../src/to-vercel-flags.ts";
import { createUserValues, userCount } from "./support/environment.ts";
import { appFlags, createRequest, setUp } from "./support/set-up.ts";

const requestsPerUser = 20;
const flagsPerRequest = 5;

it.each([
  { mode: "local", enableLocalEvaluation: true },
  { mode: "remote", enableLocalEvaluation: false },
])("10,000 concurrent decisions for 100 users are right in $mode evaluation", async (client) => {
  const { api, flagsmithAdapter } = setUp({
    client: { enableLocalEvaluation: client.enableLocalEvaluation },
  });
  const declared = toVercelFlags(appFlags, flagsmithAdapter);
  const flags = [
    flag(declared.dark_mode),
    flag(declared.max_items),
    flag(declared.tier),
    flag(declared.banner),
  ] as const;
  const greeting = flag({ key: "greeting", adapter: flagsmithAdapter.string() });
  const users = Array.from(
    { length: userCount * requestsPerUser },
    (_, index) => index % userCount,
  );
  const wrong = await Promise.all(
    users.map(async (user) => {
      const request = createRequest(`user-${user}`);
      const [together, single] = await Promise.all([evaluate(flags, request), greeting(request)]);
      const own = createUserValues(user);
      const expected = [own.dark_mode, own.max_items, own.tier, own.banner, own.greeting];
      const decided = [...together, single];
      return expected.filter(
        (value, index) => JSON.stringify(value) !== JSON.stringify(decided[index]),
      );
    }),
  );
  expect(users.length * flagsPerRequest).toBe(10_000);
  expect(wrong.flat()).toEqual([]);
  // One evaluation for each request: in local evaluation only the document is requested.
  const evaluations = api.requests.filter(({ path }) => path.endsWith("/identities/"));
  expect(evaluations).toHaveLength(client.enableLocalEvaluation ? 0 : users.length);
});
