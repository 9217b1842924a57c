import {
  createOptionError,
  type DefinedFlags,
  type FlagDefinitions,
  type Flags,
  type Flagsmith,
  FlagsmithClientError,
  parseUrl,
  type StandardSchema,
  type WaitUntil,
} from "@flagsmith-isomorphic/core";
import { isUnknownFlag } from "@flagsmith-isomorphic/core/integration";
import type { Adapter, Identify, JsonValue, ProviderData } from "flags";
import type { FlagsmithEntities } from "./identify.ts";
import { loadProviderData } from "./provider-data.ts";
import { RequestFlags } from "./request-flags.ts";

/** Options of a {@link FlagsmithAdapter}. */
export interface FlagsmithAdapterOptions {
  /**
   * Identifies the user of a request, for all flags without an `identify` of their own. Without it, and if it returns
   * `undefined`, flags are those of the environment, which ignore segments.
   */
  readonly identify?: Identify<FlagsmithEntities> | undefined;
  /**
   * Keeps the process running after the response, for example `(work) => after(() => work)` with `after` of Next.js.
   * @defaultValue that of Vercel's request context, if there is one
   */
  readonly waitUntil?: WaitUntil | undefined;
  /**
   * The address of the environment in Flagsmith's dashboard, for links in the toolbar, such as
   * `https://app.flagsmith.com/project/12/environment/AbCdEf`. Without it there are no links.
   */
  readonly dashboardUrl?: string | undefined;
}

/**
 * An adapter for `flag()`. Its type leaves out `identify`, so that the `identify` of a flag may return a narrower type.
 */
export type FlagsmithFlagAdapter<T> = Omit<Adapter<T, FlagsmithEntities>, "identify">;

/** Reads the value of a flag. `undefined` stands for the default of the flag. */
export type ReadFlag<T> = (flags: Flags, featureName: string) => T | undefined;

/**
 * Flagsmith as a provider of the Vercel Flags SDK. Flags of one request share one evaluation. Requests share nothing.
 *
 * @example
 * const flagsmithAdapter = new FlagsmithAdapter(flagsmith, { identify: identifyByCookie("visitor-id") });
 * export const darkMode = flag({ key: "dark_mode", adapter: flagsmithAdapter.toggle() });
 */
export class FlagsmithAdapter {
  readonly #requests: RequestFlags;
  readonly #options: FlagsmithAdapterOptions;
  readonly #dashboardUrl: string | undefined;
  readonly #toggle: FlagsmithFlagAdapter<boolean>;
  readonly #number: FlagsmithFlagAdapter<number>;
  readonly #string: FlagsmithFlagAdapter<string>;

  /**
   * Starts nothing.
   *
   * @param flagsmith - a client of any adapter, or a function that returns it. `next build` evaluates modules without an
   * environment key, so that a function should create the client there, and always return the same one.
   * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for a `dashboardUrl` that is no `http` address.
   */
  constructor(flagsmith: Flagsmith | (() => Flagsmith), options: FlagsmithAdapterOptions = {}) {
    const getClient = typeof flagsmith === "function" ? flagsmith : () => flagsmith;
    this.#requests = new RequestFlags(getClient, options.waitUntil);
    this.#options = options;
    this.#dashboardUrl = options.dashboardUrl && parseDashboardUrl(options.dashboardUrl);
    this.#toggle = this.custom(readToggle, () => false);
    this.#number = this.custom((flags, name) => flags.getNumber(name, undefined));
    this.#string = this.custom((flags, name) => flags.getString(name, undefined));
  }

  /**
   * An adapter for flags that are on or off. The value of the feature is ignored. A feature that the environment does not
   * have is off, unless the flag has a `defaultValue`.
   */
  toggle(): FlagsmithFlagAdapter<boolean> {
    return this.#toggle;
  }

  /**
   * An adapter for numbers. The flag has its `defaultValue` if the feature is off, unknown, or has another value. Use
   * {@link toVercelFlags} with SvelteKit, which passes no default to adapters.
   */
  number(): FlagsmithFlagAdapter<number> {
    return this.#number;
  }

  /** An adapter for texts. Defaults are as those of {@link number}. */
  string(): FlagsmithFlagAdapter<string> {
    return this.#string;
  }

