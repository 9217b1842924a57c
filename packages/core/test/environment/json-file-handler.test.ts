import { expect, it } from "vitest";
import { JsonFileHandler } from "../../src/environment/json-file-handler.ts";

it.each(["./environment.json", new URL("file:///environment.json")])(
  "reads the file on each call, from the given path: %s",
  async (path) => {
    const paths: (string | URL)[] = [];
    const handler = new JsonFileHandler(path, async (file) => `[${paths.push(file)}]`);
    expect(paths).toEqual([]);
    expect(await handler.getEnvironment()).toEqual([1]);
    expect(await handler.getEnvironment()).toEqual([2]);
    expect(paths).toEqual([path, path]);
  },
);

it("rejects with the error of reading the file", async () => {
  const missing = new Error("no such file");
  const handler = new JsonFileHandler("./missing.json", () => Promise.reject(missing));
  await expect(handler.getEnvironment()).rejects.toBe(missing);
});

it("rejects if the file is not JSON", async () => {
  const handler = new JsonFileHandler("./empty.json", async () => "");
  await expect(handler.getEnvironment()).rejects.toBeInstanceOf(SyntaxError);
});

it("reads a file that begins with a byte order mark", async () => {
  const handler = new JsonFileHandler("./environment.json", async () => "\ufeff[1]\r\n");
  expect(await handler.getEnvironment()).toEqual([1]);
});
