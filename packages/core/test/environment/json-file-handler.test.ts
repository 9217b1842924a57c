import { expect, it } from "vitest";
import { JsonFileHandler } from "../../src/environment/json-file-handler.ts";

it.each(["./environment.json", new URL("file:///environment.json")])(
  "reads the file when it is asked, each time anew, by what it was given: %s",
  async (path) => {
    const asked: (string | URL)[] = [];
    const handler = new JsonFileHandler(path, async (file) => `[${asked.push(file)}]`);
    expect(asked).toEqual([]);
    expect(await handler.getEnvironment()).toEqual([1]);
    expect(await handler.getEnvironment()).toEqual([2]);
    expect(asked).toEqual([path, path]);
  },
);

it("rejects with what reading the file threw", async () => {
  const missing = new Error("no such file");
  const handler = new JsonFileHandler("./missing.json", () => Promise.reject(missing));
  await expect(handler.getEnvironment()).rejects.toBe(missing);
});

it("rejects where the file holds no JSON", async () => {
  const handler = new JsonFileHandler("./empty.json", async () => "");
  await expect(handler.getEnvironment()).rejects.toBeInstanceOf(SyntaxError);
});
