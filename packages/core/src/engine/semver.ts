const NUMBER = "(?:0|[1-9]\\d*)";
const WORDS = "[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*";
const LEADING_ZERO = "(?:[^+]*\\.)?0\\d+(?:[.+]|$)";
const VERSION = new RegExp(
  `^(${NUMBER}\\.${NUMBER}\\.${NUMBER})(?:-(?!${LEADING_ZERO})(${WORDS}))?(?:\\+${WORDS})?$`,
);
const NO_DIGIT = /\D/;

/**
 * Reads a strict version of Semantic Versioning 2.0.0: no `v`, spaces, leading zeros or missing parts. Gives a text
 * that stands to the texts of other versions as the versions do in precedence; build metadata has no say in it.
 */
export function versionRank(text: string): string | undefined {
  const [, core, pre] = VERSION.exec(text) ?? [];
  return core && rankOf(core) + (pre === undefined ? "\uffff" : rankOf(pre));
}

/** Numbers come before words, in order of their length first; what ends comes before what goes on. */
function rankOf(identifiers: string): string {
  let rank = "";
  for (const word of identifiers.split(".")) {
    const { length } = word;
    // Two units hold any length, and are below the mark of a word.
    rank += NO_DIGIT.test(word)
      ? `\ud7ff${word} `
      : String.fromCharCode(length >> 14, length & 0x3fff) + word;
  }
  return rank;
}
