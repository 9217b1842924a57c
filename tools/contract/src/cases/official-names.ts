import { expect } from "chai";
import { createClient, createLocalClient, environmentKey } from "../client.ts";
import { pause, setMaxItems } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";

/** Options and members of Flagsmith's Node.js client, so that a program changes only its import. */
export const officialNameCases: readonly ContractCase[] = [
  {
    name: "migration: options of the official client and of class instances are accepted",
    async run(context) {
      const { adapter, api } = context;
      class Configuration {
        readonly configService = {};
        readonly apiUrl = api.url;
        readonly cache = undefined;
        readonly requestRetryDelayMilliseconds = 1;
        readonly eventProcessorConfig = { maxBuffer: 10 };
        readonly defaultFlagHandler = () => new adapter.DefaultFlag("default", true);
        get environmentKey() {
          return environmentKey;
        }
      }
      const client = new adapter.Flagsmith(new Configuration());
      context.after(() => client.close());
      await api.control.failNext(1, { kind: "status", status: 503 });
      const flags = await client.getIdentityFlags("user-1");
      expect(flags.flags["max_items"]).to.deep.equal(flags.getFlag("max_items"));
      expect(flags.getFlag("nope")).to.include({ value: "default", isDefault: true });
      await client.flushEvents();
    },
  },
  {
    name: "migration: an update that fails and is not awaited is no unhandled rejection",
    async run(context) {
      const client = createLocalClient(context, { retries: 0 });
      await context.api.control.failNext(2, { kind: "status", status: 503 });
      void client.updateEnvironment();
      const failure = await client.updateEnvironment().catch((error: unknown) => error);
      expect(failure).to.include({ code: "API_STATUS", status: 503 });
      await pause(10);
    },
  },
  {
    name: "migration: getEnvironment loads the document as JSON",
    async run(context) {
      const client = createLocalClient(context);
      const document = await client.getEnvironment();
      expect(document).to.deep.equal(await context.api.control.document());
      const remote = createClient(context);
      const refusal = await remote.getEnvironment().catch((error: unknown) => error);
      expect(refusal).to.include({ code: "NO_ENVIRONMENT" });
    },
  },
  {
    name: "migration: an interval of 0 loads the document once",
    async run(context) {
      const client = createLocalClient(context, { environmentRefreshIntervalSeconds: 0 });
      const read = async () => (await client.getIdentityFlags("user-1")).getNumber("max_items", 0);
      expect(await read()).to.equal(25);
      await setMaxItems(context.api.control, 30);
      expect(await read()).to.equal(25);
      expect(client.status().state).to.equal("ready");
      await client.updateEnvironment();
      expect(await read()).to.equal(30);
    },
  },
];
