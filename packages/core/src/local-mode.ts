import { createReadEnvironment } from "./environment/environment.ts";
import type { EnvironmentProvider } from "./environment/environment-provider.ts";
import { createOfflineEnvironment } from "./environment/offline-environment.ts";
import { FlagsmithClientError } from "./errors.ts";
import { fallbackOf, snapshotsWithFallback } from "./evaluation/fallback.ts";
import type { SnapshotSource } from "./evaluation/flag-evaluator.ts";
import { observedSnapshots } from "./evaluation/observed.ts";
import { pinned } from "./evaluation/pinned.ts";
import { createSnapshotEvaluator } from "./evaluation/snapshot-evaluator.ts";
import { createSnapshots } from "./evaluation/snapshots.ts";
import type { Mode, ModeContext, StandIn } from "./modules.ts";
import type { OfflineHandler } from "./ports/offline-handler.ts";

/** Answers from the environment of the API, and where that fails from the offline handler's. */
export function onlineMode(provider: EnvironmentProvider, context: ModeContext): Mode {
  const { offlineHandler } = context.options;
  const standIn = offlineHandler && offlineSnapshots(offlineHandler, context);
  return modeOn(provider, { context, standIn });
}

/** Answers from the offline handler's environment alone. */
export function offlineMode(context: ModeContext): Mode {
  return modeOn(offlineEnvironment(context.options.offlineHandler ?? nothing, context), {
    context,
  });
}

/** Answers from the offline handler's environment where another evaluator fails. */
export function offlineStandIn(handler: OfflineHandler, context: ModeContext): StandIn {
  const snapshots = offlineSnapshots(handler, context);
  return (calls) => createSnapshotEvaluator(snapshots, calls);
}

interface Surroundings {
  readonly context: ModeContext;
  readonly standIn?: SnapshotSource | undefined;
}

function modeOn(provider: EnvironmentProvider, { context, standIn }: Surroundings): Mode {
  const primary = createSnapshots(provider, context.onMissing);
  const snapshots = snapshotsWithFallback(primary, { ...fallbackOf(context), offline: standIn });
  return {
    provider,
    ask: ({ calls, isPinned, observer }) => {
      const source = isPinned ? pinned(snapshots) : snapshots;
      const asked = observer ? observedSnapshots(source, observer) : source;
      return { evaluator: createSnapshotEvaluator(asked, calls), snapshots: asked };
    },
  };
}

function offlineSnapshots(handler: OfflineHandler, context: ModeContext): SnapshotSource {
  return createSnapshots(offlineEnvironment(handler, context), context.onMissing);
}

function offlineEnvironment(handler: OfflineHandler, { timers, logger }: ModeContext) {
  return createOfflineEnvironment({ handler, read: createReadEnvironment(logger), timers });
}

/** Offline without a handler: only default flags answer. */
const nothing: OfflineHandler = {
  getEnvironment: () => {
    const message = "Offline mode without an offlineHandler has no environment document.";
    throw new FlagsmithClientError("NO_ENVIRONMENT", message);
  },
};
