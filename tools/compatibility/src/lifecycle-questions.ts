import { type Answers, describeFlag, describeFlags, describeOutcome } from "./answers.ts";
import type { Session } from "./clients.ts";
import { createDocument } from "./own-document.ts";
import { createOptions, modes, type Question } from "./question.ts";

/** Creates questions about the environment document, the cache and a custom fetch. */
export function askLifecycle(): Question[] {
  const ask = (name: string, run: (session: Session) => Promise<Answers>): Question => ({
    name,
    mode: "local",
    document: createDocument(),
    ask: run,
  });
  const local = createOptions("local");
  return [
    ask("updateEnvironment that fails", async (session) => {
      const client = session.create({ ...local, retries: 0 });
      session.api.failNext(1, { kind: "status", status: 503 });
      return describeOutcome(() => client.updateEnvironment());
    }),
    ask("updateEnvironment with the arguments of an event", async (session) => {
      const client = session.create(local);
      const listener: (...values: unknown[]) => Promise<unknown> = client.updateEnvironment;
      return describeOutcome(() => listener.call(client, "SIGHUP", 1));
    }),
    ask("updateEnvironment uses the new document", async (session) => {
      const client = session.create(local);
      await client.getEnvironmentFlags();
      session.api.updateDocument((draft) => {
        for (const state of draft.feature_states) state.feature_state_value = "changed";
      });
      await client.updateEnvironment();
      return describeFlag(await client.getEnvironmentFlags(), "banner");
    }),
    ask("a call after a failed first load", async (session) => {
      const client = session.create({ ...local, retries: 0 });
      session.api.failNext(1, { kind: "status", status: 503 });
      const first = await describeOutcome(() => client.getEnvironmentFlags());
      const second = await describeOutcome(() => client.getEnvironmentFlags());
      return { first: first["outcome"], second: second["outcome"] };
    }),
    ask("calls load the document once", async (session) => {
      const client = session.create(local);
      for (const identifier of ["a", "b", "c"]) await client.getIdentityFlags(identifier);
      return { requests: session.api.requests.length };
    }),
    ask("concurrent calls load the document once", async (session) => {
      const client = session.create(local);
      await Promise.all(["a", "b", "c"].map((identifier) => client.getIdentityFlags(identifier)));
      return { requests: session.api.requests.length };
    }),
    ask("traits of an earlier call", async (session) => {
      const client = session.create(local);
      await client.getIdentityFlags("vip", { plan: "gold" });
      return describeFlags(await client.getIdentityFlags("vip"));
    }),
    ask("close, and a call after it", async (session) => {
      const client = session.create(local);
      await client.getEnvironmentFlags();
      await client.close();
      return describeOutcome(
        () => client.getEnvironmentFlags(),
        (flags) => describeFlag(flags, "banner"),
      );
    }),
    ask("close, and a remote call after it", async (session) => {
      const client = session.create(createOptions("remote"));
      await client.getEnvironmentFlags();
      await client.close();
      return describeOutcome(() => client.getEnvironmentFlags());
    }),
    ask("onEnvironmentChange", async (session) => {
      const calls: unknown[] = [];
      const onEnvironmentChange = (error: unknown, change: unknown) =>
        void calls.push({ hasFailed: error !== null, hasResult: change !== undefined });
      const client = session.create({ ...local, onEnvironmentChange });
      await client.getEnvironmentFlags();
      session.api.updateDocument((draft) => {
        draft.name = "Renamed";
      });
      await client.updateEnvironment();
      return { calls };
    }),
    ask("onEnvironmentChange after a failed load", async (session) => {
      let last: Answers = {};
      const onEnvironmentChange = (error: unknown, change: unknown) => {
        last = { hasFailed: error !== null, hasResult: change !== undefined };
      };
      const client = session.create({ ...local, retries: 0, onEnvironmentChange });
      await client.getEnvironmentFlags();
      session.api.failNext(1, { kind: "status", status: 503 });
      await client.updateEnvironment().catch(() => undefined);
      return last;
    }),
    ask("a custom fetch that adds a header with a spread", async (session) => {
      const wrapped = (url: string, init: { readonly headers: object }) =>
        session.api.fetch(url, { ...init, headers: { ...init.headers, "X-Trace": "1" } });
      const client = session.create({ fetch: wrapped });
      const answers = await describeOutcome(
        () => client.getEnvironmentFlags(),
        (flags) => describeFlag(flags, "banner"),
      );
      return { ...answers, trace: session.api.requests[0]?.headers["x-trace"] };
    }),
    ...modes.map((mode) =>
      ask(`a cache in ${mode} mode`, async (session) => {
        const entries = new Map<string, unknown>();
        const cache = {
          get: async (key: string) => entries.get(key),
          set: async (key: string, value: unknown) => void entries.set(key, value),
        };
        const client = session.create({ ...createOptions(mode), cache });
        for (const _call of [1, 2]) await client.getEnvironmentFlags();
        const flags = await client.getEnvironmentFlags();
        return {
          ...describeFlag(flags, "banner"),
          requests: session.api.requests.length,
          keys: [...entries.keys()],
        };
      }),
    ),
    ask("a redirect to another origin", async (session) => {
      // Follows the redirect, unless the client wants to see it.
      const fetch = async (_url: string, { redirect }: { readonly redirect?: string }) =>
        redirect === "manual"
          ? Response.redirect("https://elsewhere.example/", 302)
          : Response.json([]);
      return describeOutcome(() => session.create({ fetch }).getEnvironmentFlags());
    }),
    ask("a fetch of a test that returns an object instead of a Response", async (session) => {
      const response = { ok: true, status: 200, json: async () => [] };
      const client = session.create({ fetch: async () => response });
      return describeOutcome(
        () => client.getEnvironmentFlags(),
        (flags) => ({ count: flags.allFlags().length }),
      );
    }),
    ask("getIdentitySegments in offline mode", async (session) => {
      const source = session.create(local);
      const offlineHandler = { getEnvironment: () => source.getEnvironment() };
      const client = session.create({ offlineMode: true, offlineHandler });
      return describeOutcome(
        () => client.getIdentitySegments("alice", { plan: "gold" }),
        (segments) => ({ count: segments.length }),
      );
    }),
    ask("a client whose getEnvironment is replaced", async (session) => {
      const client = session.create(local);
      const getEnvironment = client.getEnvironment.bind(client);
      let calls = 0;
      client.getEnvironment = () => {
        calls++;
        return getEnvironment();
      };
      await client.getEnvironmentFlags();
      return { calls };
    }),
    ask("members of a client", async (session) => {
      const client = session.create(local) as object;
      return { apiUrl: Reflect.get(client, "apiUrl") };
    }),
    ask("getIdentitySegments in remote mode", async (session) =>
      describeOutcome(
        () => session.create().getIdentitySegments("alice"),
        (segments) => ({ segments: segments.map(({ name }) => name) }),
      ),
    ),
  ];
}
