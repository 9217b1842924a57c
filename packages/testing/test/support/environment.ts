import type { FlagValue } from "@flagsmith-isomorphic/core/engine";
import type { WireDocument } from "../../src/index.ts";

/** A small environment with all members that the API reads. */
export const document: WireDocument = {
  id: 3,
  api_key: "clientkey",
  updated_at: "2026-01-02T03:04:05.678901+00:00",
  allow_client_traits: true,
  hide_sensitive_data: false,
  hide_disabled_flags: null,
  feature_states: [
    createState(1, "banner", true, "hello"),
    createState(2, "dark_mode", false, null),
    createState(3, "secret", true, 42),
  ],
  identity_overrides: ["alice", "bob", "carol", "dave", "erin"].map((identifier) => ({
    identifier,
  })),
  project: {
    segments: [],
    hide_disabled_flags: false,
    enable_realtime_updates: true,
    server_key_only_feature_ids: [3],
    organisation: { persist_trait_data: true },
  },
};

function createState(id: number, name: string, enabled: boolean, value: FlagValue) {
  return {
    feature: { id, name, type: "STANDARD" },
    enabled,
    feature_state_value: value,
    django_id: id,
  };
}

/** The path of the environment's realtime stream. */
export const streamPath = "/sse/environments/clientkey/stream";

/** The headers of a request with the server-side key. */
export const headers = { "X-Environment-Key": "ser.testing" };
