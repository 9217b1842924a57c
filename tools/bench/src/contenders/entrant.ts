import type { Contender } from "./contender.ts";

/** A contender by name, before any of its code is loaded. */
export interface Entrant {
  readonly name: string;
  /** Where its version is read, and what an import costs; not given where that would say nothing new. */
  readonly packageName?: string;
  /** Whether loading its configuration is measured too. */
  readonly refreshes?: boolean;
  readonly load: () => Promise<Contender>;
}
