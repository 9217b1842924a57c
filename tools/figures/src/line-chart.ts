import { drawDocument, element, legend, mark, type Theme, text } from "./svg.ts";

/** A chart with a line per series, on an axis that begins at zero. */
export interface LineChart {
  readonly title: string;
  readonly unit: string;
  readonly positions: readonly string[];
  readonly lines: readonly { readonly name: string; readonly values: readonly number[] }[];
}

const width = 760;
const left = 60;
const right = width - 60;
const top = 78;
const bottom = 258;
const tickCount = 4;

/** Draws a {@link LineChart}. */
export function drawLineChart({ title, unit, positions, lines }: LineChart, theme: Theme): string {
  const max = roundUp(Math.max(...lines.flatMap(({ values }) => values)));
  const toY = (value: number) => bottom - (value / max) * (bottom - top);
  const toX = (index: number) =>
    left + 50 + (index / (positions.length - 1)) * (right - left - 100);
  const ticks = Array.from({ length: tickCount + 1 }, (_, index) => (max / tickCount) * index);
  const names = lines.map(({ name }) => name);
  return drawDocument(title, width, bottom + 34, [
    text(title, { x: 0, y: 18, fill: theme.text, "font-size": 16, "font-weight": 600 }),
    ...legend(names, 0, 46, theme),
    ...ticks.flatMap((value) => {
      const y = toY(value);
      const label = { x: left - 8, y: y + 4, fill: theme.muted, "text-anchor": "end" };
      return [
        element("line", { x1: left, x2: right, y1: y, y2: y, stroke: theme.grid }),
        text(`${value} ${unit}`, label),
      ];
    }),
    ...positions.map((position, index) =>
      text(position, { x: toX(index), y: bottom + 22, fill: theme.muted, "text-anchor": "middle" }),
    ),
    ...lines.flatMap(({ values }, series) => {
      const points = values.map((value, index) => ({ x: toX(index), y: toY(value), value }));
      const path = points.map(({ x, y }) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" ");
      const stroke = theme.series[series] ?? theme.text;
      return [
        element("polyline", { points: path, fill: "none", stroke, "stroke-width": 2 }),
        ...points.flatMap(({ x, y, value }) => [
          mark(series, x, y, stroke),
          text(value.toFixed(1), { x, y: y - 12, fill: theme.text, "text-anchor": "middle" }),
        ]),
      ];
    }),
  ]);
}

/** Rounds up to a number that four ticks divide evenly. */
function roundUp(value: number): number {
  return Math.ceil(value / (tickCount * 5)) * tickCount * 5;
}
