// What is shown, kept in the address: a link to the page opens the same view again.
const state = {
  benchmark: Object.keys(DATA.benchmarks)[0], protocol: "", metric: "", structure: "", view: "table",
  filter: "", controls: "1", seen: "", first: "", second: "", source: "", case: "", at: "",
};
const DEFAULTS = { ...state };

function readAddress() {
  const text = decodeURIComponent(location.hash.slice(1));
  Object.assign(state, DEFAULTS);
  if (!text.includes("=")) { state.at = text; return; }
  for (const [key, value] of new URLSearchParams(location.hash.slice(1)))
    if (key in state) state[key] = value;
  if (!(state.benchmark in DATA.benchmarks)) state.benchmark = DEFAULTS.benchmark;
}

function writeAddress() {
  const shown = new URLSearchParams();
  for (const [key, value] of Object.entries(state))
    if (value !== DEFAULTS[key] || key === "benchmark") shown.set(key, value);
  history.replaceState(null, "", `#${shown}`);
}

const nameOf = (id) => DATA.benchmarks[state.benchmark].names[id] || id;
const methodsOf = () => DATA.benchmarks[state.benchmark].methods;
const lowerIsBetter = (metric) => DATA.lower_is_better.some((name) => metric.startsWith(name));
