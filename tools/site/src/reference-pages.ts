import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import {
  Application,
  CommentTag,
  type ProjectReflection,
  ReflectionKind,
  type SignatureReflection,
} from "typedoc";
import type { GeneratedPage } from "./example-pages.ts";
import { createHeadingId } from "./links.ts";
import { type ReferenceEntry, referenceEntries } from "./reference-entries.ts";
import { root } from "./site-pages.ts";
import { findTestedExample } from "./tested-examples.ts";

/** Classes and interfaces whose methods users call: each method needs an example. */
const calledByUsers: readonly string[] = [
  "Flagsmith",
  "RequestScope",
  "Flags",
  "EnvironmentSnapshot",
  "DefinedFlags",
];

/** Classes whose methods are documented in `docs/`. */
const clientClasses: readonly string[] = ["Flagsmith", "RequestScope"];

/** Reads the declarations of the built packages. */
export async function readDeclarations(): Promise<{
  readonly application: Application;
  readonly project: ProjectReflection;
}> {
  const application = await Application.bootstrapWithPlugins({
    entryPoints: referenceEntries.map(({ file }) => join(root, "packages", `${file}.d.ts`)),
    tsconfig: join(root, "tools/site/reference.json"),
    plugin: ["typedoc-plugin-markdown"],
    // Without these, TypeDoc would empty the folder docs/.
    outputs: [],
    cleanOutputDir: false,
    skipErrorChecking: true,
    disableSources: true,
    readme: "none",
    logLevel: "Error",
    ...{
      outputFileStrategy: "modules",
      hidePageHeader: true,
      hideBreadcrumbs: true,
      useCodeBlocks: true,
      parametersFormat: "table",
      interfacePropertiesFormat: "table",
      classPropertiesFormat: "table",
      typeDeclarationFormat: "table",
    },
  });
  const project = await application.convert();
  if (!project) throw new Error("The declarations of the packages cannot be read: build them.");
  addTestedExamples(project);
  return { application, project };
}

/** Creates a page for each import, and an index of all names. */
export async function createReferencePages(): Promise<readonly GeneratedPage[]> {
  const { application, project } = await readDeclarations();
  const folder = await mkdtemp(join(tmpdir(), "reference-"));
  try {
    application.options.setValue("outputs", [{ name: "markdown", path: folder }]);
    await application.generateOutputs(project);
    const files = (await readdir(folder, { recursive: true })).map((name) =>
      name.replaceAll("\\", "/"),
    );
    const pages = await Promise.all(
      referenceEntries.map(async (item) => {
        const file = findFile(files, item);
        const markdown = await readFile(join(folder, file), "utf8");
        return { path: item.path, markdown: adaptPage(markdown, file, item, files) };
      }),
    );
    return [createIndex(pages), ...pages];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** TypeDoc leaves out `index`. */
function findFile(files: readonly string[], { file }: ReferenceEntry): string {
  const name = `${file.replace(/\/index$/, "")}.md`;
  if (files.includes(name)) return name;
  throw new Error(`TypeDoc has created no page for ${file}.`);
}

/** Gives a page the name of its import, and its links the paths of the site. Re-exports become one list. */
function adaptPage(
  markdown: string,
  file: string,
  item: ReferenceEntry,
  files: readonly string[],
): string {
  const [declared = "", references = ""] = markdown.split(/^## References$/m);
  const names = Array.from(
    references.matchAll(/^Re-exports \[([^\]]+)\]\(([^)]+)\)$/gm),
    ([, name = "", link = ""]) => `[\`${name}\`](${link})`,
  );
  const rest =
    names.length === 0 ? "" : `\n## Exports of other referenceEntries\n\n${names.join(", ")}\n`;
  return `${declared}${rest}`
    .replace(/^# .*$/m, `# ${item.specifier}`)
    .replaceAll(/^\*\*\*$/gm, "")
    .replaceAll(/\]\(([^)#\s]+\.md)(#[^)]*)?\)/g, (_link, path: string, hash = "") => {
      const target = posix.join(posix.dirname(file), path);
      const page = referenceEntries.find(
        (other) => files.includes(target) && findFile(files, other) === target,
      );
      return page ? `](/${page.path}.md${hash})` : `](/reference/index.md)`;
    });
}

function createIndex(pages: readonly GeneratedPage[]): GeneratedPage {
  const sections = pages.map(({ path, markdown }, index) => {
    const names = Array.from(markdown.matchAll(/^### (.+)$/gm), ([, name = ""]) => {
      return `[${name}](/${path}.md#${createHeadingId(name)})`;
    });
    const { specifier = "" } = referenceEntries[index] ?? {};
    return `## [${specifier}](/${path}.md)\n\n${names.join(" · ")}`;
  });
  return {
    path: "reference/index",
    markdown: `# API reference

Generated from the declarations of the packages. Names that several imports export are described once.

${sections.join("\n\n")}
`,
  };
}

/** Lists exported names without a description, and functions and methods of applications without an example. */
export function findUndocumentedNames(project: ProjectReflection): readonly string[] {
  const problems = new Set<string>();
  for (const module of project.children ?? []) {
    const isForApplications = referenceEntries.some(
      (item) => item.isForApplications && module.name === item.file.replace(/\/index$/, ""),
    );
    for (const name of module.children ?? []) {
      if (name.kindOf(ReflectionKind.Reference)) continue;
      const calls = name.signatures ?? [];
      const texts = [name, ...calls];
      if (!texts.some((item) => item.hasComment())) problems.add(`${name.name} has no description`);
      if (!isForApplications) continue;
      if (name.kindOf(ReflectionKind.Function) && !texts.some(hasExample))
        problems.add(`${name.name}() has no example`);
      if (!calledByUsers.includes(name.name)) continue;
      for (const { name: method, signatures = [] } of name.children ?? []) {
        if (method === "constructor" || signatures.length === 0) continue;
        if (!signatures.some((call) => hasExample(call) || isAlias(call))) {
          problems.add(`${name.name}.${method}() has no example`);
        }
      }
    }
  }
  return [...problems];
}

/** Adds a statement from the documentation to each method of a client that has no example of its own. */
function addTestedExamples(project: ProjectReflection): void {
  for (const call of Object.values(project.reflections)) {
    const owner = call.parent?.parent?.name ?? "";
    if (!call.kindOf(ReflectionKind.CallSignature) || !clientClasses.includes(owner)) continue;
    if (hasExample(call) || call.comment === undefined) continue;
    const example = findTestedExample(call.name);
    if (example === undefined) continue;
    const text = `\`\`\`ts\n${example.code}\n\`\`\`\n\nFrom [${example.title}](/${example.path}.md).`;
    call.comment.blockTags.push(new CommentTag("@example", [{ kind: "text", text }]));
  }
}

/** Whether a method is only another name. */
function isAlias({ comment }: SignatureReflection): boolean {
  const text = (comment?.summary ?? []).map((part) => part.text).join("");
  return text.startsWith("The same as ");
}

function hasExample(item: {
  readonly comment?: { getTag(name: "@example"): unknown } | undefined;
}): boolean {
  return item.comment?.getTag("@example") !== undefined;
}
