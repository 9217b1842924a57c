// A program on any runtime: its connection to the API dies silently, and later calls need a new one. JavaScript, because
// Node.js 20 runs no TypeScript.
import { deepStrictEqual, ok, strictEqual } from "node:assert";

const [entry, transport, apiUrl, cutUrl, maxRetries] = process.argv.slice(2);
if (transport === "installed7") {
  // Loads the undici of Node.js, whose dispatcher undici 7 does not accept.
  new Headers();
  (await import("undici")).install();
}
if (transport === "installed8") (await import("undici8")).install();
const { Flagsmith } = await import(entry);
const { undiciFetch } = transport.startsWith("undici") ? await import(`${entry}/undici`) : {};
const agent = transport === "undici8" ? new (await import("undici8")).Agent() : undefined;

const failures = [];
const flagsmith = new Flagsmith({
  environmentKey: "ser.key",
  apiUrl,
  requestTimeoutSeconds: 1,
  requestDeadlineSeconds: 30,
  retries: { retries: Number(maxRetries), delay: () => 0 },
  fetch: undiciFetch,
  agent,
  enableAnalytics: true,
  logger: {
    debug: (message) => message.startsWith("Retry") && failures.push(message),
    warn: () => {},
    error: () => {},
  },
});

async function call() {
  const flags = await flagsmith.getEnvironmentFlags();
  strictEqual(flags.getFeatureValue("max_items"), 25);
}

await call();
deepStrictEqual(failures, []);
ok((await fetch(cutUrl)).ok);
for (let i = 0; i < 4; i++) await call().catch(({ message }) => failures.push(message));
// The attempt that finds the dead connection.
strictEqual(failures.length, 1, failures.join("\n"));
// The last report uses no dead connection either.
await flagsmith.close();
strictEqual(flagsmith.deliveryReport().analytics.dropped, 0);
await agent?.close();
