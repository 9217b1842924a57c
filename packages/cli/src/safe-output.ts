import type { Output, Ports } from "./ports.ts";
import { isKeyVariable } from "./settings.ts";
import { escapeEffects } from "./text.ts";

/** Shorter values are no keys. To replace them would change other words. */
const minKeyLength = 6;

/** A server-side key that is not one of the settings, for example in a file. */
const serverKey = /\bser\.[\w-]{6,}/g;

/**
 * Replaces environment keys, and escapes commands of CI logs, in everything that is written. Messages also lose
 * client-side keys, and other server-side keys. The results on standard output are data, in which a text may only look
 * like one.
 */
export function makeOutputSafe(ports: Ports): Ports {
  const keys = Object.entries(ports.env).flatMap(([name, value = ""]) =>
    isKeyVariable(name) && value.trim().length >= minKeyLength ? [value.trim()] : [],
  );
  const secrets = keys.filter((key) => key.startsWith("ser."));
  const redact = (text: string, hidden: readonly string[]) =>
    hidden.reduce((kept, key) => kept.replaceAll(key, "***"), text);
  return {
    ...ports,
    stdout: mapOutput(ports.stdout, (text) => redact(text, secrets)),
    stderr: mapOutput(ports.stderr, (text) => redact(text, keys).replaceAll(serverKey, "ser.***")),
  };
}

function mapOutput(output: Output, map: (text: string) => string): Output {
  return { ...output, write: (text) => output.write(escapeEffects(map(text))) };
}
