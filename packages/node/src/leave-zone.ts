/**
 * Runs a function outside of the zone of zone.js, because Angular does not send a page while its zone has timers. `fetch`
 * and undici set some as well.
 */
export function leaveZone<T>(run: () => T): T {
  const { Zone } = globalThis as { readonly Zone?: { readonly root?: ZoneOfZoneJs } };
  return Zone?.root ? Zone.root.run(run) : run();
}

interface ZoneOfZoneJs {
  run<T>(task: () => T): T;
}
