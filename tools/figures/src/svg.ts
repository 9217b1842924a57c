/** Colours of a chart. */
export interface Theme {
  readonly name: "light" | "dark";
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly series: readonly string[];
}

/** The colours of both schemes. They can be told apart without seeing red or green. */
export const themes: readonly Theme[] = [
  {
    name: "light",
    text: "#1f2328",
    muted: "#59636e",
    grid: "#d1d9e0",
    series: ["#0969da", "#bc4c00", "#5b7083"],
  },
  {
    name: "dark",
    text: "#f0f6fc",
    muted: "#9198a1",
    grid: "#3d444d",
    series: ["#58a6ff", "#f0883e", "#a5b4c3"],
  },
];

/** Draws an SVG element. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content = "",
): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${format(value)}"`);
  return content === ""
    ? `<${name}${list.join("")}/>`
    : `<${name}${list.join("")}>${content}</${name}>`;
}

/** Draws text. */
export function text(
  content: string,
  attributes: Readonly<Record<string, string | number>>,
): string {
  return element("text", attributes, escapeText(content));
}

/** Draws the mark of a series. Each series has another shape. */
export function mark(series: number, x: number, y: number, fill: string): string {
  const radius = 5.5;
  if (series === 0) return element("circle", { cx: x, cy: y, r: radius, fill });
  const square = { x: x - 5, y: y - 5, width: 10, height: 10, fill };
  if (series === 1) return element("rect", square);
  return element("rect", { ...square, transform: `rotate(45 ${format(x)} ${format(y)})` });
}

/** Draws the names of the series, each with its mark. */
export function legend(names: readonly string[], x: number, y: number, theme: Theme): string[] {
  let left = x;
  return names.flatMap((name, series) => {
    const at = left;
    left += 28 + name.length * 7;
    return [
      mark(series, at + 6, y - 4, theme.series[series] ?? theme.text),
      text(name, { x: at + 18, y, fill: theme.muted }),
    ];
  });
}

/** Draws a document. Screen readers read its title. */
export function drawDocument(
  title: string,
  width: number,
  height: number,
  parts: readonly string[],
): string {
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "font-family": "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif",
    "font-size": 13,
  };
  const content = ["", element("title", {}, escapeText(title)), ...parts, ""].join("\n");
  return `${element("svg", attributes, content)}\n`;
}

function format(value: string | number): string {
  return typeof value === "number" ? String(Number(value.toFixed(2))) : value;
}

function escapeText(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
