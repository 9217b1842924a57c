/** An import whose exports are documented. */
export interface ReferenceEntry {
  /** Declaration file in `packages/`, without `.d.ts`. */
  readonly file: string;
  readonly specifier: string;
  /** Path of its page in the site. */
  readonly path: string;
  /** Whether applications use it, and not only adapters and integrations: its functions need examples. */
  readonly isForApplications: boolean;
}

/** The imports of applications, and those of adapters and integrations. */
export const referenceEntries: readonly ReferenceEntry[] = [
  createEntry("sdk/dist/common", "flagsmith-isomorphic", "sdk"),
  ...[
    "node",
    "edge",
    "deno",
    "remote",
    "undici",
    "redis",
    "ofrep",
    "otel",
    "explain",
    "comparison",
  ].map((name) => createEntry(`sdk/dist/${name}`, `flagsmith-isomorphic/${name}`, name)),
  createEntry("openfeature/dist/index", "@flagsmith-isomorphic/openfeature", "openfeature"),
  createEntry("vercel-flags/dist/index", "@flagsmith-isomorphic/vercel-flags", "vercel-flags"),
  createEntry("testing/dist/index", "@flagsmith-isomorphic/testing", "testing"),
  createEntry("testing/dist/node", "@flagsmith-isomorphic/testing/node", "testing-node"),
  // Applications import these names through the entries above.
  ...["adapter", "engine"].map((name) =>
    createEntry(`core/dist/${name}`, `@flagsmith-isomorphic/core/${name}`, `core-${name}`),
  ),
  ...["local", "realtime", "integration", "diagnostics"].map((name) =>
    createEntry(`core/dist/${name}`, `@flagsmith-isomorphic/core/${name}`, `core-${name}`, false),
  ),
];

function createEntry(
  file: string,
  specifier: string,
  name: string,
  isForApplications = true,
): ReferenceEntry {
  return { file, specifier, path: `reference/${name}`, isForApplications };
}
