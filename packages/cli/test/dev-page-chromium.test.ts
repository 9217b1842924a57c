import axe from "axe-core";
import { Flagsmith } from "flagsmith-isomorphic";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "../../../tools/site/src/checks/find-chromium.ts";
import { shopDocument } from "./support/documents.ts";
import { type RunningDev, soon, startDev } from "./support/start-dev.ts";

const executablePath = findChromium();

describe.skipIf(executablePath === undefined)("the page in Chromium", () => {
  let dev: RunningDev;
  let browser: Browser;

  beforeAll(async () => {
    const files = { "environment.json": shopDocument };
    dev = await startDev(["--document", "environment.json"], { files });
    browser = await chromium.launch({
      ...(executablePath !== undefined && { executablePath }),
      args: ["--no-sandbox", "--disable-gpu"],
    });
  });

  afterAll(async () => {
    await browser.close();
    await dev.stop();
  });

  /** Opens the page, and waits until it shows the flags. */
  async function open() {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    // Also what its own policy blocks.
    page.on("console", (line) => line.type() === "error" && errors.push(line.text()));
    await page.goto(`${dev.origin}/`);
    await page.getByLabel("dark_mode is on").waitFor();
    return { page, errors };
  }

  const change = (feature: string, init: RequestInit) =>
    fetch(`${dev.origin}/overrides/${feature}`, { method: "PATCH", ...init });

  test("changes flags, and shows changes and evaluations", async () => {
    const { page, errors } = await open();
    const client = new Flagsmith({ environmentKey: "any", apiUrl: dev.apiUrl });
    await page.getByLabel("Value of max_items").fill("40");
    await page.keyboard.press("Tab");
    await soon(async () => {
      return (await client.getEnvironmentFlags()).getNumber("max_items", 0) === 40;
    });
    await soon(() => page.getByText("max_items=40").count());
    await change("dark_mode", { body: '{"enabled":false}' });
    await soon(async () => !(await page.getByLabel("dark_mode is on").isChecked()));
    await page.getByLabel("Reset dark_mode").click();
    await soon(() => page.getByLabel("dark_mode is on").isChecked());
    await change("max_items", { method: "DELETE" });
    await client.close();
    expect(errors).toEqual([]);
  });

  test("is accessible in light and dark colours, and fits on a phone", async () => {
    const { page } = await open();
    await page.evaluate(axe.source);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const found = await page.evaluate<readonly string[]>(
        "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))",
      );
      expect(found, colorScheme).toEqual([]);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  });
});
