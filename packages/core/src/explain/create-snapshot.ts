import type { EnvironmentDocument } from "../engine/index.ts";
import { DocumentCompiler } from "../environment/document-compiler.ts";
import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import { FlagsmithClientError } from "../errors.ts";
import { DefaultFlags } from "../evaluation/default-flags.ts";
import { IdentityParser } from "../identity/identity.ts";

/**
 * Creates a snapshot of an environment document without a client, for example to explain a document that was saved.
 * Unknown features are off.
 *
 * @param onProblem - receives what is wrong with the document or with an identity, each once. Must not throw.
 * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT` if it is not an environment document.
 *
 * @example
 * const document = JSON.parse(await readFile("environment.json", "utf8"));
 * const snapshot = createSnapshot(document, console.warn);
 * snapshot.identityFlags("user-42").getNumber("max_items", 10);
 */
export function createSnapshot(
  document: EnvironmentDocument,
  onProblem: (message: string) => void = () => {},
): EnvironmentSnapshot {
  const logger = { debug: () => {}, info: () => {}, warn: onProblem, error: onProblem };
  const defaults = new DefaultFlags({}, logger);
  const identities = new IdentityParser({ strictTraits: false }, logger);
  const compiler = new DocumentCompiler({ logger, defaults, identities });
  const environment = compiler.compile(document, "offline");
  if ("refused" in environment) {
    throw new FlagsmithClientError(
      "NO_ENVIRONMENT",
      `The document is not an environment document: it is malformed${environment.refused}.`,
    );
  }
  return environment.snapshot;
}
