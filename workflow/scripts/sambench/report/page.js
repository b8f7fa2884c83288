"use strict";
// Shows the tables, cases and figures that are embedded in this page. It computes no
// number: every text comes from the files of the results.
const DATA = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const state = { benchmark: Object.keys(DATA.benchmarks)[0], protocol: "", metric: "", structure: "" };

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, label]) => make("option", { value }, label)));
  select.value = entries.some(([value]) => value === chosen) ? chosen : entries[0][0];
  return select.value;
}

// What a cell is sorted by: its first number; what is missing comes last.
function sortKey(text) {
  const match = text.replace("\u2212", "-").match(/[-+]?\d+(\.\d+)?/);
  if (/^[\d<+\-\u2212]/.test(text) && match) return Number(match[0]);
  return text === "\u2013" ? null : text.toLowerCase();
}

function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return sign * (a < b ? -1 : a > b ? 1 : 0);
}

function sortBy(table, column, header) {
  const descending = header.getAttribute("aria-sort") === "ascending";
  for (const other of table.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, place) => [sortKey(row.cells[column].textContent), place, row]);
  rows.sort((a, b) => compare(a[0], b[0], descending ? -1 : 1) || a[1] - b[1]);
  body.append(...rows.map((row) => row[2]));
}

function heads(entry, shown) {
  const lead = entry.groups.length ? entry.corner : [entry.corner[1]];
  const tops = shown.map((c) => entry.header[c][0]);
  const rows = [];
  if (tops.some((top) => top)) {
    const row = make("tr", {}, ...lead.map(() => make("td")));
    for (let c = 0; c < tops.length; ) {
      let end = c + 1;
      while (end < tops.length && tops[end] === tops[c]) end += 1;
      row.append(make("th", { colspan: end - c, scope: "colgroup" }, tops[c]));
      c = end;
    }
    rows.push(row);
  }
  const row = make("tr");
  [...lead, ...shown.map((c) => entry.header[c][1])].forEach((name, place) => {
    const header = make("th", { scope: "col", "aria-sort": "none" });
    header.append(make("button", { type: "button", onclick: () => sortBy(row.closest("table"), place, header) }, name || "\u00a0"));
    row.append(header);
  });
  return make("thead", {}, ...rows, row);
}

// Tables that are written in the page sort as those that are made here.
function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((header, place) => {
    const button = make("button", { type: "button", onclick: () => sortBy(table, place, header) }, header.textContent);
    header.setAttribute("aria-sort", "none");
    header.replaceChildren(button);
  });
}

function isControl(entry, r) {
  return /\(control\)/.test(entry.methods[r] + (entry.groups[r] || ""));
}

function bodyRow(entry, r, shown, onCell) {
  const starts = r > 0 && entry.blocks[r] !== entry.blocks[r - 1] ? "block " : "";
  const row = make("tr", { class: starts + (isControl(entry, r) ? "control" : "") });
  if (entry.groups.length) row.append(make("th", { scope: "row" }, entry.groups[r]));
  row.append(make("th", { scope: "row", class: "name" }, entry.methods[r]));
  for (const c of shown) {
    const cell = make("td", { class: entry.marks[r][c] });
    const text = entry.cells[r][c];
    if (onCell && !entry.details.includes(c) && entry.rows[r].method && /\d/.test(text)) {
      cell.append(make("button", { type: "button", title: "show the cases of this cell", onclick: () => onCell(entry, r, c) }, text));
    } else cell.append(text);
    row.append(cell);
  }
  return row;
}

function tableOf(entry, { onCell = null, columns = null, rows = null, level = "h3" } = {}) {
  const shown = columns || entry.header.map((_, c) => c);
  const kept = rows || entry.methods.map((_, r) => r);
  const body = make("tbody", {}, ...kept.map((r) => bodyRow(entry, r, shown, onCell)));
  return [
    make(level, {}, entry.title),
    make("div", { class: "scroll" }, make("table", {}, heads(entry, shown), body)),
    make("p", { class: "caption" }, entry.caption),
  ];
}

function entriesOf(view, protocol = state.protocol) {
  return DATA.tables.filter((t) => t.view === view && t.benchmark === state.benchmark && (view === "effect" || t.protocol === protocol));
}

function benchmarkProtocols(view) {
  const found = DATA.tables.filter((t) => t.view === view && t.benchmark === state.benchmark);
  return [...new Set(found.map((t) => t.protocol))];
}

function showView(place) {
  const found = entriesOf(place.dataset.view);
  const parts = found.flatMap((entry) => tableOf(entry));
  const others = benchmarkProtocols("published").map((id) => DATA.protocols[id].label).join("; ");
  const none = "No number of this benchmark is published under this protocol, or none that was read." +
    (others && ` There are some under: ${others}.`);
  place.replaceChildren(...(parts.length ? parts : [make("p", {}, place.dataset.view === "published" ? none : "Nothing to show.")]));
}

