// Plain JavaScript without dependencies: bootstrap.mjs needs it before anything is installed.

/** Oldest Node.js that can run `bootstrap.mjs`. */
const minBootstrapNode = [20, 0];
/** Oldest Node.js that runs TypeScript files without an option. */
const minToolsNode = [22, 18];

/**
 * Decides which Node.js runs the tools: the packaged one, which exists for Linux on x64, or the installed one.
 *
 * @param {string} platform as in `process.platform`
 * @param {string} arch as in `process.arch`
 * @param {string} nodeVersion version of the installed Node.js, as in `process.versions.node`
 * @returns {{ readonly hasPackagedNode: boolean, readonly problem?: string, readonly notice?: string }}
 *   `problem` says why the tools cannot run, `notice` what differs from Linux on x64.
 */
export function describePlatform(platform, arch, nodeVersion) {
  const hasPackagedNode = platform === "linux" && arch === "x64";
  const system = `${platform} on ${arch}`;
  if (hasPackagedNode) {
    if (isAtLeast(nodeVersion, minBootstrapNode)) return { hasPackagedNode };
    const problem = `Node.js ${minBootstrapNode[0]} or newer is needed; this is ${nodeVersion}.`;
    return { hasPackagedNode, problem };
  }
  if (!isAtLeast(nodeVersion, minToolsNode)) {
    const problem = `On ${system} the tools run on the installed Node.js, which must be ${minToolsNode.join(".")} or newer to run TypeScript; this is ${nodeVersion}.`;
    return { hasPackagedNode, problem };
  }
  const notice = `There is no packaged Node.js for ${system}: the tools run on the installed ${nodeVersion}, and runtimes without a package for this system are skipped.`;
  return { hasPackagedNode, notice };
}

/**
 * Returns whether the installed Node.js can run the tools itself.
 *
 * @param {string} nodeVersion
 */
export function canRunTools(nodeVersion) {
  return isAtLeast(nodeVersion, minToolsNode);
}

/**
 * @param {string} version
 * @param {readonly number[]} minimum major and minor version
 */
function isAtLeast(version, [minMajor = 0, minMinor = 0]) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > minMajor || (major === minMajor && minor >= minMinor);
}
