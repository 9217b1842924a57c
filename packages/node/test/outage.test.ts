import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { Flagsmith } from "../src/index.ts";

const outages: Record<string, RequestListener> = {
  "503": (_request, response) => void response.writeHead(503).end(),
  "a hang": () => undefined,
  "429 with Retry-After: 60": (_request, response) =>
    void response.writeHead(429, { "Retry-After": "60" }).end(),
};

/** Makes 300 concurrent calls, then 300 later ones. Returns requests, and milliseconds to the default flag. */
async function measure(listener: RequestListener, circuitBreaker: boolean) {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    request.resume();
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const flagsmith = new Flagsmith({
    environmentKey: "unit-test-key",
    apiUrl: `http://127.0.0.1:${port}/api/v1/`,
    requestTimeoutSeconds: 2,
    requestDeadlineSeconds: 4,
    circuitBreaker,
    defaultFlagHandler: () => ({ enabled: false }),
    logger: { warn: () => undefined, error: () => undefined },
  });
  const runCalls = async () => {
    const before = requests;
    const startedAt = performance.now();
    const calls = Array.from({ length: 300 }, () => flagsmith.getIdentityFlags("user-42"));
    const sources = new Set((await Promise.all(calls)).map(({ source }) => source));
    expect([...sources]).toEqual(["default"]);
    const ms = Math.round(performance.now() - startedAt);
    return { requests: requests - before, ms };
  };
  try {
    return { first: await runCalls(), later: await runCalls() };
  } finally {
    await flagsmith.close();
    server.closeAllConnections();
    server.close();
  }
}

for (const [name, listener] of Object.entries(outages)) {
  it(`later calls make no request and do not wait during ${name}`, async () => {
    const { first, later } = await measure(listener, true);
    expect(first.requests).toBeLessThanOrEqual(450);
    // On a slow machine, the later calls take longer than the pauses between probes, which are at least 0.5 s.
    expect(later.requests).toBeLessThanOrEqual(1 + later.ms / 500);
    if (process.env["OUTAGE_NUMBERS"]) {
      const before = await measure(listener, false);
      console.log(name, JSON.stringify({ before, after: { first, later } }));
    }
  });
}
