/** Size and duration of a fleet test. */
export interface FleetPlan {
  readonly processes: number;
  readonly clientsPerProcess: number;
  readonly intervalSeconds: number;
  /** For how many seconds the loads are counted. */
  readonly countedSeconds: number;
}

/** Enough to see every property. */
const shortPlan: FleetPlan = {
  processes: 8,
  clientsPerProcess: 4,
  intervalSeconds: 2,
  countedSeconds: 8,
};

/**
 * Reads `FLAGSMITH_FLEET_SECONDS`. With it, the loads of 100 clients in 25 processes with an interval of 5 s are
 * counted for so long. By default the test is smaller and takes half a minute.
 *
 * @throws Error if it is not a number above 0
 */
export function readFleetPlan(env: Readonly<Record<string, string | undefined>>): FleetPlan {
  const text = env["FLAGSMITH_FLEET_SECONDS"];
  if (text === undefined || text === "") return shortPlan;
  const countedSeconds = Number(text);
  if (!(countedSeconds > 0)) {
    throw new Error(`FLAGSMITH_FLEET_SECONDS must be a number above 0, not ${text}.`);
  }
  return { processes: 25, clientsPerProcess: 4, intervalSeconds: 5, countedSeconds };
}