function showFigures(place) {
  const wanted = place.dataset.figures.split(" ");
  const found = DATA.figures.filter((f) => wanted.includes(f.figure) && f.benchmark === state.benchmark && (!f.protocol || f.protocol === state.protocol));
  found.sort((a, b) => wanted.indexOf(a.figure) - wanted.indexOf(b.figure));
  place.replaceChildren(...found.map((f) => make("figure", {},
    make("div", { class: "scroll" }, make("img", { src: f.uri, alt: f.title, width: f.width, height: f.height })),
    make("figcaption", {}, make("strong", {}, f.title + ". "), f.caption))));
}

function showMain() {
  const view = byId("view").value;
  const entry = entriesOf(view).find((t) => t.metric === state.metric);
  byId("cases").replaceChildren();
  if (!entry) return byId("main-table").replaceChildren(make("p", {}, "Nothing to show."));
  const columns = entry.header.map((_, c) => c).filter((c) => {
    const about = entry.columns[c] || {};
    return !state.structure || !about.structure || about.structure === state.structure;
  });
  const text = byId("filter").value.trim().toLowerCase();
  const rows = entry.methods.map((_, r) => r).filter((r) => {
    const name = `${entry.groups[r] || ""} ${entry.methods[r]} ${entry.rows[r].method}`.toLowerCase();
    return name.includes(text) && (byId("controls").checked || !/\(control\)/.test(entry.methods[r]));
  });
  byId("main-table").replaceChildren(...tableOf(entry, { onCell: showCases, columns, rows }));
}

// The cases of one cell: what its method, source, target and structure leave.
function showCases(entry, r, c) {
  const about = { ...entry.columns[c], ...entry.rows[r] };
  const store = DATA.cases[state.benchmark];
  const policy = DATA.protocols[state.protocol].policy;
  const values = store.values[policy][state.metric];
  const failures = store.failures[policy];
  const names = DATA.benchmarks[state.benchmark].names;
  const say = (id) => names[id] || id;
  const wanted = Object.entries(about).map(([key, id]) => [key, store.names[key].indexOf(id)]);
  const cells = [], methods = [];
  values.forEach((value, place) => {
    if (!wanted.every(([key, code]) => store.keys[key][place] === code)) return;
    const at = (key) => store.names[key][store.keys[key][place]];
    methods.push(at("case"));
    cells.push([say(at("source")), say(at("target")), at("structure"),
      value === null ? "\u2013" : value.toFixed(2), `${failures[place]} of ${store.seeds}`]);
  });
  const where = Object.entries(about).map(([, id]) => say(id)).join(", ");
  const detail = {
    title: `Cases behind ${entry.cells[r][c]}: ${where}`,
    caption: `${cells.length} cases under protocol ${DATA.protocols[state.protocol].label}, mean over seeds. ` +
      "Failed counts seeds that missed the structure or found one that is not there; an en dash does not apply. " +
      "Every number, seed by seed, is in scores/" + state.benchmark + ".parquet.",
    header: [["", "Source"], ["", "Target"], ["", "Structure"], ["", entry.metric_label], ["", "Failed"]],
    methods, cells, marks: cells.map(() => ["", "", "", "", ""]), groups: [], blocks: [], details: [],
    corner: ["", "Case"], columns: [], rows: [],
  };
  const place = byId("cases");
  place.replaceChildren(...tableOf(detail, { level: "h4" }),
    make("button", { type: "button", onclick: () => place.replaceChildren() }, "close"));
  place.querySelector(".scroll").classList.add("tall");
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
}

function showAll() {
  const benchmark = DATA.benchmarks[state.benchmark];
  state.protocol = options(byId("protocol"), benchmark.protocols.map((p) => [p, DATA.protocols[p].label]), state.protocol);
  byId("words").textContent = DATA.protocols[state.protocol].words;
  const metrics = entriesOf("table").map((t) => [t.metric, t.metric_label]);
  state.metric = options(byId("metric"), metrics, state.metric);
  const structures = DATA.cases[state.benchmark].names.structure;
  state.structure = options(byId("structure"), [["", "all"], ...structures.map((s) => [s, s])], state.structure);
  document.querySelectorAll("[data-view]:not([data-view=main])").forEach(showView);
  document.querySelectorAll("[data-figures]").forEach(showFigures);
  showMain();
}

options(byId("benchmark"), Object.entries(DATA.benchmarks).map(([id, b]) => [id, b.label]), state.benchmark);
for (const key of ["benchmark", "protocol"]) {
  byId(key).addEventListener("change", (event) => { state[key] = event.target.value; showAll(); });
}
for (const key of ["metric", "structure"]) {
  byId(key).addEventListener("change", (event) => { state[key] = event.target.value; showMain(); });
}
for (const key of ["view", "filter", "controls"]) byId(key).addEventListener("input", showMain);
showAll();
document.querySelectorAll("table.sortable").forEach(makeSortable);
