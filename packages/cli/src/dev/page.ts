/** The page of the dev server. It has no dependencies, and its policy allows no other origin. */
export const pageHtml = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flagsmith dev server</title>
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body>
<header>
<h1 id="title">Flags</h1>
<p id="status" role="status">connecting …</p>
<label>Search <input id="search" type="search"></label>
</header>
<main>
<table aria-labelledby="title">
<thead><tr><th scope="col">Feature</th><th scope="col">On</th><th scope="col">Value</th><th scope="col"><span class="hidden">Reset</span></th></tr></thead>
<tbody id="flags"></tbody>
</table>
<section aria-labelledby="log-title">
<h2 id="log-title">Evaluations</h2>
<ol id="log" tabindex="0" aria-labelledby="log-title"></ol>
</section>
</main>
</body>
</html>
`;

/** The style of the page, for light and dark screens and for phones. */
export const pageCss = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif;
  --line: light-dark(#d8dde3, #3a4149); --muted: light-dark(#56606b, #a2acb7); --accent: light-dark(#4c3fd1, #a79dff); }
html { background: light-dark(#ffffff, #14171a); color: light-dark(#1c2126, #e8ebee); }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; }
main { display: grid; grid-template-columns: minmax(0, 1fr) 24rem; gap: 0 2rem; align-items: start; }
main > section { position: sticky; top: 1rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 1rem 0 .5rem; }
#status { color: var(--muted); margin: 0; flex: 1; }
table { border-collapse: collapse; width: 100%; margin-top: 1rem; }
th { text-align: left; color: var(--muted); font-size: .85rem; font-weight: 600; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .5rem; vertical-align: middle; }
td:first-child { overflow-wrap: anywhere; }
tr[data-overridden] td:first-child { font-weight: 600; color: var(--accent); }
input[type=checkbox] { width: 1.25rem; height: 1.25rem; accent-color: var(--accent); }
input[type=search] { font: inherit; padding: .25rem .5rem; }
td input[type=text] { width: 100%; min-width: 6rem; box-sizing: border-box; font: inherit; padding: .25rem .5rem; }
button { font: inherit; padding: .25rem .75rem; }
button[disabled] { visibility: hidden; }
#log { font: .85rem/1.6 ui-monospace, monospace; color: var(--muted); max-height: 80vh; overflow: auto; margin: 0; padding: 0; list-style: none; overflow-wrap: anywhere; }
#log li { border-bottom: 1px solid var(--line); padding: .25rem 0; }
#log:empty::before { content: "Waiting for clients."; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 60rem) {
  main { display: flex; flex-direction: column-reverse; align-items: stretch; }
  main > section { position: static; }
  #log { max-height: 8rem; }
}
@media (max-width: 30rem) {
  thead { display: none; }
  tr:not([hidden]) { display: grid; grid-template-columns: auto 1fr auto; align-items: center; border-bottom: 1px solid var(--line); padding: .4rem 0; }
  td { border: 0; padding: .2rem .4rem; }
  td:first-child { grid-column: 1 / -1; }
  td input[type=text] { min-width: 0; }
}
`;

/** The script of the page. Texts from outside are only ever set as text. */
export const pageJs = `const flags = document.querySelector("#flags");
const log = document.querySelector("#log");
const status = document.querySelector("#status");
const search = document.querySelector("#search");
const maxLines = 200;
const rows = new Map();

function createRow(feature) {
  const row = document.createElement("tr");
  const name = document.createElement("td");
  name.textContent = feature;
  const toggle = document.createElement("input");
  toggle.type = "checkbox";
  toggle.setAttribute("aria-label", feature + " is on");
  const value = document.createElement("input");
  value.type = "text";
  value.setAttribute("aria-label", "Value of " + feature);
  const reset = document.createElement("button");
  reset.type = "button";
  reset.textContent = "Reset";
  reset.setAttribute("aria-label", "Reset " + feature);
  const url = "/overrides/" + encodeURIComponent(feature);
  const send = (method, body) => fetch(url, {
    method,
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  toggle.addEventListener("change", () => send("PATCH", { enabled: toggle.checked }));
  value.addEventListener("change", () => send("PATCH", { text: value.value }));
  reset.addEventListener("click", () => send("DELETE"));
  row.append(name);
  for (const control of [toggle, value, reset]) {
    const cell = document.createElement("td");
    cell.append(control);
    row.append(cell);
  }
  return { row, toggle, value, reset };
}

function show(features) {
  const names = new Set(features.map(({ feature }) => feature));
  for (const [name, { row }] of rows) {
    if (names.has(name)) continue;
    row.remove();
    rows.delete(name);
  }
  for (const { feature, enabled, value, override, identities } of features) {
    const known = rows.get(feature) ?? createRow(feature);
    if (!rows.has(feature)) {
      rows.set(feature, known);
      flags.append(known.row);
    }
    known.toggle.checked = enabled;
    if (document.activeElement !== known.value) known.value.value = value ?? "";
    const isOverridden = override !== null || Object.keys(identities).length > 0;
    known.row.toggleAttribute("data-overridden", isOverridden);
    known.reset.disabled = !isOverridden;
  }
  filter();
}

function filter() {
  const text = search.value.toLowerCase();
  for (const [name, { row }] of rows) row.hidden = !name.toLowerCase().includes(text);
}

async function load() {
  const response = await fetch("/overrides");
  const { features } = await response.json();
  show(features);
}

search.addEventListener("input", filter);
const changes = new EventSource("/changes");
changes.addEventListener("open", () => {
  status.textContent = "live";
  load();
});
changes.addEventListener("error", () => {
  status.textContent = "the dev server has stopped";
});
changes.addEventListener("flags", load);
changes.addEventListener("activity", ({ data }) => {
  const line = document.createElement("li");
  line.textContent = JSON.parse(data).text;
  log.prepend(line);
  while (log.childElementCount > maxLines) log.lastElementChild.remove();
});
`;
