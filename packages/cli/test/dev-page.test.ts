import { Flagsmith } from "flagsmith-isomorphic";
import { Browser, BrowserErrorCaptureEnum } from "happy-dom";
import { expect, test } from "vitest";
import { pageHtml, pageJs } from "../src/dev/page.ts";
import { shopDocument } from "./support/documents.ts";
import { soon, startDev } from "./support/start-dev.ts";

/** happy-dom has no event streams. This one has the members that the page uses. */
function createEventSource(origin: string, signal: AbortSignal) {
  return class extends EventTarget {
    constructor(path: string) {
      super();
      this.#read(path).catch(() => this.dispatchEvent(new Event("error")));
    }

    async #read(path: string): Promise<void> {
      const response = await fetch(origin + path, { signal });
      this.dispatchEvent(new Event("open"));
      let text = "";
      for await (const chunk of response.body ?? []) {
        text += new TextDecoder().decode(chunk);
        const messages = text.split("\n\n");
        text = messages.pop() ?? "";
        for (const message of messages) {
          const [, event = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(message) ?? [];
          if (event !== "") this.dispatchEvent(new MessageEvent(event, { data }));
        }
      }
    }
  };
}

/** The members of an input or a button that the test uses. */
interface Control {
  checked: boolean;
  value: string;
  readonly disabled: boolean;
  readonly click: () => void;
  readonly dispatchEvent: (event: unknown) => unknown;
}

test("the page shows and changes flags, and follows changes", async () => {
  const files = { "environment.json": shopDocument };
  const dev = await startDev(["--document", "environment.json"], { files });
  const leaving = new AbortController();
  const browser = new Browser({
    settings: {
      errorCapture: BrowserErrorCaptureEnum.tryAndCatch,
      enableJavaScriptEvaluation: true,
      suppressInsecureJavaScriptEnvironmentWarning: true,
    },
  });
  const client = new Flagsmith({ environmentKey: "any", apiUrl: dev.apiUrl });
  try {
    expect(await (await fetch(`${dev.origin}/`)).text()).toBe(pageHtml);
    const page = browser.newPage();
    page.url = `${dev.origin}/`;
    const { window } = page.mainFrame;
    const { document } = window;
    document.write(pageHtml.replace(/<script[^>]*><\/script>|<link[^>]*>/g, ""));
    const run = new Function("document", "fetch", "EventSource", pageJs);
    const ownFetch = (path: string, init: RequestInit) => fetch(dev.origin + path, init);
    run(document, ownFetch, createEventSource(dev.origin, leaving.signal));

    const find = (label: string) => {
      const found = document.querySelector(`[aria-label="${label}"]`);
      return found as unknown as Control;
    };
    await soon(() => document.querySelectorAll("#flags tr").length === 4);
    expect(find("dark_mode is on").checked).toBe(true);
    expect(find("Value of max_items").value).toBe("25");
    expect(find("Reset max_items").disabled).toBe(true);

    find("Value of max_items").value = "40";
    find("Value of max_items").dispatchEvent(new window.Event("change"));
    await soon(async () => {
      return (await client.getEnvironmentFlags()).getNumber("max_items", 0) === 40;
    });
    await soon(() => !find("Reset max_items").disabled);
    await soon(() => document.querySelector("#log li")?.textContent.includes("max_items=40"));

    await fetch(`${dev.origin}/overrides/dark_mode`, {
      method: "PATCH",
      body: '{"enabled":false}',
    });
    await soon(() => !find("dark_mode is on").checked);

    find("Reset max_items").click();
    await soon(() => find("Value of max_items").value === "25");
  } finally {
    leaving.abort();
    await client.close();
    await browser.close();
    await dev.stop();
  }
});
