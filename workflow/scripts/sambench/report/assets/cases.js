// The cases behind a cell, and what each method scores on one case.
function caseRows(wanted) {
  const store = DATA.cases[state.benchmark];
  const policy = DATA.protocols[state.protocol].policy;
  const values = store.values[policy][state.metric] || [];
  const codes = Object.entries(wanted).map(([key, id]) => [key, store.names[key].indexOf(id)]);
  const found = [];
  values.forEach((value, index) => {
    if (!codes.every(([key, code]) => store.keys[key][index] === code)) return;
    const row = { value, failed: store.failures[policy][index] };
    for (const key of Object.keys(store.keys)) row[key] = store.names[key][store.keys[key][index]];
    found.push(row);
  });
  return found;
}

const methodIds = () => new Set(methodsOf().map((method) => method.id));

function showCases(entry, r, c) {
  const about = { ...entry.columns[c], ...entry.rows[r] };
  const rows = caseRows(about);
  const seeds = DATA.cases[state.benchmark].seeds;
  const where = Object.entries(about).map(([, id]) => nameOf(id)).join(", ");
  const detail = {
    view: "cases", metric: state.metric,
    title: `Cases behind ${entry.cells[r][c]}: ${where}`,
    caption: `${countOf(rows.length, "case")} under protocol ${DATA.protocols[state.protocol].label}, mean over seeds. ` +
      "Failed: seeds that missed the structure, or found one that is absent; a dash: not applicable. " +
      (hasImages() ? "A case opens with its images. " : "") +
      `Every number, seed by seed, is in scores/${state.benchmark}.parquet.`,
    header: [["", "Source"], ["", "Target"], ["", "Structure"], ["", entry.metric_label], ["", "Failed"]],
    methods: rows.map((row) => row.case), details: [0, 1, 2, 4],
    cells: rows.map((row) => [nameOf(row.source), nameOf(row.target), row.structure,
      row.value === null ? DASH : row.value.toFixed(2), `${row.failed} of ${seeds[row.method]}`]),
    marks: rows.map(() => ["", "", "", "", ""]), groups: [], blocks: [], corner: ["", "Case"], columns: [], rows: rows.map(() => ({})),
  };
  const place = byId("cases");
  const open = hasImages() ? (index) => openCase(rows[index].target, rows[index].case, rows[index].method, rows[index].source) : null;
  place.replaceChildren(...tableOf(detail, { level: "h4", onRow: open }),
    make("p", {}, button("Close the cases", () => place.replaceChildren(), { class: "plain" })));
  place.querySelector(".scroll").classList.add("tall");
  watchFrames(place);
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
}
