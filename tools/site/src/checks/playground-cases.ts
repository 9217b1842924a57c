import { deepEqual, equal, ok } from "node:assert/strict";
import { createSnapshot, type Explanation, explain } from "@flagsmith-isomorphic/core/explain";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { environmentDocument } from "recordings";
import { type ContractResult, type PlainCase, runCases } from "../../../contract/src/contract.ts";
import type { Identity } from "../../.vitepress/theme/playground/evaluate.ts";
import { examples } from "../../.vitepress/theme/playground/examples.ts";
import { serveSite } from "../serve-site.ts";
import { findChromium } from "./find-chromium.ts";
import { createIdentities } from "./identities.ts";

type Document = Parameters<typeof createSnapshot>[0];

/** One flag as the page shows it. */
interface ShownFlag {
  readonly name: string | null;
  readonly state: string | undefined;
  readonly value: string | undefined;
  readonly reason: string | null | undefined;
}

const desktop = { width: 1280, height: 900 };
const phone = { width: 360, height: 740 };

/** Runs the playground of a built site in Chromium. Without Chromium, the cases are skipped. */
export async function runPlayground(folder: string): Promise<ContractResult[]> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    const skipReason = "no Chromium: install it, or set CHROMIUM_PATH";
    return runCases(createCases("", undefined).map((testCase) => ({ ...testCase, skipReason })));
  }
  await using server = await serveSite(folder);
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    return await runCases(createCases(server.url, browser));
  } finally {
    await browser.close();
  }
}

