import { SourceMap } from "node:module";
import { transform } from "esbuild";
import { expect, it } from "vitest";
import { joinLines } from "../../bundling/join-strings.ts";

const source = `
export const first = "${"a ".repeat(80)}" + String(1);
export const text = \`${"b ".repeat(80)}\${first}${"\\\\".repeat(80)}\\\\
\` + String(2);
export const end = "${"\\\\".repeat(80)}", last = String(3);
`;

it("strings that esbuild has split are joined, and the source map says where", async () => {
  const { code } = await transform(source, { lineLimit: 60, minifyWhitespace: true });
  const joined = joinLines(code);

  expect(code).toMatch(/"a [^"]*\\\n/);
  expect(joined.code).toMatch(/"(a ){80}"/);
  expect(await evaluate(joined.code)).toEqual(await evaluate(source));
  const map = new SourceMap(JSON.parse(joined.map));
  for (const call of ["String(1)", "String(2)", "String(3)"]) {
    const { row, column } = find(joined.code, call);
    const original = find(code, call);
    expect(map.findEntry(row, column)).toMatchObject({
      originalLine: original.row,
      originalColumn: original.column,
    });
  }
});

function find(code: string, text: string) {
  const before = code.slice(0, code.indexOf(text)).split("\n");
  return { row: before.length - 1, column: String(before.at(-1)).length };
}

function evaluate(code: string): Promise<unknown> {
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}
