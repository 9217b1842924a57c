import {
  type ComparisonOptions,
  compareWithRemote,
  type FlagDifference,
} from "../../src/comparison/index.ts";
import {
  compileEnvironmentDocument,
  type EnvironmentDocument,
  type EvaluatedFlag,
  type IdentityContext,
} from "../../src/engine/index.ts";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { fakePlatform, json, localClient, type Responder } from "../fake-platform.ts";

/** The API's response for a flag. */
function toApiFlag({ name, featureId, enabled, value, variant, reason }: EvaluatedFlag) {
  const feature = { id: featureId, name };
  return { feature, enabled, feature_state_value: value, variant, reason };
}

/** An API that evaluates `truth`, and serves `document` for local evaluation. */
export function respondWith(truth: object, document: () => object): Responder {
  const { value: compiled } = compileEnvironmentDocument(truth as EnvironmentDocument);
  if (!compiled) throw new Error("the document was refused");
  return ({ url, body }) => {
    if (url.includes("environment-document")) return json(document());
    if (body === undefined) {
      return json(compiled.evaluateWithoutSegments().flags().map(toApiFlag));
    }
    const { identifier, traits } = JSON.parse(body) as {
      readonly identifier: string;
      readonly traits: readonly { readonly trait_key: string; readonly trait_value: never }[];
    };
    const used: IdentityContext["traits"] = Object.fromEntries(
      traits.map(({ trait_key, trait_value }) => [trait_key, trait_value]),
    );
    const flags = compiled.evaluate({ identifier, traits: used }).flags().map(toApiFlag);
    return json({ identifier, flags, traits });
  };
}

/** A client that compares every call, and the differences that it has reported. */
export function comparingClient(
  respond: Responder,
  {
    comparison,
    options,
    platform: more,
  }: {
    readonly comparison?: Partial<ComparisonOptions>;
    readonly options?: Partial<FlagsmithOptions>;
    readonly platform?: Partial<Platform>;
  } = {},
) {
  const differences: FlagDifference[] = [];
  const platform = fakePlatform(respond, more);
  const compared = compareWithRemote({
    sampleRate: 1,
    onDifference: (difference) => void differences.push(difference),
    ...comparison,
  });
  const flagsmith = localClient(platform, { compareWithRemote: compared, ...options });
  /** The requests of comparisons. */
  const comparisons = () => platform.requests.filter(({ url }) => !url.includes("document"));
  return { flagsmith, platform, compared, differences, comparisons };
}
