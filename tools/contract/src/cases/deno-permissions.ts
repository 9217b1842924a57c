import type { OfflineHandler } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { captureRejection, createRecordingLogger, environmentKey } from "../client.ts";
import type { Adapter, PlainCase } from "../contract.ts";
import { countTimers } from "../timer-count.ts";

/** Exports of the Deno adapter, as these cases use them. */
interface DenoAdapter extends Pick<Adapter, "Flagsmith" | "FlagsmithAPIError"> {
  readonly LocalFileHandler: new (path: string | URL) => OfflineHandler;
}

/** Resources that need a permission. */
interface ProtectedResources {
  readonly url: string;
  readonly documentPath: string;
}

/** Deno without any permission. */
export function deniedCases(
  { Flagsmith, FlagsmithAPIError, LocalFileHandler }: DenoAdapter,
  { url: apiUrl, documentPath }: ProtectedResources,
): readonly PlainCase[] {
  const logger = createRecordingLogger();
  const options = { environmentKey, apiUrl, logger };
  const local = { ...options, enableLocalEvaluation: true };
  const denied = { code: "PERMISSION_DENIED", status: undefined };
  const defaultFlagHandler = (value: string) => ({ enabled: true, value });
  const banner = { value: "banner", isDefault: true };
  return [
    {
      name: "without --allow-net: a call makes one attempt; the error names URL and flag",
      run: () =>
        countAttempts(async (attempts) => {
          const error = await captureRejection(new Flagsmith(options).getIdentityFlags("user-1"));
          expect(error).to.be.instanceOf(FlagsmithAPIError).and.to.include(denied);
          const { message, cause } = error as Error;
          expect(message).to.include(`${apiUrl}identities/`);
          expect(String(cause)).to.include("--allow-net");
          expect(attempts()).to.equal(1);
        }),
    },
    {
      name: "without --allow-net: default flags after one attempt, and a log line",
      run: () =>
        countAttempts(async (attempts) => {
          const flagsmith = new Flagsmith({ ...options, defaultFlagHandler });
          const flags = await flagsmith.getEnvironmentFlags();
          expect(flags.getFlag("banner")).to.include(banner);
          expect(logger.lines.join()).to.include("not permitted");
          expect(attempts()).to.equal(1);
        }),
    },
    {
      name: "without --allow-net, local: one attempt to load, and default flags",
      run: () =>
        countAttempts((attempts) =>
          countTimers(async (timers) => {
            const flagsmith = new Flagsmith(local);
            expect(await captureRejection(flagsmith.ready())).to.include(denied);
            // The next load, after an interval, is the only timer.
            expect(timers.count()).to.equal(1);
            expect(attempts()).to.equal(1);
            await flagsmith.close();
            expect(timers.count()).to.equal(0);
            const defaulting = new Flagsmith({ ...local, defaultFlagHandler });
            const flags = await defaulting.getIdentityFlags("user-1");
            expect(flags.getFlag("banner")).to.include(banner);
          }),
        ),
    },
    {
      name: "without --allow-read: LocalFileHandler fails; the error names file and flag",
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

/** Deno with `--allow-read` for the file of the document. */
export function permittedCases(
  { Flagsmith, LocalFileHandler }: DenoAdapter,
  { documentPath }: ProtectedResources,
): readonly PlainCase[] {
  return [documentPath, new URL(`file://${documentPath}`)].map((path, index) => ({
    name: `with --allow-read: LocalFileHandler reads the document (${index === 0 ? "path" : "URL"})`,
    async run() {
      const offlineHandler = new LocalFileHandler(path);
      const flagsmith = new Flagsmith({ offlineMode: true, offlineHandler });
      const flags = await flagsmith.getIdentityFlags("alice");
      expect(flags.getFlag("max_items")).to.include({ value: 99, isDefault: false });
    },
  }));
}

/** Counts the calls of the global `fetch` while `run` is pending. */
async function countAttempts(run: (attempts: () => number) => Promise<void>): Promise<void> {
  let attempts = 0;
  const { fetch } = globalThis;
  globalThis.fetch = (...request) => {
    attempts += 1;
    return fetch(...request);
  };
  try {
    await run(() => attempts);
  } finally {
    globalThis.fetch = fetch;
  }
}
