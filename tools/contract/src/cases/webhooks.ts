import { expect } from "chai";
import { createLocalClient, environmentKey } from "../client.ts";
import type { ContractCase } from "../contract.ts";

/** Functions for custom webhook handlers and stores. */
export const webhookCases: readonly ContractCase[] = [
  {
    name: "webhooks: a signature is the HMAC-SHA256 of one body with one secret",
    async run({ adapter: { signWebhookBody, verifyWebhookSignature } }) {
      const body = "The quick brown fox jumps over the lazy dog";
      const signature = await signWebhookBody(body, "key");
      expect(signature).to.equal(
        "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
      );
      const bytes = new TextEncoder().encode(body);
      expect(await verifyWebhookSignature(bytes, signature, "key")).to.equal(true);
      for (const [other, given, secret] of [
        [`${body} `, signature, "key"],
        [body, signature, "other"],
        [body, signature.replace("f", "0"), "key"],
        [body, null, "key"],
      ] as const) {
        expect(await verifyWebhookSignature(other, given, secret)).to.equal(false);
      }
    },
  },
  {
    name: "storage: a client starts from toStorageRecord() without a request",
    async run(context) {
      const { api, adapter } = context;
      const headers = { "X-Environment-Key": environmentKey };
      const document = await (await fetch(`${api.url}environment-document/`, { headers })).json();
      const { key: recordKey, value } = await adapter.toStorageRecord(document, {
        environmentKey,
        apiUrl: api.url,
      });
      expect(recordKey).to.equal(await adapter.storageKey(environmentKey, api.url));
      await api.control.clearRequests();
      const getItem = (key: string) => (key === recordKey ? value : null);
      const flags = await createLocalClient(context, {
        storage: { getItem },
      }).getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      expect(flags.source).to.equal("storage");
      expect(await api.control.requests()).to.have.lengthOf(0);
    },
  },
];
