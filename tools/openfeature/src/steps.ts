import {
  type Client,
  type EvaluationContext,
  type EvaluationDetails,
  type FlagEvaluationOptions,
  type FlagValue,
  type Hook,
  type JsonValue,
  OpenFeature,
  type Provider,
  StandardResolutionReasons,
} from "@openfeature/server-sdk";
import type { ScenarioStep } from "./scenario.ts";

/** A provider in one of the states of the scenarios, not yet registered. */
export interface PreparedProvider {
  readonly provider: Provider;
  /** Runs after the initialization, for example to make the provider stale. */
  readonly afterInitialization: () => Promise<void>;
  readonly close: () => Promise<void>;
}

type ProviderState = "stable" | "not ready" | "error" | "fatal" | "stale";

/** Creates a provider that will reach a state. */
export type PrepareProvider = (state: ProviderState) => PreparedProvider;

/** The state of a scenario that runs. */
export class World {
  readonly #prepare: PrepareProvider;
  readonly #domain: string;
  readonly closeTasks: (() => Promise<void>)[] = [];
  client: Client | undefined;
  flag: { readonly type: string; readonly key: string; readonly fallback: FlagValue } | undefined;
  context: EvaluationContext = {};
  contextBefore = "";
  options: FlagEvaluationOptions = {};
  details: EvaluationDetails<FlagValue> | undefined;
  readonly hookCalls: { readonly stage: string; readonly details?: unknown }[] = [];
  readonly hookOrder: string[] = [];

  constructor(domain: string, prepare: PrepareProvider) {
    this.#domain = domain;
    this.#prepare = prepare;
  }

