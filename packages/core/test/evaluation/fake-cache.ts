import type { Flagsmith } from "../../src/flagsmith.ts";
import { apiFlag, fakePlatform, json } from "../fake-platform.ts";

/** A platform whose flag has the number of the request as its value. */
export function countingPlatform() {
  return fakePlatform(({ method }, count) => {
    const flags = [apiFlag("banner", { feature_state_value: count })];
    return json(method === "POST" ? { flags } : flags);
  });
}

/** A cache in memory. */
export function mapCache() {
  const map = new Map<string, unknown>();
  return {
    map,
    get: (key: string) => map.get(key),
    set: (key: string, flags: unknown) => void map.set(key, flags),
  };
}

/** Calls a client. */
export type CallFlags = (flagsmith: Flagsmith) => ReturnType<Flagsmith["getEnvironmentFlags"]>;

export const forUser: CallFlags = (flagsmith) =>
  flagsmith.getIdentityFlags("user-42", { plan: "gold", age: 30 });
