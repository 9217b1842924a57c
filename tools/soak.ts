// Soaks the packed packages and prints the figures: FLAGSMITH_SOAK_SECONDS=300 node tools/bootstrap.mjs tools/soak.ts
import { pack } from "./contract/src/host/packed.ts";
import { runSoak, soakPlan } from "./contract/src/soak/host/run-soak.ts";

const { consumer } = await pack();
for (const { name, failure } of await runSoak(consumer, soakPlan(process.env))) {
  console.log(failure === undefined ? `ok: ${name}` : `FAILED: ${name}\n${failure}`);
  if (failure !== undefined) process.exitCode = 1;
}
