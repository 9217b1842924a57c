import { once } from "node:events";

/** The heap of a Worker, seen through its inspector. */
export interface WorkerHeap {
  /** Collects garbage first. */
  usedBytes(): Promise<number>;
  close(): void;
}

/** Connects to the inspector of the Worker of that name. */
export async function connectToHeap(inspector: URL, name: string): Promise<WorkerHeap> {
  const socket = new WebSocket(new URL(`/core:user:${name}`, inspector));
  await once(socket, "open");
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = JSON.parse(String(data));
    waiting.get(id)?.(error ?? result);
    waiting.delete(id);
  });
  let count = 0;
  const ask = (method: string) =>
    new Promise<unknown>((resolve) => {
      count += 1;
      waiting.set(count, resolve);
      socket.send(JSON.stringify({ id: count, method }));
    });
  return {
    usedBytes: async () => {
      await ask("HeapProfiler.collectGarbage");
      const usage = (await ask("Runtime.getHeapUsage")) as { readonly usedSize?: number };
      if (usage.usedSize === undefined) throw new Error(`No heap usage: ${JSON.stringify(usage)}`);
      return usage.usedSize;
    },
    close: () => socket.close(),
  };
}
