const numberSource = "(?:0|[1-9]\\d*)";
const wordsSource = "[\\dA-Za-z-]+(?:\\.[\\dA-Za-z-]+)*";
const leadingZeroSource = "(?:[^+]*\\.)?0\\d+(?:[.+]|$)";
const versionPattern = new RegExp(
  `^(${numberSource}\\.${numberSource}\\.${numberSource})(?:-(?!${leadingZeroSource})(${wordsSource}))?(?:\\+${wordsSource})?$`,
);
const nonDigitPattern = /\D/;

/**
 * Converts a version to a text that sorts like the version. Ignores build metadata. Returns `undefined` if it is not
 * strict Semantic Versioning 2.0.0, which has no `v`, spaces, leading zeros or missing parts.
 */
export function rankVersion(text: string): string | undefined {
  const [, core, prerelease] = versionPattern.exec(text) ?? [];
  // A version comes after its pre-releases.
  return (
    core &&
    rankIdentifiers(core) + (prerelease === undefined ? "\uffff" : rankIdentifiers(prerelease))
  );
}

/**
 * Converts identifiers, separated by dots, to a text that sorts like them. Numbers sort before words, and by length
 * first. A list sorts before a longer list that starts with it.
 */
function rankIdentifiers(identifiers: string): string {
  let result = "";
  for (const word of identifiers.split(".")) {
    const { length } = word;
    // The length of a number takes two UTF-16 units, which sort before the U+D7FF of a word.
    result += nonDigitPattern.test(word)
      ? `\ud7ff${word} `
      : String.fromCharCode(length >> 14, length & 0x3fff) + word;
  }
  return result;
}
