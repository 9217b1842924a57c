import { describe, expect, it } from "vitest";
import { documentResponse } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  fixedRandom,
  hang,
  settle,
  status,
} from "../fake-platform.ts";
import { createIsolate } from "./fake-isolate.ts";

allowNoUnhandledRejection();
fixedRandom();

describe("an update that was cancelled with its request", () => {
  it.each([
    [0, 10_000, 20],
    [4000, 6000, 20],
    [12_000, 0, 20],
    [0, 4000, 8],
  ])("is replaced by an update %i ms later, which waits %i ms of %i s", async (...row) => {
    const [laterMs, waitMs, requestDeadlineSeconds] = row;
    const { clock, flagsmith, platform, value } = createIsolate(
      (request, count) => (count === 1 ? hang(request) : documentResponse("new")),
      { requestDeadlineSeconds },
    );
    void flagsmith.updateEnvironment().catch(() => undefined);
    await settle();
    clock.cutOff();
    await clock.advance(laterMs);
    const startedAt = clock.now();
    await clock.run(flagsmith.updateEnvironment());
    expect(clock.now() - startedAt).toBe(waitMs);
    expect(platform.requests).toHaveLength(2);
    expect(await value()).toBe("new");
  });
});

describe("after a failed first load", () => {
  it("ready() waits until its deadline, unlike other calls", async () => {
    const { clock, flagsmith, value } = createIsolate(async (_request, count) => {
      if (count === 1) return status(500);
      await clock.sleep(5000);
      return documentResponse("late");
    });
    await catchError(value());
    await clock.advance(1000);
    const startedAt = clock.now();
    const ready = flagsmith.ready({ timeoutSeconds: 10 });
    await settle();
    expect((await clock.run(catchError(value()))).code).toBe("API_STATUS");
    expect(clock.now() - startedAt).toBe(1000);
    await clock.run(ready);
    expect(clock.now() - startedAt).toBe(5000);
    expect(await value()).toBe("late");
  });
});
