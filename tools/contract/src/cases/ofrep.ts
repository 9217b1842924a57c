import { expect } from "chai";
import { createOfrepHandler } from "flagsmith-isomorphic/ofrep";
import { createLocalClient } from "../client.ts";
import type { ContractCase } from "../contract.ts";

const url = "https://edge.example/ofrep/v1/evaluate/flags";
const token = "contract-token";

function createRequest(path: string, context: object, headers: Record<string, string>): Request {
  return new Request(url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ context }),
  });
}

/** The body of a response. */
interface OfrepBody {
  readonly errorCode?: string;
  readonly flags?: readonly unknown[];
  readonly metadata?: { readonly version?: string };
}

const readJson = async (response: Response) => (await response.json()) as OfrepBody;

/** The handler for OpenFeature's remote evaluation protocol. */
export const ofrepCases: readonly ContractCase[] = [
  {
    name: "OFREP: a handler evaluates one flag, or all with an ETag",
    async run(context) {
      const flagsmith = createLocalClient(context);
      const handle = createOfrepHandler({ flagsmith, token });
      const headers = { Authorization: `Bearer ${token}` };
      const user = { targetingKey: "user-42", plan: "gold", dropped: [1] };

      const one = await handle(createRequest("/max_items", user, headers));
      expect(one.status).to.equal(200);
      const expected = (await flagsmith.getIdentityFlags("user-42", { plan: "gold" })).getFlag(
        "max_items",
      );
      const flag = await readJson(one);
      expect(flag).to.include({ key: "max_items", value: expected.value });
      expect(flag.metadata).to.include({ flagsmithReason: expected.reason });

      const all = await handle(createRequest("", user, headers));
      expect(all.headers.get("Content-Type")).to.equal("application/json");
      const { flags, metadata } = await readJson(all);
      expect(flags?.length).to.be.greaterThan(3);
      expect(metadata?.version).to.equal(flag.metadata?.version);
      const tag = `${all.headers.get("ETag")}`;
      const again = await handle(createRequest("", user, { ...headers, "If-None-Match": tag }));
      expect([again.status, await again.text()]).to.deep.equal([304, ""]);
    },
  },
  {
    name: "OFREP: a handler refuses requests without a token, and answers others with codes",
    async run(context) {
      const flagsmith = createLocalClient(context);
      expect(() => createOfrepHandler({ flagsmith })).to.throw("public: true");
      const handle = createOfrepHandler({ flagsmith, tokens: [token], maxBodyBytes: 100 });
      const send = async (path: string, user: object, key: string = token) => {
        const response = await handle(createRequest(path, user, { "X-API-Key": key }));
        const { errorCode } = await readJson(response);
        return [response.status, errorCode];
      };
      const user = { targetingKey: "user-42" };
      expect(await send("", user, "other")).to.deep.equal([401, undefined]);
      expect(await send("/unknown", user)).to.deep.equal([404, "FLAG_NOT_FOUND"]);
      expect(await send("", {})).to.deep.equal([400, "TARGETING_KEY_MISSING"]);
      const long = { targetingKey: "x".repeat(100) };
      expect(await send("", long)).to.deep.equal([413, "GENERAL"]);
      expect((await handle(new Request(url))).status).to.equal(405);
    },
  },
];
