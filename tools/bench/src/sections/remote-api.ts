// A minimal Flagsmith API with two routes, for `measureRemote`. It sends its URL to the parent process.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const flags = Array.from({ length: 50 }, (_, i) => ({
  id: i + 1,
  feature: {
    id: i + 1,
    name: `feature_${i + 1}`,
    created_date: "2026-11-22T13:12:28.999957Z",
    description: null,
    initial_value: null,
    default_enabled: true,
    type: "STANDARD",
  },
  feature_state_value: `value-${i + 1}`,
  environment: 1,
  identity: null,
  feature_segment: null,
  enabled: true,
}));
const flagsBody = JSON.stringify(flags);

/** Like the API, returns the identifier of the request. This SDK refuses the flags of another identity. */
function createIdentityBody(request: string): string {
  const { identifier } = JSON.parse(request) as { readonly identifier: string };
  return `{"identifier":${JSON.stringify(identifier)},"traits":[],"flags":${flagsBody}}`;
}

const server = createServer((request, response) => {
  let sent = "";
  request.setEncoding("utf8").on("data", (text: string) => {
    sent += text;
  });
  request.on("end", () => {
    const body = request.url?.endsWith("/identities/") ? createIdentityBody(sent) : flagsBody;
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
    });
    response.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/`);
});
process.on("disconnect", () => process.exit(0));