  /**
   * An adapter for JSON. Defaults are as those of {@link number}. Values are frozen, because requests share them.
   *
   * @param schema - a synchronous schema of valibot, zod, arktype or another library that implements Standard Schema.
   */
  json<T = JsonValue>(schema?: StandardSchema<T>): FlagsmithFlagAdapter<T> {
    return this.custom((flags, name) => {
      const value: unknown = schema
        ? flags.getJson(name, undefined, schema)
        : flags.getJson(name, undefined);
      return value as T | undefined;
    });
  }

  /**
   * An adapter whose values a function reads, for example the variant: `(flags, name) => flags.getFlag(name).variant`.
   *
   * @param read - returns `undefined` for the default of the flag. Flags that are evaluated together are those of the
   * same call of this method.
   * @param getDefault - the default of a flag without a `defaultValue`, also if the client fails.
   */
  custom<T>(
    read: ReadFlag<T>,
    getDefault?: (featureName: string) => T | undefined,
  ): FlagsmithFlagAdapter<T> {
    const { identify } = this.#options;
    const url = this.#dashboardUrl;
    const decideAll = (
      params: Parameters<NonNullable<Adapter<T, FlagsmithEntities>["bulkDecide"]>>[0],
    ) => this.#decide<T>(params, { read, getDefault });
    return {
      adapterId: Symbol("flagsmith"),
      ...(identify && { identify }),
      ...(url && { origin: `${url}/features` }),
      bulkDecide: decideAll,
      decide: async ({ key, defaultValue, ...request }) => {
        const values = await decideAll({ ...request, flags: [{ key, defaultValue }] });
        return values[key] as T;
      },
    };
  }

  /**
   * Lists the features of the environment for the toolbar: their values, variants and links. Never fails: the toolbar
   * shows a failure as a hint.
   *
   * @param definition - the flags of the application. Their types, defaults and descriptions are used.
   *
   * @example
   * export const GET = createFlagsDiscoveryEndpoint(() => flagsmithAdapter.getProviderData(appFlags));
   */
  getProviderData(definition?: DefinedFlags<FlagDefinitions>): Promise<ProviderData> {
    return loadProviderData(this.#requests.getClient, {
      definitions: definition?.definitions ?? {},
      dashboardUrl: this.#dashboardUrl,
    });
  }

  /** Evaluates a request once, and reads flags. If the client fails, all flags have their defaults. */
  async #decide<T>(
    {
      flags: requested,
      headers,
      entities,
    }: {
      readonly flags: readonly { readonly key: string; readonly defaultValue?: unknown }[];
      readonly headers: object;
      readonly entities?: FlagsmithEntities;
    },
    {
      read,
      getDefault,
    }: {
      readonly read: ReadFlag<T>;
      readonly getDefault: ((featureName: string) => T | undefined) | undefined;
    },
  ): Promise<Record<string, T>> {
    // `null` is a value, such as the variant of a feature without variants.
    const useDefault = ({ key, defaultValue }: (typeof requested)[number]) =>
      (defaultValue === undefined ? getDefault?.(key) : defaultValue) as T;
    const createValues = (getValue: (flag: (typeof requested)[number]) => T) =>
      Object.fromEntries(requested.map((flag) => [flag.key, getValue(flag)]));
    try {
      const flags = await this.#requests.evaluate(headers, entities);
      return createValues((flag) => {
        const value = read(flags, flag.key);
        return value === undefined ? useDefault(flag) : value;
      });
    } catch (error) {
      // Errors of a framework, such as those that stop rendering, must reach it.
      if (!(error instanceof FlagsmithClientError)) throw error;
      const values = createValues(useDefault);
      // The SDK rejects flags without a default, with this error as the reason.
      if (Object.values(values).includes(undefined as T)) throw error;
      return values;
    }
  }
}

/** Returns `undefined` for a feature that neither the environment nor a `defaultFlagHandler` has. */
function readToggle(flags: Flags, featureName: string): boolean | undefined {
  const flag = flags.getFlag(featureName);
  return isUnknownFlag(flag) ? undefined : flag.enabled;
}

function parseDashboardUrl(url: string): string {
  if (!/^https?:/.test(url) || !parseUrl(url)) {
    throw createOptionError("dashboardUrl", "is not an http(s) address");
  }
  return url.replace(/\/+$/, "");
}