  async useProvider(state: ProviderState): Promise<void> {
    const { provider, afterInitialization, close } = this.#prepare(state);
    this.closeTasks.push(close);
    if (state === "not ready") OpenFeature.setProvider(this.#domain, provider);
    else await OpenFeature.setProviderAndWait(this.#domain, provider).catch(() => undefined);
    await afterInitialization();
    this.client = OpenFeature.getClient(this.#domain);
  }

  async evaluate(): Promise<void> {
    const { type, key, fallback } = require(this.flag);
    const client = require(this.client);
    const { context, options } = this;
    const read = {
      Boolean: () => client.getBooleanDetails(key, fallback as boolean, context, options),
      String: () => client.getStringDetails(key, fallback as string, context, options),
      Integer: () => client.getNumberDetails(key, fallback as number, context, options),
      Float: () => client.getNumberDetails(key, fallback as number, context, options),
      Object: () => client.getObjectDetails(key, fallback as JsonValue, context, options),
    }[type];
    this.details = await require(read)();
  }
}

type Definition = (world: World, step: ScenarioStep) => void | Promise<void>;

/** The definitions of the steps, by their Cucumber expressions. */
const definitions: Readonly<Record<string, Definition>> = {
  "a stable provider": (world) => world.useProvider("stable"),
  "a not ready provider": (world) => world.useProvider("not ready"),
  "a error provider": (world) => world.useProvider("error"),
  "a fatal provider": (world) => world.useProvider("fatal"),
  "a stale provider": (world) => world.useProvider("stale"),
  "a {word}-flag with key {string} and a fallback value {string}": (world, { args }) => {
    const [word = "", key = "", text = ""] = args;
    const type = `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
    world.flag = { type, key, fallback: parseValue(type, text) };
  },
  "a context containing a key {string}, with type {string} and with value {string}": (
    world,
    { args },
  ) => {
    const [key = "", type = "", text = ""] = args;
    world.context = { ...world.context, [key]: parseValue(type, text) as string };
  },
  "a context containing a key {string} with null value": (world, { args: [key = ""] }) => {
    world.context = { ...world.context, [key]: null as unknown as string };
  },
  "a client with added hook": (world) => {
    const record = (stage: string, details?: unknown) => {
      world.hookCalls.push({ stage, details });
    };
    require(world.client).addHooks({
      before: () => record("before"),
      after: (_, details) => record("after", details),
      error: () => record("error"),
      finally: (_, details) => record("finally", details),
    });
  },
  "evaluation options containing specific hooks": (world) => {
    const createHook = (name: string): Hook => ({
      before: () => void world.hookOrder.push(`before ${name}`),
      after: () => void world.hookOrder.push(`after ${name}`),
    });
    world.options = { hooks: [createHook("first"), createHook("second")] };
  },
  "an evaluation context with modifiable data": (world) => {
    world.context = { email: "a@example.com", nested: { list: [1, 2] } };
    world.contextBefore = JSON.stringify(world.context);
  },
  "the flag was evaluated with details": (world) => world.evaluate(),
  "the flag was evaluated with details using the evaluation options": (world) => world.evaluate(),
  "the flag was evaluated with details asynchronously": (world) => world.evaluate(),
  "the evaluation should complete without blocking": (world) => void require(world.details),
  "the resolved details value should be {string}": (world, { args: [text = ""] }) => {
    const { type } = require(world.flag);
    expectEqual(world.details?.value, parseValue(type, text));
  },
  "the reason should be {string}": (world, { args: [reason] }) =>
    expectEqual(world.details?.reason, reason),
  "the error-code should be {string}": (world, { args: [code] }) =>
    expectEqual(world.details?.errorCode, code),
  "the flag key should be {string}": (world, { args: [key] }) =>
    expectEqual(world.details?.flagKey, key),
  "the variant should be {string}": (world, { args: [variant] }) =>
    expectEqual(world.details?.variant, variant),
  "the resolved metadata should contain": (world, { rows: [, ...rows] }) => {
    for (const [key = "", type = "", text = ""] of rows) {
      expectEqual(world.details?.flagMetadata[key], parseValue(type, text));
    }
  },
  "the resolved metadata is empty": (world) => expectEqual(world.details?.flagMetadata, {}),
  "the provider status should be {string}": (world, { args: [status] }) =>
    expectEqual(world.client?.providerStatus, status),
  "the {string} hook should have been executed": (world, { args: [stage] }) =>
    expectEqual(world.hookCalls.filter((call) => call.stage === stage).length, 1),
  "the {string} hooks should be called with evaluation details": (world, { args, rows }) => {
    for (const stage of (args[0] ?? "").split(", ")) {
      const call = world.hookCalls.find((each) => each.stage === stage);
      expectDetails(call?.details as EvaluationDetails<FlagValue>, rows.slice(1));
    }
  },
  "the specified hooks should execute during evaluation": (world) =>
    expectEqual(world.hookOrder.length, 4),
  "the hook order should be maintained": (world) =>
    expectEqual(world.hookOrder, ["before first", "before second", "after second", "after first"]),
  "the original evaluation context should remain unmodified": (world) =>
    expectEqual(JSON.stringify(world.context), world.contextBefore),
  "the evaluation details should be immutable": (world) =>
    expectEqual(Object.isFrozen(world.details?.flagMetadata), true),
};

/** The Cucumber expressions of all steps. */
export const expressions: readonly string[] = Object.keys(definitions);

/** Runs a step. @throws Error if the scenario fails. */
export async function runStep(world: World, step: ScenarioStep): Promise<void> {
  await require(definitions[step.expression])(world, step);
}

function expectDetails(details: EvaluationDetails<FlagValue>, rows: ScenarioStep["rows"]): void {
  const { flagKey, value, variant, reason, errorCode } = details;
  const members: Readonly<Record<string, unknown>> = {
    flag_key: flagKey,
    value,
    variant: variant ?? null,
    reason: reason ?? StandardResolutionReasons.UNKNOWN,
    error_code: errorCode ?? null,
  };
  for (const [type = "", key = "", text = ""] of rows) {
    const expected =
      text === "null" ? null : parseValue(type === "boolean" ? "Boolean" : "String", text);
    expectEqual(members[key], expected);
  }
}

function parseValue(type: string, text: string): FlagValue {
  switch (type) {
    case "Boolean":
      return text === "true";
    case "Integer":
    case "Float":
      return Number(text);
    case "Object":
      // The files escape the quotes.
      return JSON.parse(text.replaceAll('\\"', '"'));
    default:
      return text;
  }
}

function expectEqual(actual: unknown, expected: unknown): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new Error(`${found} instead of ${wanted}`);
}

function require<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("A step before this one is missing.");
  return value;
}
