import type { OfflineHandler } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { captureRejection, createRecordingLogger, environmentKey } from "../client.ts";
import type { Adapter, PlainCase } from "../contract.ts";

/** What Deno's adapter exports besides what all do. */
export interface DenoAdapter extends Adapter {
  readonly LocalFileHandler: new (path: string | URL) => OfflineHandler;
}

/** What there would be to reach. */
export interface Protected {
  readonly url: string;
  readonly documentPath: string;
}

/** Deno without any permission. */
export function unpermittedCases(
  { Flagsmith, FlagsmithAPIError, LocalFileHandler }: DenoAdapter,
  { url: apiUrl, documentPath }: Protected,
): readonly PlainCase[] {
  const logger = createRecordingLogger();
  const options = { environmentKey, apiUrl, logger };
  const local = { ...options, enableLocalEvaluation: true };
  const denied = { code: "PERMISSION_DENIED", status: undefined };
  const defaultFlagHandler = (value: string) => ({ enabled: true, value });
  return [
    {
      name: "without --allow-net: the first call fails, naming the URL and the flag, after one attempt",
      async run() {
        const attempts = countAttempts();
        const error = await captureRejection(new Flagsmith(options).getIdentityFlags("user-1"));
        expect(error).to.be.instanceOf(FlagsmithAPIError).and.to.include(denied);
        const { message, cause } = error as InstanceType<typeof FlagsmithAPIError>;
        expect(message).to.include(`${apiUrl}identities/`);
        expect(String(cause)).to.include("--allow-net");
        expect(attempts()).to.equal(1);
      },
    },
    {
      name: "without --allow-net: default flags answer after one attempt, and the log says why",
      async run() {
        const attempts = countAttempts();
        const flagsmith = new Flagsmith({ ...options, defaultFlagHandler });
        const flags = await flagsmith.getEnvironmentFlags();
        expect(flags.getFlag("banner")).to.include({ value: "banner", isDefault: true });
        expect(logger.lines.join()).to.include("not permitted");
        expect(attempts()).to.equal(1);
      },
    },
    {
      name: "without --allow-net, local: the first load fails after one attempt; default flags answer",
      async run() {
        const attempts = countAttempts();
        const flagsmith = new Flagsmith(local);
        expect(await captureRejection(flagsmith.ready())).to.include(denied);
        // Longer than the first pause after a load that may be tried again.
        await new Promise((resolve) => setTimeout(resolve, 2500));
        expect(attempts()).to.equal(1);
        await flagsmith.close();
        const defaulting = new Flagsmith({ ...local, defaultFlagHandler });
        const flags = await defaulting.getIdentityFlags("user-1");
        expect(flags.getFlag("banner")).to.include({ value: "banner", isDefault: true });
        await defaulting.close();
      },
    },
    {
      name: "without --allow-read: LocalFileHandler fails, naming the file and the flag",
      async run() {
        const offlineHandler = new LocalFileHandler(documentPath);
        const flagsmith = new Flagsmith({ offlineMode: true, offlineHandler });
        const error = await captureRejection(flagsmith.getEnvironmentFlags());
        expect(error).to.include({ code: "NO_ENVIRONMENT" });
        const { cause } = error as Error;
        expect(String(cause)).to.include(documentPath).and.to.include("--allow-read");
      },
    },
  ];
}

/** Deno with `--allow-read` for the document's file alone. */
export function readingCases(
  { Flagsmith, LocalFileHandler }: DenoAdapter,
  { documentPath }: Protected,
): readonly PlainCase[] {
  return [documentPath, new URL(`file://${documentPath}`)].map((path, index) => ({
    name: `with --allow-read: LocalFileHandler's document answers (${index === 0 ? "path" : "URL"})`,
    async run() {
      const offlineHandler = new LocalFileHandler(path);
      const flagsmith = new Flagsmith({ offlineMode: true, offlineHandler });
      const flags = await flagsmith.getIdentityFlags("alice");
      expect(flags.getFlag("max_items")).to.include({ value: 99, isDefault: false });
      await flagsmith.close();
    },
  }));
}

/** Counts what is asked of the runtime's own fetch from now on. */
function countAttempts(): () => number {
  let attempts = 0;
  const { fetch } = globalThis;
  globalThis.fetch = (...request) => {
    attempts += 1;
    return fetch(...request);
  };
  return () => attempts;
}
