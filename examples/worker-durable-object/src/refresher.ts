import { DurableObject } from "cloudflare:workers";
import { flagsmith } from "./flagsmith.ts";

const refreshSeconds = 5;

/** Reloads the environment document for all isolates. There is one instance worldwide. */
export class Refresher extends DurableObject {
  /** Sets the alarm unless it is set: alarms survive isolates and deployments. */
  async start(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.#setAlarm();
  }

  override async alarm(): Promise<void> {
    // Continue after a failed load.
    await flagsmith.updateEnvironment().catch(console.error);
    await this.#setAlarm();
  }

  async #setAlarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + refreshSeconds * 1000);
  }
}
