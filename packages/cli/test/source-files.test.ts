import { win32 } from "node:path";
import { expect, test, vi } from "vitest";
import type { Ports } from "../src/ports.ts";

test("a folder on another drive of Windows has rules of its own", async () => {
  vi.resetModules();
  vi.doMock("node:path", () => ({ ...win32, default: win32 }));
  try {
    const { listSourceFiles } = await import("../src/source-files.ts");
    const folders: Readonly<Record<string, Awaited<ReturnType<Ports["files"]["list"]>>>> = {
      "D:\\web": [{ name: "src", isFolder: true }],
      "D:\\web\\src": [
        { name: "a.ts", isFolder: false },
        { name: "b.ts", isFolder: false },
      ],
    };
    const ports = {
      cwd: "C:\\shop",
      files: {
        exists: async (path: string) => path in folders,
        isFile: async () => false,
        list: async (path: string) => folders[path],
      },
    } as unknown as Ports;
    const found = await listSourceFiles(["D:\\web"], ["/src/b.ts"], ports);
    expect(found).toEqual([{ path: "D:/web/src/a.ts", kind: "script" }]);
  } finally {
    vi.doUnmock("node:path");
    vi.resetModules();
  }
});
