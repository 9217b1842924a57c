import type { Ports } from "./ports.ts";

/** Waits for a task. Says so on standard error once it takes longer than a second. */
export async function withProgress<T>(ports: Ports, message: string, task: Promise<T>): Promise<T> {
  const { stderr, every } = ports;
  let seconds = 0;
  const stop = every(1000, () => {
    seconds += 1;
    if (stderr.isTerminal) stderr.write(`\r${message} … ${seconds} s`);
    else if (seconds === 1) stderr.write(`${message} …\n`);
  });
  try {
    return await task;
  } finally {
    stop();
    // Removes the line.
    if (stderr.isTerminal && seconds > 0) stderr.write("\r\u001b[K");
  }
}
