import { setTimeout as wait } from "node:timers/promises";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { Flagsmith } from "flagsmith-isomorphic";

// One client per execution environment. It survives between invocations, and so does its document.
const flagsmith = new Flagsmith({
  environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
  apiUrl: process.env["FLAGSMITH_API_URL"],
  enableLocalEvaluation: true,
  enableAnalytics: true,
  defaultFlagHandler: () => ({ enabled: false, value: null }),
});

export async function handler(
  event: Pick<APIGatewayProxyEventV2, "queryStringParameters">,
): Promise<APIGatewayProxyStructuredResultV2> {
  const user = event.queryStringParameters?.["user"] ?? "anonymous";
  const flags = await flagsmith.getIdentityFlags(user, { plan: "gold" });
  const items = {
    darkMode: flags.isFeatureEnabled("dark_mode"),
    maxItems: flags.getNumber("max_items", 10),
  };
  // Lambda freezes the process after the response, so send what was counted before. If the API hangs, the next request
  // sends it. Without analytics, leave it out.
  await Promise.race([flagsmith.flush(), wait(1000, undefined, { ref: false })]);
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(items),
  };
}
