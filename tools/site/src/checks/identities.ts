import { recordedIdentities } from "recordings";
import type { Identity } from "../../.vitepress/theme/playground/evaluate.ts";

/** Values of the traits that the documents read. */
const values: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  plan: ["gold", "free", "premium"],
  country: ["CH", "DE", "AT"],
  order_total: [80, 100, 250.5],
  email: ["kim@example.com", "lee@corp.example", ""],
  app_version: ["2.5.1", "2.3.9", "2.4.0"],
  beta: [true, false, "true"],
  device: ["phone", "laptop"],
};

/** Creates twenty identities. Their traits differ, and their identifiers are spread over the line of a split. */
export function createIdentities(): readonly Identity[] {
  const generated = Array.from({ length: 20 - recordedIdentities.length }, (_, index) => ({
    identifier: index === 0 ? "alice" : `user-${index}`,
    traits: Object.fromEntries(
      Object.entries(values).map(([name, choices], place) => [
        name,
        choices[(index + place) % choices.length] ?? "",
      ]),
    ),
  }));
  return [...recordedIdentities, ...generated];
}
