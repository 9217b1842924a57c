/** A scenario of a feature file, with the values of its example row. */
export interface Scenario {
  /** Unique: its title, and the first two cells of its example row. */
  readonly name: string;
  readonly steps: readonly ScenarioStep[];
}

/** A step with the definition that matches it. */
export interface ScenarioStep {
  /** The expression of the definition. */
  readonly expression: string;
  readonly args: readonly string[];
  /** The rows of its table, the titles first. */
  readonly rows: readonly (readonly string[])[];
}

/** How the flags are evaluated. */
export interface Mode {
  readonly name: string;
  readonly isLocal: boolean;
  readonly booleans: "enabled" | "value";
}

export const modes: readonly Mode[] = [
  { name: 'local, booleans: "enabled"', isLocal: true, booleans: "enabled" },
  { name: 'local, booleans: "value"', isLocal: true, booleans: "value" },
  { name: 'remote, booleans: "enabled"', isLocal: false, booleans: "enabled" },
  { name: 'remote, booleans: "value"', isLocal: false, booleans: "value" },
];

/** The result of a scenario. */
export interface ScenarioResult {
  readonly mode: string;
  readonly name: string;
  /** Why it failed. */
  readonly failure?: string;
}
