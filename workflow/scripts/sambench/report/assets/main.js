// Puts the sections together, and follows what is chosen. It computes no mean of a
// table: those texts come from the files of the results.
function entriesOf(view, protocol = state.protocol) {
  return DATA.tables.filter((t) => t.view === view && t.benchmark === state.benchmark && (view === "effect" || t.protocol === protocol));
}

function showView(place) {
  const found = entriesOf(place.dataset.view);
  const parts = found.flatMap((entry) => tableOf(entry));
  const others = [...new Set(DATA.tables.filter((t) => t.view === "published" && t.benchmark === state.benchmark).map((t) => t.protocol))];
  const none = "We have no published number of this benchmark under this protocol." +
    (others.length ? ` There are some under: ${others.map((id) => DATA.protocols[id].label).join("; ")}.` : "");
  place.replaceChildren(...(parts.length ? parts : [make("p", {}, place.dataset.view === "published" ? none : "Nothing to show.")]));
  watchFrames(place);
}

function showFigures(place) {
  const wanted = place.dataset.figures.split(" ");
  const found = DATA.figures.filter((f) => wanted.includes(f.figure) && f.benchmark === state.benchmark && (!f.protocol || f.protocol === state.protocol));
  found.sort((a, b) => wanted.indexOf(a.figure) - wanted.indexOf(b.figure));
  place.replaceChildren(...found.map((f) => make("figure", { class: "plot" },
    make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": f.title }, make("img", { src: f.uri, alt: f.title, width: f.width, height: f.height })),
    make("figcaption", {}, make("strong", {}, f.title + ". "), f.caption))));
}

const SEEN_RANK = "Rank with \u25ca";

function showMain() {
  const entry = entriesOf(state.view).find((t) => t.metric === state.metric);
  byId("cases").replaceChildren();
  if (!entry) { byId("main-table").replaceChildren(make("p", {}, "Nothing to show.")); return; }
  const hasSeen = entry.header.some(([, name]) => name === SEEN_RANK);
  byId("seen").closest("label").hidden = !hasSeen;
  const columns = entry.header.map((_, c) => c).filter((c) => {
    const about = entry.columns[c] || {};
    const [, name] = entry.header[c];
    if (hasSeen && name === (state.seen ? "Rank" : SEEN_RANK)) return false;
    return !state.structure || !about.structure || about.structure === state.structure;
  });
  const text = escapeText(state.filter.trim());
  const rows = entry.methods.map((_, r) => r).filter((r) => {
    const name = escapeText(`${entry.groups[r] || ""} ${entry.methods[r]} ${entry.rows[r].method || ""}`);
    return name.includes(text) && (state.controls || !isControl(entry, r));
  });
  byId("main-table").replaceChildren(...tableOf(entry, { onCell: showCases, columns, rows }));
  watchFrames(byId("main-table"));
}

// Everything of the benchmark and protocol that are chosen.
function showAll() {
  const benchmark = DATA.benchmarks[state.benchmark];
  byId("benchmark").value = state.benchmark;
  state.protocol = options(byId("protocol"), benchmark.protocols.map((p) => [p, DATA.protocols[p].label]), state.protocol);
  byId("words").textContent = DATA.protocols[state.protocol].words;
  state.metric = options(byId("metric"), entriesOf("table").map((t) => [t.metric, t.metric_label]), state.metric);
  const { structures } = benchmark;
  state.structure = options(byId("structure"), [["", "all"], ...structures.map((s) => [s, s])], state.structure);
  byId("structure").closest("label").hidden = structures.length < 2;
  byId("view").value = state.view;
  byId("filter").value = state.filter;
  byId("controls").checked = Boolean(state.controls);
  byId("seen").checked = Boolean(state.seen);
  const ids = methodIds();
  for (const key of ["first", "second"]) if (!ids.has(state[key])) state[key] = "";
  byId("effect").hidden = benchmark.protocols.length < 2;
  byId("to-effect").hidden = byId("effect").hidden;
  document.querySelectorAll("[data-view]").forEach(showView);
  document.querySelectorAll("[data-figures]").forEach(showFigures);
  showMain();
  showPair();
  showGrid();
  writeAddress();
}

options(byId("benchmark"), Object.entries(DATA.benchmarks).map(([id, b]) => [id, b.label]), state.benchmark);
const follow = (id, read, show, event = "change") => byId(id).addEventListener(event, (e) => { state[id] = read(e.target); show(); writeAddress(); });
const value = (field) => field.value;
const checked = (field) => (field.checked ? "1" : "");
for (const id of ["benchmark", "protocol"]) follow(id, value, showAll);
follow("metric", value, () => { showMain(); showPair(); });
follow("structure", value, showMain);
follow("view", value, showMain, "input");
follow("filter", value, showMain, "input");
follow("controls", checked, () => { showMain(); showGrid(); }, "input");
follow("seen", checked, showMain, "input");
for (const id of ["first", "second"]) follow(id, value, showPair);
for (const link of document.querySelectorAll("nav a"))
  link.addEventListener("click", (event) => {
    event.preventDefault();
    state.at = link.hash.slice(1);
    writeAddress();
    byId(state.at).scrollIntoView();
    byId(state.at).focus({ preventScroll: true });
  });

function followAddress() {
  const wanted = location.hash;
  readAddress();
  const { at, case: opened } = state;
  showAll();
  if (wanted && at && byId(at)) byId(at).scrollIntoView();
  if (opened && hasImages()) openCase(opened.slice(0, opened.indexOf("/")), opened.slice(opened.indexOf("/") + 1));
}
window.addEventListener("hashchange", followAddress);
document.querySelectorAll("main .scroll > table").forEach(completeTable);
followAddress();
document.documentElement.dataset.ready = "1";
