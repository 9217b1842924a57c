const numberSource = "(?:0|[1-9]\\d*)";
const wordsSource = "[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*";
const leadingZeroSource = "(?:[^+]*\\.)?0\\d+(?:[.+]|$)";
const versionPattern = new RegExp(
  `^(${numberSource}\\.${numberSource}\\.${numberSource})(?:-(?!${leadingZeroSource})(${wordsSource}))?(?:\\+${wordsSource})?$`,
);
const nonDigitPattern = /\D/;

/**
 * Reads a strict version of Semantic Versioning 2.0.0: no `v`, spaces, leading zeros or missing parts. Gives a text
 * that stands to the texts of other versions as the versions do in precedence; build metadata has no say in it.
 */
export function versionRank(text: string): string | undefined {
  const [, core, pre] = versionPattern.exec(text) ?? [];
  return core && rankOf(core) + (pre === undefined ? "\uffff" : rankOf(pre));
}

/** Numbers come before words, in order of their length first; what ends comes before what goes on. */
function rankOf(identifiers: string): string {
  let rank = "";
  for (const word of identifiers.split(".")) {
    const { length } = word;
    // Two units hold any length, and are below the mark of a word.
    rank += nonDigitPattern.test(word)
      ? `\ud7ff${word} `
      : String.fromCharCode(length >> 14, length & 0x3fff) + word;
  }
  return rank;
}
