import { drawDocument, element, legend, mark, type Theme, text } from "./svg.ts";

/** A chart with a row per name and a mark per value, on a logarithmic axis. */
export interface DotChart {
  readonly title: string;
  readonly series: readonly string[];
  readonly rows: readonly DotRow[];
  /** Formats a power of ten on the axis. */
  readonly formatTick: (value: number) => string;
}

/** A row of a {@link DotChart}. */
interface DotRow {
  readonly name: string;
  readonly values: readonly number[];
  /** Whether the row is the subject of the chart. */
  readonly isEmphasized: boolean;
}

const width = 760;
const labelWidth = 290;
const rightMargin = 30;
const top = 78;
const rowHeight = 30;

/** Draws a {@link DotChart}. Each value must be greater than 0. */
export function drawDotChart({ title, series, rows, formatTick }: DotChart, theme: Theme): string {
  const all = rows.flatMap(({ values }) => values);
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.ceil(Math.log10(Math.max(...all)));
  const span = width - labelWidth - rightMargin;
  const toX = (value: number) => labelWidth + ((Math.log10(value) - low) / (high - low)) * span;
  const bottom = top + rows.length * rowHeight;
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  return drawDocument(title, width, bottom + 34, [
    text(title, { x: 0, y: 18, fill: theme.text, "font-size": 16, "font-weight": 600 }),
    ...legend(series, 0, 46, theme),
    ...ticks.flatMap((value) => {
      const x = toX(value);
      const label = { x, y: bottom + 20, fill: theme.muted, "text-anchor": "middle" };
      return [
        element("line", { x1: x, x2: x, y1: top - 8, y2: bottom, stroke: theme.grid }),
        text(formatTick(value), label),
      ];
    }),
    ...rows.flatMap((row, index) => drawRow(row, top + (index + 0.5) * rowHeight, toX, theme)),
  ]);
}

function drawRow(
  { name, values, isEmphasized }: DotRow,
  y: number,
  toX: (value: number) => number,
  theme: Theme,
): string[] {
  const label = { x: labelWidth - 18, y: y + 4, fill: theme.text, "text-anchor": "end" };
  const xs = values.map(toX);
  const range = { x1: Math.min(...xs), x2: Math.max(...xs), y1: y, y2: y };
  return [
    text(name, isEmphasized ? { ...label, "font-weight": 700 } : label),
    element("line", { ...range, stroke: theme.muted, "stroke-width": 2 }),
    // The first series is on top, if marks are at the same place.
    ...xs.map((x, series) => mark(series, x, y, theme.series[series] ?? theme.text)).reverse(),
  ];
}
