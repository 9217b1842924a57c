import { renderMermaidSVG } from "beautiful-mermaid";

const note = /^ *note (?:right|left) of (\w+): (.+)$/gm;

/**
 * Renders a Mermaid diagram as a figure with an SVG. Its colours come from the site's style sheet, so that it follows
 * the dark mode, and it loads no font. Notes, which the renderer does not draw, become the caption.
 *
 * @param id - Unique in the page: a prefix for the ids within the SVG.
 */
export function renderDiagram(code: string, id: string): string {
  const svg = renderMermaidSVG(code, { transparent: true })
    .replaceAll(/<style>.*?<\/style>/gs, "")
    .replace(/ style="[^"]*"/, "")
    .replaceAll(/\bid="([^"]+)"/g, `id="${id}-$1"`)
    .replaceAll(/url\(#([^)]+)\)/g, `url(#${id}-$1)`)
    .replace("<svg ", '<svg role="img" aria-label="Diagram" ');
  const notes = Array.from(code.matchAll(note), ([, state = "", text = ""]) => {
    return `<li><strong>${escapeHtml(state)}</strong>: ${escapeHtml(text)}</li>`;
  });
  const caption = notes.length === 0 ? "" : `<figcaption><ul>${notes.join("")}</ul></figcaption>`;
  return `<figure v-pre><div class="diagram" tabindex="0">${svg}</div>${caption}</figure>\n`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
