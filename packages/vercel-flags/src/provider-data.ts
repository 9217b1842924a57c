import {
  type FlagDefinition,
  type FlagDefinitions,
  type Flagsmith,
  FlagsmithClientError,
  type FlagValue,
} from "@flagsmith-isomorphic/core";
import { type FeatureValues, listFeatureValues } from "@flagsmith-isomorphic/core/integration";
import type { FlagDefinitionType, FlagOptionType, ProviderData } from "flags";

/** The options of a flag that is on or off. */
export const toggleOptions: readonly { readonly value: boolean; readonly label: string }[] = [
  { value: false, label: "Off" },
  { value: true, label: "On" },
];

/** Lists the features of the environment and the defined flags. Failures of the client become hints. */
export async function loadProviderData(
  getClient: () => Flagsmith,
  {
    definitions,
    dashboardUrl,
  }: { readonly definitions: FlagDefinitions; readonly dashboardUrl: string | undefined },
): Promise<ProviderData> {
  const { features, hints } = await loadFeatures(getClient);
  const byName = new Map(features.map((feature) => [feature.featureName, feature]));
  const missing = Object.keys(definitions).filter((name) => !byName.has(name));
  const describe = (name: string): readonly [string, FlagDefinitionType] => {
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    const feature = byName.get(name);
    const id = feature?.featureId;
    const origin =
      dashboardUrl && `${dashboardUrl}/features${id === undefined ? "" : `?feature=${id}`}`;
    const described = {
      options: createOptions(feature, definition),
      ...(origin && { origin }),
      ...(definition && { declaredInCode: true, defaultValue: definition.defaultValue }),
      ...(definition?.description !== undefined && { description: definition.description }),
    };
    return [name, described];
  };
  return {
    definitions: Object.fromEntries([...byName.keys(), ...missing].map(describe)),
    hints: hints ?? missing.map(createMissingHint),
  };
}

/** `hints` tell why the list is empty or may be outdated. */
async function loadFeatures(getClient: () => Flagsmith): Promise<{
  readonly features: readonly FeatureValues[];
  readonly hints?: ProviderData["hints"];
}> {
  try {
    const client = getClient();
    const flags = await client.getEnvironmentFlags();
    const features = listFeatureValues(flags);
    const { lastError, problem } = client.status();
    if (flags.source !== "default" && problem === undefined) return { features };
    return { features, hints: [createFailureHint(lastError?.message)] };
  } catch (error) {
    // Errors of a framework, such as those that stop rendering, must reach it.
    if (!(error instanceof FlagsmithClientError)) throw error;
    return { features: [], hints: [createFailureHint(error.message)] };
  }
}

function createFailureHint(reason = "") {
  return {
    key: "flagsmith/unavailable",
    text: `The flags of Flagsmith are missing or outdated. ${reason}`.trim(),
  };
}

function createMissingHint(name: string) {
  return {
    key: `flagsmith/unknown-feature/${name}`,
    text: `The environment in Flagsmith has no feature "${name}".`,
  };
}

/** Lists the values that a flag can have, each once. There is at least one: the default, or that of the environment. */
function createOptions(
  feature: FeatureValues | undefined,
  definition: FlagDefinition | undefined,
): FlagOptionType[] {
  if (definition && !definition.valueType) return [...toggleOptions];
  const values = feature ? listValues(feature) : [];
  if (!definition && !values.some(({ value }) => !isEmpty(value))) return [...toggleOptions];
  const options = values.flatMap(({ value, label }) => {
    if (definition === undefined) return [{ value, label }];
    const parsed = isEmpty(value) ? undefined : definition.valueType?.parse({ value });
    return parsed === undefined || parsed.problem !== undefined
      ? []
      : [{ value: parsed.value, label }];
  });
  const allowed = definition?.of ?? [];
  const defaults = definition ? [{ value: definition.defaultValue, label: "default in code" }] : [];
  const all = [
    ...options,
    ...defaults,
    ...allowed.map((value) => ({ value, label: String(value) })),
  ];
  const unique = new Map<string, FlagOptionType>();
  for (const option of all) {
    const key = JSON.stringify(option.value);
    if (!unique.has(key)) unique.set(key, option);
  }
  return [...unique.values()];
}

function listValues(feature: FeatureValues) {
  const { value, variants, segments } = feature;
  return [
    { value, label: variants.length > 0 ? "control" : "environment" },
    ...variants.map(({ key, weight, value }) => ({
      value,
      label: `${key ?? "variant"}, ${weight} %`,
    })),
    ...segments.map(({ name, value }) => ({ value, label: `segment ${name}` })),
  ];
}

function isEmpty(value: FlagValue | undefined): boolean {
  return value === null || value === undefined || value === "";
}
