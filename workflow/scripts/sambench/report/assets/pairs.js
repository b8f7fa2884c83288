// Two methods side by side: every case as a point, wins and losses, differences by domain.
function caseMeans(method) {
  const cases = new Map();
  for (const row of caseRows({ method })) {
    if (row.value === null) continue;
    const key = `${row.target}/${row.case}`;
    if (!cases.has(key)) cases.set(key, { target: row.target, case: row.case, parts: new Map() });
    const parts = cases.get(key).parts;
    const part = `${row.structure}/${row.source}`;
    parts.set(part, row.value);
  }
  return cases;
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

// Means over the structures and sources that both methods have; methods without training have all sources.
function pairedCases(first, second) {
  const [a, b] = [caseMeans(first), caseMeans(second)];
  const paired = [];
  for (const [key, one] of a) {
    const other = b.get(key);
    if (!other) continue;
    const common = [...one.parts.keys()].filter((part) => other.parts.has(part));
    const [x, y] = common.length
      ? [common.map((part) => one.parts.get(part)), common.map((part) => other.parts.get(part))]
      : [[...one.parts.values()], [...other.parts.values()]];
    paired.push({ target: one.target, case: one.case, x: mean(x), y: mean(y) });
  }
  return paired;
}

// Mean and 95 % interval of paired differences, by Student's t; none below five cases.
function interval(differences) {
  const n = differences.length;
  const centre = mean(differences);
  if (n < DATA.fewest_cases) return [centre, null, null];
  const deviation = Math.sqrt(differences.reduce((sum, d) => sum + (d - centre) ** 2, 0) / (n - 1));
  const t = DATA.student[Math.min(n, DATA.student.length - 1)];
  const half = (t * deviation) / Math.sqrt(n);
  return [centre, centre - half, centre + half];
}

function tally(paired) {
  const better = lowerIsBetter(state.metric) ? -1 : 1;
  const gains = paired.map((p) => better * (p.x - p.y));
  const wins = gains.filter((gain) => gain > 0.005).length;
  const losses = gains.filter((gain) => gain < -0.005).length;
  return { gains, wins, losses, ties: gains.length - wins - losses };
}

function scatter(paired, targets, labels) {
  const size = 360, margin = 44;
  const values = paired.flatMap((p) => [p.x, p.y]);
  let [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = Math.max((high - low) * 0.05, 0.5);
  [low, high] = [low - pad, high + pad];
  const at = (value) => margin + ((value - low) / (high - low)) * (size - 2 * margin);
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((s) => (high - low) / s <= 6) || 100;
  const ticks = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) ticks.push(value);
  const figure = drawn("svg", { viewBox: `0 0 ${size} ${size}`, class: "scatter", role: "img",
    "aria-label": `${labels[0]} against ${labels[1]}, a point per case` });
  for (const value of ticks) {
    const text = String(Number(value.toFixed(1)));
    figure.append(
      drawn("line", { x1: at(value), x2: at(value), y1: margin, y2: size - margin, class: "grid" }),
      drawn("line", { y1: size - at(value), y2: size - at(value), x1: margin, x2: size - margin, class: "grid" }),
      drawn("text", { x: at(value), y: size - margin + 14, "text-anchor": "middle" }, text),
      drawn("text", { x: margin - 5, y: size - at(value) + 4, "text-anchor": "end" }, text));
  }
  figure.append(drawn("line", { x1: at(low), y1: size - at(low), x2: at(high), y2: size - at(high), class: "diagonal" }),
    drawn("text", { x: size / 2, y: size - 8, "text-anchor": "middle", class: "axis" }, labels[0]),
    drawn("text", { x: -size / 2, y: 12, "text-anchor": "middle", class: "axis", transform: "rotate(-90)" }, labels[1]));
  for (const p of paired) {
    const open = () => hasImages() && openCase(p.target, p.case);
    const point = drawn("circle", { cx: at(p.x), cy: size - at(p.y), r: 4, class: `dot c${targets.indexOf(p.target) % 8}`, onclick: open },
      drawn("title", {}, `${nameOf(p.target)}, ${p.case}: ${p.x.toFixed(2)} and ${p.y.toFixed(2)}`));
    figure.append(point);
  }
  return figure;
}

function showPair() {
  const methods = methodsOf();
  const best = methods.filter((m) => !m.control);
  const wanted = best.length > 1 ? best : methods;
  state.first = options(byId("first"), methods.map((m) => [m.id, m.label]), state.first || wanted[0].id);
  state.second = options(byId("second"), methods.map((m) => [m.id, m.label]), state.second || (wanted[1] || wanted[0]).id);
  const place = byId("pair");
  const paired = pairedCases(state.first, state.second);
  if (!paired.length || state.first === state.second) {
    place.replaceChildren(make("p", {}, state.first === state.second ? "Choose two methods." : "No case was scored for both."));
    return;
  }
  const [one, other] = [state.first, state.second].map(nameOf);
  const { gains, wins, losses, ties } = tally(paired);
  const targets = DATA.benchmarks[state.benchmark].domains.filter((d) => paired.some((p) => p.target === d));
  const number = (value) => (value === null ? DASH : `${value > 0 ? "+" : ""}${value.toFixed(2)}`);
  const line = (name, index) => {
    const part = targets.length && index !== null ? paired.map((p, i) => [p, gains[i]]).filter(([p]) => p.target === index).map(([, gain]) => gain) : gains;
    const [centre, low, high] = interval(part);
    const won = part.filter((g) => g > 0.005).length, lost = part.filter((g) => g < -0.005).length;
    return { name, cells: [number(centre), low === null ? DASH : `${number(low)} to ${number(high)}`, `${won}`, `${lost}`, `${part.length}`] };
  };
  const lines = [...targets.map((id) => line(nameOf(id), id)), line("All cases", null)];
  const unit = lowerIsBetter(state.metric) || state.metric.endsWith("_auc") ? "" : " (percent points)";
  const entry = {
    view: "pair", title: `${one} against ${other}`,
    caption: `Paired differences${unit}, positive if ${one} is better. Each case counts once: it is averaged over seeds, and over the sources and ` +
      `structures that both have. Intervals: 95 %, Student's t over cases; a dash means fewer than ${DATA.fewest_cases} cases. A win is a difference above 0.005. ` +
      "The intervals do not contain the variance of training.",
    header: [["", "Difference"], ["", "95 % interval"], ["", "Wins"], ["", "Losses"], ["", "Cases"]],
    methods: lines.map((l) => l.name), cells: lines.map((l) => l.cells), marks: lines.map(() => ["", "", "", "", ""]),
    groups: [], blocks: lines.map((l) => (l.name === "All cases" ? "all" : "domain")), corner: ["", "Tested on"], columns: [], rows: lines.map(() => ({})), details: [],
  };
  const key = targets.length > 1 ? make("p", { class: "legend" }, ...targets.flatMap((id, index) =>
    [drawnSwatch(index), ` ${nameOf(id)} `])) : "";
  place.replaceChildren(
    make("p", { class: "tally" }, `${one} wins ${wins} of ${countOf(gains.length, "case")}, loses ${losses}` + (ties ? `, ${ties} equal.` : ".")),
    make("div", { class: "pair" }, make("div", {}, scatter(paired, targets, [one, other]), key), make("div", { class: "pair-table" }, ...tableOf(entry, { level: "h4" }))));
  watchFrames(place);
}

const drawnSwatch = (index) => drawn("svg", { class: "swatch", viewBox: "0 0 10 10", "aria-hidden": "true" }, drawn("circle", { cx: 5, cy: 5, r: 4, class: `dot c${index % 8}` }));
