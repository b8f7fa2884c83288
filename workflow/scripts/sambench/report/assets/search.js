// Search over methods and cases of all benchmarks.
const FOUND = 12;

function matches(text) {
  const found = [];
  for (const [id, benchmark] of Object.entries(DATA.benchmarks)) {
    for (const method of benchmark.methods)
      if (escapeText(`${method.label} ${method.id}`).includes(text))
        found.push([`${method.label} (${benchmark.label})`, () => { state.benchmark = id; state.filter = method.label; goTo("tables"); }]);
    const store = DATA.cases[id];
    const seen = new Set();
    store.keys.case.forEach((code, index) => {
      const [target, name] = [store.names.target[store.keys.target[index]], store.names.case[code]];
      const key = `${target}/${name}`;
      if (seen.has(key) || !escapeText(`${name} ${benchmark.names[target] || target}`).includes(text)) return;
      seen.add(key);
      found.push([`${name}, ${benchmark.names[target] || target} (${benchmark.label})`, () => {
        state.benchmark = id;
        showAll();
        if (hasImages()) openCase(target, name);
        else goTo("tables");
      }]);
    });
  }
  return found;
}

function goTo(section) {
  state.at = section;
  showAll();
  byId(section).scrollIntoView();
}

function showMatches() {
  const text = escapeText(byId("search").value.trim());
  const found = text.length > 1 ? matches(text) : [];
  byId("found").replaceChildren(...found.slice(0, FOUND).map(([label, open]) =>
    make("li", {}, button(label, () => { byId("search").value = ""; showMatches(); open(); }, { class: "plain" }))));
  byId("found-count").textContent = text.length > 1 ? `${found.length} found${found.length > FOUND ? `, the first ${FOUND} are shown` : ""}` : "";
}
byId("search").addEventListener("input", showMatches);
