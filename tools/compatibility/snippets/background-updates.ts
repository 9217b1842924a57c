import { Flagsmith } from "flagsmith-nodejs";

const flagsmith = new Flagsmith({
  environmentKey: "ser.unknown-key",
  enableLocalEvaluation: true,
  retries: 0,
});

// A program that does not wait for the update survives its failure.
flagsmith.updateEnvironment();
await new Promise((resolve) => setTimeout(resolve, 300));
console.log("still alive"); // still alive
await flagsmith.close();
