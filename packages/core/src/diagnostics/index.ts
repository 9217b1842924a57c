/**
 * Diagnostics channels for runtimes that have them. An adapter passes its modules through {@link withDiagnostics}.
 *
 * @module
 */
export {
  type DeliveryDiagnostics,
  type DiagnosticsChannel,
  type DiagnosticsChannels,
  type LoadDiagnostics,
  withDiagnostics,
} from "./diagnostics.ts";
