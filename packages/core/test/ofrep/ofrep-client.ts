import { createOfrepHandler, type OfrepHandlerOptions } from "../../src/ofrep/index.ts";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import { updatedAt } from "../fake-environment.ts";
import { fakePlatform, json, localClient, recordingLogger } from "../fake-platform.ts";

/** The token of the handlers in tests. */
export const token = "secret-token";

const url = "https://edge.example/flags/ofrep/v1/evaluate/flags";

function featureState(id: number, name: string, value: unknown = null, more: object = {}) {
  return {
    feature: { id, name },
    enabled: true,
    feature_state_value: value,
    multivariate_feature_state_values: [],
    ...more,
  };
}

/** An environment with a feature of each type, of each reason, and one for servers only. */
export const document = {
  id: 1,
  api_key: "client-key",
  name: "Test",
  updated_at: updatedAt,
  feature_states: [
    featureState(1, "toggle"),
    featureState(2, "toggle_off", null, { enabled: false }),
    featureState(3, "text", "blue"),
    featureState(4, "text_off", "blue", { enabled: false }),
    featureState(5, "number", 42),
    featureState(6, "boolean", true),
    featureState(7, "object", '{"title":"Hello"}'),
    featureState(8, "array", "[1]"),
    featureState(9, "template", "{name}"),
    featureState(10, "fraction", "0.5"),
    featureState(11, "split", "control", {
      multivariate_feature_state_values: [
        {
          id: 1,
          percentage_allocation: 100,
          multivariate_feature_option: { value: "red", key: "first" },
        },
      ],
    }),
    featureState(12, "targeted", "for all"),
    featureState(13, "server only", "internal"),
    featureState(14, "empty", ""),
  ],
  project: {
    id: 1,
    name: "Shop",
    server_key_only_feature_ids: [13],
    segments: [
      {
        id: 11,
        name: "gold",
        rules: [
          {
            type: "ALL",
            rules: [],
            conditions: [{ operator: "EQUAL", property_: "plan", value: "gold" }],
          },
        ],
        feature_states: [
          featureState(12, "targeted", "for gold", { feature_segment: { priority: 0 } }),
        ],
      },
    ],
  },
  identity_overrides: [],
};

/** A handler, and the API and the logger of its client. */
export function createOfrep(
  options: Partial<OfrepHandlerOptions> = { token },
  client: Partial<FlagsmithOptions> & { readonly respond?: () => Response } = {},
) {
  const { respond = () => json(document), ...clientOptions } = client;
  const platform = fakePlatform(respond, {
    retryPolicy: { retries: 0, delay: () => 0, shouldRetry: () => false },
  });
  const logger = recordingLogger();
  const flagsmith = localClient(platform, { logger, ...clientOptions });
  const handle = createOfrepHandler({ flagsmith, ...options });
  /** Sends a request. The body is that of a user if there is none. */
  const send = (
    path: string,
    {
      body = { context: { targetingKey: "user-42" } },
      method = "POST",
      headers = {},
    }: {
      readonly body?: unknown;
      readonly method?: string;
      readonly headers?: Record<string, string>;
    } = {},
  ): Promise<Response> =>
    handle(
      new Request(url + path, {
        method,
        headers: { "X-API-Key": token, ...headers },
        ...(method === "POST" && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );
  /** Sends a context, and returns the status and the parsed body. */
  const evaluate = async (path: string, context: object = { targetingKey: "user-42" }) => {
    const response = await send(path, { body: { context } });
    return { status: response.status, body: await response.json() };
  };
  return { flagsmith, platform, logger, handle, send, evaluate };
}
