import { version } from "../../src/version.ts";
import { environmentKey } from "../fake-platform.ts";

const userAgent = `flagsmith-isomorphic-fake/${version}`;

/** What every request of a fake platform carries, and nothing else where no option adds to it. */
export const sdkHeaders = {
  accept: "application/json",
  "user-agent": userAgent,
  "flagsmith-sdk-user-agent": userAgent,
  "x-environment-key": environmentKey,
};

/** Traits of which the API is not to store one. */
export const traits = { plan: "gold", secret: { value: "tr4it", transient: true } };

/** The body of a request for the flags of `user-42` with these traits. */
export const body: string = JSON.stringify({
  identifier: "user-42",
  traits: [
    { trait_key: "plan", trait_value: "gold" },
    { trait_key: "secret", trait_value: "tr4it", transient: true },
  ],
});
