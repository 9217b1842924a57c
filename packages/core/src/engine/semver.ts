const numberSource = "(?:0|[1-9]\\d*)";
const wordsSource = "[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*";
const leadingZeroSource = "(?:[^+]*\\.)?0\\d+(?:[.+]|$)";
const versionPattern = new RegExp(
  `^(${numberSource}\\.${numberSource}\\.${numberSource})(?:-(?!${leadingZeroSource})(${wordsSource}))?(?:\\+${wordsSource})?$`,
);
const nonDigitPattern = /\D/;

/**
 * Converts a version to a text that sorts like the version; `undefined` if it is not strict Semantic Versioning 2.0.0
 * (no `v`, spaces, leading zeros or missing parts). Build metadata is ignored.
 */
export function versionRank(text: string): string | undefined {
  const [, core, prerelease] = versionPattern.exec(text) ?? [];
  // A version comes after its pre-releases.
  return core && rank(core) + (prerelease === undefined ? "\uffff" : rank(prerelease));
}

/** Numbers come before words and sort by their length first; a list comes before a longer one that starts with it. */
function rank(identifiers: string): string {
  let result = "";
  for (const word of identifiers.split(".")) {
    const { length } = word;
    // Two units hold any length and sort before the mark of a word.
    result += nonDigitPattern.test(word)
      ? `\ud7ff${word} `
      : String.fromCharCode(length >> 14, length & 0x3fff) + word;
  }
  return result;
}
