import { DurableObject } from "cloudflare:workers";
import { flagsmith } from "./flagsmith.ts";

const refreshSeconds = 5;

/** There is one of it in the world: by its alarm it loads the environment anew, for all isolates. */
export class Refresher extends DurableObject {
  /** Does nothing where the alarm is set already; it outlives isolates and deployments. */
  async start(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.#setAlarm();
  }

  override async alarm(): Promise<void> {
    // A load that fails is not the last one.
    await flagsmith.updateEnvironment().catch(console.error);
    await this.#setAlarm();
  }

  async #setAlarm(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + refreshSeconds * 1000);
  }
}
