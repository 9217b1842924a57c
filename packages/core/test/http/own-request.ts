import { version } from "../../src/version.ts";
import { environmentKey } from "../fake-platform.ts";

const userAgent = `flagsmith-isomorphic-fake/${version}`;

/** The headers of every request of a fake platform, without options that add to them. */
export const sdkHeaders = {
  accept: "application/json",
  "user-agent": userAgent,
  "flagsmith-sdk-user-agent": userAgent,
  "x-environment-key": environmentKey,
};

/** Traits, one of them transient. */
export const traits = { plan: "gold", secret: { value: "tr4it", transient: true } };

/** The request body for the flags of `user-42` with these traits. */
export const body: string = JSON.stringify({
  identifier: "user-42",
  traits: [
    { trait_key: "plan", trait_value: "gold" },
    { trait_key: "secret", trait_value: "tr4it", transient: true },
  ],
});
