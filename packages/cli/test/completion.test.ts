import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { runCommand } from "./support/run-command.ts";

const program = "flagsmith-isomorphic";

async function createScript(shell: string): Promise<string> {
  const { stdout } = await runCommand(["completion", shell]);
  const asJson = await runCommand(["completion", shell, "--json"]);
  expect(asJson.json()["script"]).toBe(stdout);
  return stdout;
}

const isMissing = (shell: string) => spawnSync(shell, ["--version"]).status !== 0;

/** Returns the words that a shell offers for the line. The last word may be incomplete. */
type Complete = (script: string, line: string) => readonly string[];

const inBash: Complete = (script, line) => {
  const words = line.split(" ");
  const code = `${script}
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})
    COMP_CWORD=${words.length - 1}
    _flagsmith_isomorphic
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", code], { encoding: "utf8" }).trim().split("\n");
};

const inFish: Complete = (script, line) => {
  const code = `${script}\ncomplete -C '${line}'`;
  const env = { ...process.env, HOME: "/nonexistent" };
  const lines = execFileSync("fish", ["--no-config", "-c", code], { encoding: "utf8", env });
  return lines
    .trim()
    .split("\n")
    .map((entry) => entry.split("\t")[0] ?? "");
};

/** In a terminal of its own, whose key Ctrl+X prints the line. */
const inZsh: Complete = (script, line) => {
  const code = `zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell 'PROMPT=; autoload -U compinit; compinit -u -D; eval "$SCRIPT"'
    zpty -w shell 'show() { print -r -- "<$BUFFER>" }; zle -N show; bindkey "^X" show'
    zpty -w -n shell "$LINE"$'\\t\\C-X'
    zpty -r -m shell output '*<${program}*>*'
    print -r -- "$output"`;
  const env = { ...process.env, HOME: "/nonexistent", SCRIPT: script, LINE: line };
  const options = { encoding: "utf8", env, timeout: 60_000 } as const;
  const output = execFileSync("zsh", ["-f", "-c", code], options);
  const [, words = ""] = /<(flagsmith-isomorphic[^>]*)>/.exec(output) ?? [];
  return words.trim().split(" ").slice(-1);
};

const shells: readonly (readonly [string, Complete])[] = [
  ["bash", inBash],
  ["fish", inFish],
  ["zsh", inZsh],
];

for (const [shell, complete] of shells) {
  describe.skipIf(isMissing(shell))(shell, () => {
    test.each([
      [`${program} eva`, ["evaluate"]],
      [`${program} evaluate --mo`, ["--mode"]],
      [`${program} evaluate --mode re`, ["remote"]],
      [`${program} completion z`, ["zsh"]],
      [`${program} evaluate --trait a=b --tra`, ["--trait"]],
      // Bash itself completes paths, where there are no words.
      [`${program} usages READ`, [shell === "bash" ? "" : "README.md"]],
      [`${program} document --output READ`, [shell === "bash" ? "" : "README.md"]],
    ])("completes %s to %j", async (line, expected) => {
      expect(complete(await createScript(shell), line)).toEqual(expected);
    });
  });
}

describe.skipIf(isMissing("zsh"))("zsh", () => {
  test("accepts the script", async () => {
    const { status, stderr } = spawnSync("zsh", ["-n"], { input: await createScript("zsh") });
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: "" });
  });
});

test("another shell is wrong input", async () => {
  const { exitCode, stderr } = await runCommand(["completion", "tcsh"]);
  expect(stderr).toMatch(/Allowed choices are bash, zsh, fish/);
  expect(exitCode).toBe(2);
});
