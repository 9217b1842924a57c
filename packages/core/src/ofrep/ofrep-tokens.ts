import { sha256 } from "../platform/digest.ts";

/** Checks the token of a request. The time does not depend on which token is valid, or on how much of one is right. */
export class OfrepTokens {
  readonly #tokens: readonly string[];
  /** The digests of the tokens. No promise of them is kept, because an isolate ends it with its request. */
  #digests: readonly string[] | undefined;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  /** Resolves to whether the request has one of the tokens, as `Authorization: Bearer …` or `X-API-Key: …`. */
  async accepts({ headers }: Request): Promise<boolean> {
    const [, bearer] = /^bearer +(\S+)$/i.exec(headers.get("Authorization") ?? "") ?? [];
    const token = bearer ?? headers.get("X-API-Key");
    if (token === null) return false;
    this.#digests ??= await Promise.all(this.#tokens.map(sha256));
    const digest = await sha256(token);
    // Compares all of them, so that the time is the same.
    return this.#digests.filter((known) => isSameDigest(known, digest)).length > 0;
  }
}

/** Compares two digests in constant time. */
function isSameDigest(known: string, digest: string): boolean {
  let difference = 0;
  for (let index = 0; index < known.length; index++) {
    difference |= known.charCodeAt(index) ^ digest.charCodeAt(index);
  }
  return difference === 0;
}
