import type { FlagsmithApi } from "@flagsmith-isomorphic/testing";

/** The members of `Flags` that both clients have. */
export interface AnyFlags {
  readonly flags: Readonly<Record<string, unknown>>;
  allFlags(): readonly AnyFlag[];
  getFlag(featureName: string): Partial<AnyFlag>;
  isFeatureEnabled(featureName: string): unknown;
  getFeatureValue(featureName: string): unknown;
}

/** The members of a flag that both clients have. */
export interface AnyFlag {
  readonly featureName: string;
  readonly featureId: number | undefined;
  readonly enabled: boolean;
  readonly value: unknown;
  readonly isDefault: boolean;
  readonly reason?: string | undefined;
  readonly variant?: string | null;
}

/** The members of a client that both clients have. */
export interface AnyClient {
  getEnvironmentFlags(options?: unknown): Promise<AnyFlags>;
  getIdentityFlags(identifier: unknown, traits?: unknown, transient?: unknown): Promise<AnyFlags>;
  getIdentitySegments(
    identifier: unknown,
    traits?: unknown,
  ): Promise<readonly { readonly name: string }[]>;
  updateEnvironment(): Promise<unknown>;
  getEnvironment(): Promise<unknown>;
  close(): Promise<void>;
}

/** The exports that both clients have. */
export interface ClientModule {
  readonly Flagsmith: new (options: object) => AnyClient;
  readonly DefaultFlag: new (value: unknown, enabled: boolean) => object;
}

/** Names of the official client: the first is on every registry, the second is its name since version 9. */
export const officialPackages = ["flagsmith-nodejs", "@flagsmith/nodejs"] as const;

/** Imports a client. Returns `undefined` if it is not installed. */
export async function importClient(name: string): Promise<ClientModule | undefined> {
  try {
    return (await import(name)) as ClientModule;
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** One client with an API of its own, for one question. */
export class Session {
  readonly api: FlagsmithApi;
  readonly module: ClientModule;
  /** Messages of the client, without their text. */
  readonly levels: string[] = [];
  readonly #clients: AnyClient[] = [];

  constructor(module: ClientModule, api: FlagsmithApi) {
    this.module = module;
    this.api = api;
  }

  /** Creates a client of the API. Retries do not wait. */
  create(options: object = {}): AnyClient {
    const log = (level: string) => () => void this.levels.push(level);
    const client = new this.module.Flagsmith({
      environmentKey: this.api.environmentKey,
      apiUrl: "https://flags.example/api/v1/",
      fetch: this.api.fetch,
      requestTimeoutSeconds: 1,
      // An option of this SDK. Retries must not depend on the speed of the machine.
      requestDeadlineSeconds: 30,
      requestRetryDelayMilliseconds: 1,
      logger: { debug: () => 0, info: () => 0, warn: log("warn"), error: log("error") },
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }
}
