import { DocumentCompiler } from "../src/environment/document-compiler.ts";
import { storageKey } from "../src/environment/storage-record.ts";
import { DefaultFlags } from "../src/evaluation/default-flags.ts";
import { IdentityParser } from "../src/identity/identity.ts";
import type { OfflineHandler } from "../src/options/options.ts";
import { apiUrl, environmentKey, json, recordingLogger } from "./fake-platform.ts";

/** The `updated_at` of {@link environmentDocument}. */
export const updatedAt = "2025-12-31T12:00:00.123456+00:00";

function featureState(value: unknown, more: object = {}) {
  return {
    feature: { id: 3, name: "banner" },
    enabled: true,
    django_id: 60,
    feature_state_value: value,
    multivariate_feature_state_values: [],
    ...more,
  };
}

/** An override of `banner` for one identity. */
export function override(identifier: string, value: unknown = `for ${identifier}`) {
  return { identifier, identity_features: [featureState(value)] };
}

/**
 * A small document as the API sends it: `banner` has the given value, another for the segment `gold`
 * (trait `plan` is `gold`) and another for the identity `vip`.
 */
export function environmentDocument(value: unknown = "api", more: object = {}) {
  return {
    id: 1,
    api_key: "client-key",
    name: "Test",
    updated_at: updatedAt,
    feature_states: [featureState(value)],
    project: {
      id: 1,
      name: "Shop",
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
          feature_states: [featureState("for gold", { feature_segment: { priority: 0 } })],
        },
      ],
    },
    identity_overrides: [override("vip")],
    ...more,
  };
}

/** A response with the document. */
export function documentResponse(
  value: unknown = "api",
  headers: Record<string, string> = {},
): Response {
  return json(environmentDocument(value), { headers });
}

/** A store in memory that records its calls. */
export function memoryStorage(content: Record<string, unknown> = {}) {
  const map = new Map(Object.entries(content));
  const reads: string[] = [];
  const writes: { readonly key: string; readonly value: string }[] = [];
  return {
    map,
    reads,
    writes,
    getItem: async (key: string): Promise<unknown> => {
      reads.push(key);
      return map.get(key) ?? null;
    },
    setItem: async (key: string, value: string): Promise<void> => {
      writes.push({ key, value });
      map.set(key, value);
    },
  };
}

/** The storage key of the clients in tests. */
export const ownKey = await storageKey(environmentKey, apiUrl);

/** A stored record, fetched when the fake clock begins by default. */
export function storedRecord(more: object = {}): Record<string, unknown> {
  return {
    version: 2,
    key: ownKey,
    fetchedAt: Date.UTC(2026, 0, 1),
    digest: "0".repeat(64),
    document: environmentDocument("stored"),
    ...more,
  };
}

/** A store with a record of this age. */
export function storageWith(ageMs: number, more: object = {}) {
  const record = storedRecord({ fetchedAt: Date.UTC(2026, 0, 1) - ageMs, ...more });
  return memoryStorage({ [ownKey]: JSON.stringify(record) });
}

/** An offline handler with a document that counts its calls. */
export function offlineHandlerWith(document: unknown = environmentDocument("offline")) {
  const handler = {
    calls: 0,
    getEnvironment: () => {
      handler.calls++;
      return document;
    },
  };
  return handler satisfies OfflineHandler;
}

/** Records the calls of `onEnvironmentChange`: the code of the error, or the date of the document. */
export function recordingChanges() {
  const changes: string[] = [];
  const onEnvironmentChange = (
    error: { readonly code: string } | null,
    change: { readonly updatedAt: string | undefined },
  ) => void changes.push(error?.code ?? `new ${change.updatedAt}`);
  return { changes, onEnvironmentChange };
}

/** A compiler whose unknown features are off. */
export function createCompiler(logger = recordingLogger()): DocumentCompiler {
  const defaults = new DefaultFlags({}, logger);
  const identities = new IdentityParser({ strictTraits: false }, logger);
  return new DocumentCompiler({ logger, defaults, identities });
}
