import type { StatusTracker } from "../environment/status.ts";
import type { FlagsmithClientError } from "../errors.ts";
import type { Evaluator } from "../evaluation/evaluator.ts";
import { observeEvaluator } from "../evaluation/observed-evaluator.ts";
import type { FlagEvaluation } from "../flags/flag-evaluation.ts";
import type { Modules } from "../modules.ts";
import type { Timers } from "../platform/platform.ts";

/** The part of a channel of `node:diagnostics_channel` that is used here. */
export interface DiagnosticsChannel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/** The channels of all clients of a process. */
export interface DiagnosticsChannels {
  /** Each flag that is read: {@link FlagEvaluation}. */
  readonly evaluation: DiagnosticsChannel;
  /** Each load of the environment document: {@link LoadDiagnostics}. */
  readonly load: DiagnosticsChannel;
  /** Each request with analytics or events: {@link DeliveryDiagnostics}. */
  readonly delivery: DiagnosticsChannel;
}

/** The outcome of a load of the environment document. */
export interface LoadDiagnostics {
  /** `undefined` if it succeeded. */
  readonly error: FlagsmithClientError | undefined;
  /** Failed loads since the last one that succeeded. */
  readonly consecutiveFailures: number;
  /** When Flagsmith last changed the document in memory, in ISO 8601. */
  readonly documentUpdatedAt: string | undefined;
}

/** The outcome of a request with analytics or events. */
export interface DeliveryDiagnostics {
  /** `"Feature analytics"` or `"Events"`. */
  readonly kind: string;
  /** `undefined` if it succeeded. */
  readonly error: unknown;
  readonly durationMs: number;
}

/**
 * Adds the publishing of evaluations, loads and deliveries to the modules of an adapter. Each checks whether there is a
 * subscriber.
 */
export function withDiagnostics(modules: Modules, channels: DiagnosticsChannels): Modules {
  const { local } = modules;
  return {
    ...modules,
    observe: (evaluator, client) => {
      const { options } = client;
      const onFlagEvaluated = (evaluation: FlagEvaluation) => {
        channels.evaluation.publish(evaluation);
        return options.onFlagEvaluated?.(evaluation);
      };
      // Without a subscriber, evaluations are observed only for the user's own options.
      const silent = observeEvaluator(evaluator, client);
      const publishing = observeEvaluator(evaluator, { ...client, options: { onFlagEvaluated } });
      return createSwitch(() => (channels.evaluation.hasSubscribers ? publishing : silent));
    },
    delivery: (options) => {
      const send: typeof options.send = (batch, call) => {
        const sending = options.send(batch, call);
        return channels.delivery.hasSubscribers
          ? publishDelivery(channels.delivery, sending, options)
          : sending;
      };
      return modules.delivery({ ...options, send });
    },
    ...(local && {
      local: {
        ...local,
        createEnvironment: (context) => {
          publishLoads(channels.load, context.status);
          return local.createEnvironment(context);
        },
      },
    }),
  };
}

/** Creates an evaluator that calls the one that `choose` returns at that time. */
function createSwitch(choose: () => Evaluator): Evaluator {
  return {
    environmentFlags: (scope, options) => choose().environmentFlags(scope, options),
    identityFlags: (scope, identifier, traits, options) =>
      choose().identityFlags(scope, identifier, traits, options),
    snapshot: (scope, options) => choose().snapshot(scope, options),
    currentSnapshot: (scope) => choose().currentSnapshot(scope),
  };
}

async function publishDelivery<T>(
  channel: DiagnosticsChannel,
  sending: Promise<T>,
  { kind, timers }: { readonly kind: string; readonly timers: Timers },
): Promise<T> {
  const startedAt = timers.monotonicNow();
  const publish = (error: unknown) => {
    const durationMs = timers.monotonicNow() - startedAt;
    channel.publish({ kind, error, durationMs } satisfies DeliveryDiagnostics);
  };
  try {
    const result = await sending;
    publish(undefined);
    return result;
  } catch (error) {
    publish(error);
    throw error;
  }
}

/** Publishes the outcome of each load that a status records. */
function publishLoads(channel: DiagnosticsChannel, status: StatusTracker): void {
  const succeeded = status.succeeded.bind(status);
  const failed = status.failed.bind(status);
  const publish = (error: FlagsmithClientError | undefined) => {
    if (!channel.hasSubscribers) return;
    const { consecutiveFailures, documentUpdatedAt } = status.read();
    channel.publish({ error, consecutiveFailures, documentUpdatedAt } satisfies LoadDiagnostics);
  };
  status.succeeded = () => {
    succeeded();
    publish(undefined);
  };
  status.failed = (failure) => {
    failed(failure);
    publish(failure);
  };
}
