import { expect, it } from "vitest";
import { apiFlag, client, fakePlatform, json, recordingLogger, status } from "../fake-platform.ts";

const defaultFlagHandler = () => ({ enabled: true });

it("says once that default flags answer, and again in the next outage", async () => {
  const logger = recordingLogger();
  let isDown = true;
  const platform = fakePlatform(() => (isDown ? status(404) : json([apiFlag("banner")])));
  const flagsmith = client(platform, { defaultFlagHandler, logger });
  for (let calls = 0; calls < 3; calls++) await flagsmith.getEnvironmentFlags();
  expect(logger.warnings).toHaveLength(1);
  isDown = false;
  await flagsmith.getEnvironmentFlags();
  isDown = true;
  await flagsmith.getEnvironmentFlags();
  expect(logger.warnings).toHaveLength(2);
  expect(logger.warnings[1]).toContain("Default flags answer");
});

it("is bounded, though every failure be worded anew", async () => {
  const logger = recordingLogger();
  let count = 0;
  const platform = fakePlatform(() => {
    count++;
    throw new Error(`failure ${count}`);
  });
  const flagsmith = client(platform, { defaultFlagHandler, logger, retries: 0 });
  for (let calls = 0; calls < 100; calls++) await flagsmith.getEnvironmentFlags();
  expect(logger.warnings.length).toBeLessThan(30);
});
