import { afterEach, expect, it, vi } from "vitest";
import type { ClientStatus } from "../../src/options/options.ts";
import { toPrometheus } from "../../src/otel/index.ts";

const status: ClientStatus = {
  state: "stale",
  problem: "failing",
  source: "local",
  documentUpdatedAt: "2026-01-02T03:04:05Z",
  ignoredUpdatedAt: undefined,
  loadedAt: "2026-01-02T03:05:00Z",
  ageSeconds: 12.5,
  lastError: undefined,
  consecutiveFailures: 3,
  realtime: "open",
  circuit: undefined,
};

const counts = { accepted: 5, pending: 2, dropped: 1, unconfirmed: 0 };

const createClient = (more: Partial<ClientStatus> = {}) => ({
  status: () => ({ ...status, ...more }),
  deliveryReport: () => ({ analytics: counts, events: { ...counts, accepted: 7 } }),
});

afterEach(() => {
  vi.unstubAllEnvs();
});

it("formats the status and the delivery report", () => {
  expect(toPrometheus(createClient())).toMatchInlineSnapshot(`
    "# HELP flagsmith_state State of the client: 1 for the current one.
    # TYPE flagsmith_state gauge
    flagsmith_state{state="idle"} 0
    flagsmith_state{state="loading"} 0
    flagsmith_state{state="ready"} 0
    flagsmith_state{state="stale"} 1
    flagsmith_state{state="unavailable"} 0
    flagsmith_state{state="closed"} 0
    # HELP flagsmith_failing Whether the last load or call failed.
    # TYPE flagsmith_failing gauge
    flagsmith_failing 1
    # HELP flagsmith_unauthorized Whether the API refuses the key.
    # TYPE flagsmith_unauthorized gauge
    flagsmith_unauthorized 0
    # HELP flagsmith_consecutive_failures Failed loads or calls in a row.
    # TYPE flagsmith_consecutive_failures gauge
    flagsmith_consecutive_failures 3
    # HELP flagsmith_document_age_seconds Seconds since the API returned the document.
    # TYPE flagsmith_document_age_seconds gauge
    flagsmith_document_age_seconds 12.5
    # HELP flagsmith_document_updated_timestamp_seconds When Flagsmith last changed the document.
    # TYPE flagsmith_document_updated_timestamp_seconds gauge
    flagsmith_document_updated_timestamp_seconds 1767323045
    # HELP flagsmith_realtime_open Whether the realtime stream is open.
    # TYPE flagsmith_realtime_open gauge
    flagsmith_realtime_open 1
    # HELP flagsmith_reports_accepted_total Items that the server received.
    # TYPE flagsmith_reports_accepted_total counter
    flagsmith_reports_accepted_total{kind="analytics"} 5
    flagsmith_reports_accepted_total{kind="events"} 7
    # HELP flagsmith_reports_dropped_total Items that are never sent.
    # TYPE flagsmith_reports_dropped_total counter
    flagsmith_reports_dropped_total{kind="analytics"} 1
    flagsmith_reports_dropped_total{kind="events"} 1
    # HELP flagsmith_reports_pending Items that are queued or in flight.
    # TYPE flagsmith_reports_pending gauge
    flagsmith_reports_pending{kind="analytics"} 2
    flagsmith_reports_pending{kind="events"} 2
    # HELP flagsmith_reports_unconfirmed Items of failed attempts that may have arrived.
    # TYPE flagsmith_reports_unconfirmed gauge
    flagsmith_reports_unconfirmed{kind="analytics"} 0
    flagsmith_reports_unconfirmed{kind="events"} 0
    "
  `);
});

it("each sample has the labels, escaped", () => {
  const labels = { environment: 'a"b\\c\nd' };
  const lines = toPrometheus(createClient(), { labels }).trim().split("\n");
  const samples = lines.filter((line) => !line.startsWith("#"));
  for (const sample of samples) expect(sample).toContain('environment="a\\"b\\\\c\\nd"');
  expect(samples.length).toBeGreaterThan(12);
});

it("omits what does not apply to the client", () => {
  const text = toPrometheus(
    createClient({
      documentUpdatedAt: undefined,
      ageSeconds: undefined,
      realtime: undefined,
      circuit: "half-open",
    }),
  );
  expect(text).not.toMatch(/document|realtime/);
  expect(text).toContain("flagsmith_circuit_open 1\n");
});

it.each([
  ["2026-01-02T03:04:05.5", "1767323045.5"],
  ["yesterday 5", undefined],
])("the date of the document %s is %s seconds", (documentUpdatedAt, expected) => {
  vi.stubEnv("TZ", "America/New_York");
  const text = toPrometheus(createClient({ documentUpdatedAt }));
  expect(/^\w+_updated_timestamp_seconds (.+)$/m.exec(text)?.[1]).toBe(expected);
});

it("every line is a comment or a sample", () => {
  for (const line of toPrometheus(createClient()).trimEnd().split("\n")) {
    expect(line).toMatch(/^(# (HELP|TYPE) flagsmith_\w+ .+|flagsmith_\w+(\{[^}]*\})? [\d.]+)$/);
  }
});