function createCases(url: string, browser: Browser | undefined): readonly PlainCase[] {
  const documents: readonly (readonly [string, unknown])[] = [
    ...examples.map(({ name, document }) => [`example ${name}`, document] as const),
    ["recorded document", environmentDocument],
  ];
  const createCase = (
    name: string,
    options: BrowserContextOptions,
    run: (page: Page) => Promise<void>,
  ): PlainCase => ({
    name: `playground: ${name}`,
    run: async () => {
      const context = await browser?.newContext({ viewport: desktop, ...options });
      if (!context) return;
      try {
        const page = await context.newPage();
        page.setDefaultTimeout(60_000);
        const errors: string[] = [];
        page.on("pageerror", (error) => errors.push(error.message));
        page.on("console", (line) => line.type() === "error" && errors.push(line.text()));
        await page.goto(`${url}/playground.html`);
        await page.waitForSelector(".flags li");
        await run(page);
        deepEqual(errors, [], "errors in the console");
      } finally {
        await context.close();
      }
    },
  });
  return [
    createCase(
      `${documents.length} documents and 20 identities have the flags of the engine, without a request`,
      {},
      async (page) => {
        const requests: string[] = [];
        page.on("request", (request) => requests.push(request.url()));
        for (const [name, document] of documents) {
          await enterDocument(page, document);
          for (const identity of createIdentities()) {
            await enterIdentity(page, identity);
            deepEqual(
              await readFlags(page),
              evaluate(document, identity),
              `${name}, ${identity.identifier}`,
            );
          }
        }
        deepEqual(requests, []);
      },
    ),
    createCase("a split shows the identity's position on the percentage line", {}, async (page) => {
      await page.getByRole("button", { name: "Experiment", exact: true }).click();
      for (const identifier of ["user-1", "user-2", "user-3"]) {
        await page.fill("#playground-identifier", identifier);
        const { document } = examples.find(({ name }) => name === "Experiment") ?? {};
        const { considered } = explain(
          createSnapshot(document as Document),
          "button_colour",
          identifier,
          {},
        );
        const { percentage } = considered.find(hasSplit)?.split ?? { percentage: Number.NaN };
        const line = page.locator("[data-feature=button_colour] [role=img]");
        const label = (await line.getAttribute("aria-label")) ?? "";
        ok(label.startsWith(`${identifier} is at ${percentage.toFixed(2)} %.`), label);
      }
    }),
    createCase("invalid documents are explained", {}, async (page) => {
      await enterText(page, "{");
      ok((await page.getByRole("alert").textContent())?.startsWith("This is not JSON"));
      await enterText(page, "[]");
      ok((await page.getByRole("alert").textContent())?.includes("not an environment document"));
      await enterText(page, JSON.stringify(environmentDocument));
      equal(await page.getByRole("alert").count(), 0);
    }),
    createCase("every control works with the keyboard", {}, async (page) => {
      const flag = page.locator("[data-feature=dark_mode] button").first();
      for (let steps = 0; !(await flag.evaluate(isFocused)); steps++) {
        ok(steps < 80, "the flag cannot be reached with the Tab key");
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Enter");
      equal(await flag.getAttribute("aria-expanded"), "true");
      await page.keyboard.press("Space");
      equal(await flag.getAttribute("aria-expanded"), "false");
      await page.getByRole("button", { name: "Rollout", exact: true }).focus();
      await page.keyboard.press("Enter");
      await page.waitForSelector("[data-feature=new_checkout]");
    }),
    ...(["light", "dark"] as const).map((colorScheme) =>
      createCase(`no axe violations, ${colorScheme}`, { colorScheme }, async (page) => {
        await page.getByRole("button", { name: "Experiment", exact: true }).click();
        await page.locator("summary").click();
        await page.getByRole("button", { name: "Paste or edit the JSON" }).click();
        await openFlags(page);
        deepEqual(await findViolations(page), []);
      }),
    ),
    createCase(
      "a phone of 360 pixels needs no horizontal scrolling",
      { viewport: phone },
      async (page) => {
        for (const { name } of examples) {
          await page.getByRole("button", { name, exact: true }).click();
          await openFlags(page);
          equal(await page.evaluate(() => document.documentElement.scrollWidth), phone.width, name);
        }
        deepEqual(await findViolations(page), []);
      },
    ),
  ];
}

function isFocused(element: Element): boolean {
  return element === document.activeElement;
}

function hasSplit({ split }: Explanation["considered"][number]): boolean {
  return split !== null;
}

/** Opens the explanations of all flags. */
async function openFlags(page: Page): Promise<void> {
  const closed = page.locator(".flag[aria-expanded=false]");
  while ((await closed.count()) > 0) await closed.first().click();
}

async function enterText(page: Page, text: string): Promise<void> {
  const toggle = page.getByRole("button", { name: "Paste or edit the JSON" });
  if (await toggle.isVisible()) await toggle.click();
  await page.fill("#playground-document", text);
}

/** Enters a document, and removes all traits. */
async function enterDocument(page: Page, document: unknown): Promise<void> {
  await enterText(page, JSON.stringify(document));
  const remove = page.locator(".remove");
  while ((await remove.count()) > 0) await remove.first().click();
}

async function enterIdentity(page: Page, { identifier, traits }: Identity): Promise<void> {
  const rows = page.locator(".traits li");
  const entries = Object.entries(traits);
  while ((await rows.count()) < entries.length) {
    await page.getByRole("button", { name: "Add a trait", exact: true }).click();
  }
  while ((await rows.count()) > entries.length) await page.locator(".remove").first().click();
  // Fills all fields at once: twenty identities have more than a hundred traits.
  await page.evaluate(
    (texts) => {
      const fields = document.querySelectorAll<HTMLInputElement>(
        "#playground-identifier, .traits input",
      );
      fields.forEach((field, index) => {
        field.value = texts[index] ?? "";
        field.dispatchEvent(new Event("input"));
      });
    },
    [identifier, ...entries.flatMap(([name, value]) => [name, toText(value)])],
  );
}

/** Writes a trait as a user does: text that looks like another type is quoted. */
function toText(value: string | number | boolean): string {
  return typeof value === "string" ? `"${value}"` : String(value);
}

async function readFlags(page: Page): Promise<readonly ShownFlag[]> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  return page.locator(".flags > li").evaluateAll((items) =>
    items.map((item) => ({
      name: item.getAttribute("data-feature"),
      state: item.querySelector(".state")?.textContent?.trim(),
      value: item.querySelector(".flag .value")?.textContent ?? undefined,
      reason: item.querySelector(".winner")?.getAttribute("title"),
    })),
  );
}

function evaluate(document: unknown, { identifier, traits }: Identity): readonly ShownFlag[] {
  const flags = createSnapshot(document as Document)
    .identityFlags(identifier, traits)
    .allFlags();
  return flags.map(({ featureName, enabled, value, reason }) => ({
    name: featureName,
    state: enabled ? "on" : "off",
    value: value === null ? "no value" : JSON.stringify(value),
    reason,
  }));
}

async function findViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    // The page has the script above.
    const { axe: onPage } = globalThis as unknown as { readonly axe: typeof axe };
    return (await onPage.run()).violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`),
  );
}
