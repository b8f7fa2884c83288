// Images of cases: the label as an area, predictions as outlines, one colour per structure.
const COLOURS = ["#56b4e9", "#e69f00", "#00c08b", "#f0e442", "#ff7ac2", "#ff6a3d"];
const images = () => DATA.images[state.benchmark];
const hasImages = () => Boolean(images());
const loaded = new Map(); // documents of cases, by file

function decode(runs, size) {
  const mask = new Uint8Array(size);
  let at = 0;
  runs.forEach((length, index) => {
    if (index % 2) mask.fill(1, at, at + length);
    at += length;
  });
  return mask;
}

// The edges between pixels inside and outside of a mask.
function outline(mask, rows, columns) {
  const path = new Path2D();
  const inside = (y, x) => y >= 0 && x >= 0 && y < rows && x < columns && mask[y * columns + x];
  for (let y = 0; y < rows; y += 1)
    for (let x = 0; x < columns; x += 1) {
      if (!mask[y * columns + x]) continue;
      if (!inside(y - 1, x)) { path.moveTo(x, y); path.lineTo(x + 1, y); }
      if (!inside(y + 1, x)) { path.moveTo(x, y + 1); path.lineTo(x + 1, y + 1); }
      if (!inside(y, x - 1)) { path.moveTo(x, y); path.lineTo(x, y + 1); }
      if (!inside(y, x + 1)) { path.moveTo(x + 1, y); path.lineTo(x + 1, y + 1); }
    }
  return path;
}

// The part of a case that its label fills on any slice, with a rim: [x, y, width, height].
function closeUp(found) {
  const [rows, columns] = found.shape;
  let [left, top, right, bottom] = [columns, rows, -1, -1];
  for (const slice of found.masks.label)
    for (const runs of slice)
      decode(runs, rows * columns).forEach((on, index) => {
        if (!on) return;
        const [x, y] = [index % columns, Math.floor(index / columns)];
        [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
      });
  if (right < 0) return whole(found);
  const side = Math.max(right - left + 1, (bottom - top + 1) * found.aspect) * 1.7;
  const [width, height] = [Math.min(side, columns), Math.min(side / found.aspect, rows)];
  const clamp = (value, most) => Math.max(0, Math.min(value, most));
  return [clamp((left + right + 1 - width) / 2, columns - width), clamp((top + bottom + 1 - height) / 2, rows - height), width, height];
}

const whole = (found) => [0, 0, found.shape[1], found.shape[0]];

async function paint(canvas, found, slice, run, width, part = whole(found)) {
  const [rows, columns] = found.shape;
  const [left, top, across, down] = part;
  const ratio = window.devicePixelRatio || 1;
  const scale = (width * ratio) / across;
  canvas.width = Math.round(across * scale);
  canvas.height = Math.round(down * found.aspect * scale);
  canvas.style.width = `${width}px`;
  canvas.dataset.slice = slice;
  const picture = new Image();
  picture.src = found.images[slice];
  await picture.decode();
  if (Number(canvas.dataset.slice) !== slice) return; // stepped on meanwhile
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, left, top, across, down, 0, 0, canvas.width, canvas.height);
  pen.scale(scale, scale * found.aspect);
  pen.translate(-left, -top);
  const masks = (name) => (found.masks[name] || [])[slice] || [];
  masks("label").forEach((runs, channel) => {
    const mask = decode(runs, rows * columns);
    pen.fillStyle = COLOURS[channel % COLOURS.length] + (run === "label" ? "66" : "4d");
    for (let y = 0; y < rows; y += 1)
      for (let x = 0, start = -1; x <= columns; x += 1) {
        const on = x < columns && mask[y * columns + x];
        if (on && start < 0) start = x;
        if (!on && start >= 0) { pen.fillRect(start, y, x - start, 1); start = -1; }
      }
  });
  const lines = masks(run).map((runs) => outline(decode(runs, rows * columns), rows, columns));
  const thin = Math.max(1.6 * ratio / scale, 0.35);
  pen.lineWidth = 2 * thin; // a dark rim: no colour is seen on images of every colour
  pen.strokeStyle = "#0009";
  lines.forEach((line) => pen.stroke(line));
  pen.lineWidth = thin;
  lines.forEach((line, channel) => {
    pen.strokeStyle = COLOURS[channel % COLOURS.length];
    pen.stroke(line);
  });
  canvas.dataset.painted = slice;
}

// Cases beside the page are scripts: a page that is opened from a file may load no other.
function loadCase(target, name) {
  const file = (images().files[target] || {})[name];
  const key = `${state.benchmark}/${file}`;
  if (!file) return Promise.reject(new Error("no image"));
  if (images().cases[file]) return Promise.resolve(images().cases[file]);
  if (loaded.has(key)) return Promise.resolve(loaded.get(key));
  return new Promise((resolve, reject) => {
    window.showCase = (found) => loaded.set(key, found);
    const script = make("script", { src: `report_cases/${key}` });
    script.onload = () => (loaded.has(key) ? resolve(loaded.get(key)) : reject(new Error("no case in it")));
    script.onerror = () => reject(new Error("not found"));
    document.head.append(script);
  });
}

const sourcesOf = (found) => [...new Set(Object.keys(found.masks).filter((run) => run.includes("/")).map((run) => run.split("/")[1]))].filter((s) => s !== "any");

// The run of a method that is shown: trained on the chosen source, or on nothing.
function runOf(found, method, source) {
  const runs = Object.keys(found.masks).filter((run) => run.startsWith(`${method}/`));
  return runs.find((run) => run === `${method}/${source}`) || runs.find((run) => run.endsWith("/any")) || (runs.length === 1 ? runs[0] : null);
}

function scoreText(target, name, method, source) {
  const trained = source ? { source } : {};
  let rows = caseRows({ target, case: name, method, ...trained });
  if (!rows.length) rows = caseRows({ target, case: name, method });
  const parts = {};
  for (const row of rows) (parts[row.structure] = parts[row.structure] || []).push(row.value);
  const mean = (values) => {
    const known = values.filter((value) => value !== null);
    return known.length ? (known.reduce((a, b) => a + b, 0) / known.length).toFixed(1) : DASH;
  };
  const order = DATA.benchmarks[state.benchmark].structures;
  const sorted = Object.entries(parts).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return sorted.map(([structure, values]) => (Object.keys(parts).length > 1 ? `${structure} ${mean(values)}` : mean(values))).join(", ");
}

function legend(structures) {
  return make("p", { class: "legend" }, ...structures.flatMap((name, index) => [
    make("span", { class: "swatch", style: `background:${COLOURS[index % COLOURS.length]}` }), ` ${name.replaceAll("_", " ")} `]),
    "(area: label; outline: prediction)");
}

const dialog = byId("case");
let closer = false; // whether cases are shown as close-ups
function openCase(target, name, method = "", source = "") {
  state.case = `${target}/${name}`;
  if (source) state.source = source;
  writeAddress();
  const place = byId("case-body");
  byId("case-title").textContent = `${nameOf(target)}: ${name}`;
  place.replaceChildren(make("p", { role: "status" }, "Loading the images\u2026"));
  if (!dialog.open) dialog.showModal();
  loadCase(target, name).then((found) => showCase_(place, found, target, name, method), () => {
    place.replaceChildren(make("p", { role: "status" }, "The images of this case are in the folder report_cases beside the page, which was not found. " +
      "Keep the folder beside the page to open every case."));
  });
}

function showCase_(place, found, target, name, marked) {
  const sources = sourcesOf(found);
  if (!sources.includes(state.source)) state.source = sources[0] || "";
  const count = found.images.length;
  const slider = make("input", { type: "range", min: 0, max: count - 1, value: found.shown, id: "slice", "aria-label": "slice" });
  const number = make("output", { for: "slice" });
  const near = make("input", { type: "checkbox", id: "close-up", checked: closer });
  const chooser = make("select", { id: "case-source", onchange: () => { state.source = chooser.value; writeAddress(); showCase_(place, found, target, name, marked); } });
  options(chooser, sources.map((id) => [id, nameOf(id)]), state.source);
  const width = Math.min(240, window.innerWidth - 80);
  const cells = [["label", "Label"], ...methodsOf().map((m) => [m.id, m.label])].map(([id, label]) => {
    const run = id === "label" ? "label" : runOf(found, id, state.source);
    if (!run) return null;
    const canvas = make("canvas", { role: "img", "aria-label": `${label} on slice` });
    const score = id === "label" ? "" : scoreText(target, name, id, run.endsWith("/any") ? "" : run.split("/")[1]);
    return { canvas, run, element: make("figure", { class: id === marked ? "marked" : "" }, canvas,
      make("figcaption", {}, make("strong", {}, label), score && ` ${score}`)) };
  }).filter(Boolean);
  const step = () => {
    const slice = Number(slider.value);
    number.textContent = ` ${slice + 1} of ${count}`;
    const part = near.checked ? closeUp(found) : whole(found);
    for (const cell of cells) paint(cell.canvas, found, slice, cell.run, width, part);
  };
  near.addEventListener("input", () => { closer = near.checked; step(); });
  slider.addEventListener("input", step);
  place.replaceChildren(
    make("div", { class: "controls" },
      ...(count > 1 ? [make("label", { class: "slice" }, "Slice", number, slider)] : []),
      ...(sources.length > 1 ? [make("label", {}, "Trained on", chooser)] : []),
      make("label", { class: "check" }, near, " close-up")),
    legend(found.structures),
    make("div", { class: "gallery" }, ...cells.map((cell) => cell.element)),
    make("p", { class: "caption" }, `Scores under protocol ${DATA.protocols[state.protocol].label}; the first seed is shown` + (state.source ? `, trained on ${nameOf(state.source)}` : "") + "." +
      (found.turned ? " Both axes are turned: the front of the patient is at the top." : "")));
  step();
}

dialog.addEventListener("close", () => { state.case = ""; writeAddress(); });
byId("case-close").addEventListener("click", () => dialog.close());

// The grid: the same cases by all methods, those first on which methods differ most.
function showGrid() {
  const place = byId("case-grid");
  if (!hasImages()) {
    place.replaceChildren(make("p", {}, "Images were switched off for this report (show_images: false)."));
    return;
  }
  const shown = images().chosen.filter((entry) => images().cases[(images().files[entry.target] || {})[entry.case]]);
  const methods = methodsOf().filter((method) => state.controls || !method.control);
  const columns = [{ id: "label", label: "Label" }, ...methods];
  const pictures = [];
  const body = shown.map((entry) => {
    const found = images().cases[images().files[entry.target][entry.case]];
    const source = sourcesOf(found).includes(state.source) ? state.source : sourcesOf(found)[0] || "";
    return make("tr", {},
      make("th", { scope: "row" }, button(entry.case, () => openCase(entry.target, entry.case)),
        make("span", {}, nameOf(entry.target)), make("span", {}, entry.why)),
      ...columns.map(({ id, label }) => {
        const run = id === "label" ? "label" : runOf(found, id, source);
        if (!run) return make("td", {}, DASH);
        const canvas = make("canvas", { role: "img", "aria-label": `${entry.case}, ${label}`, width: 132, height: Math.round(132 * found.aspect * found.shape[0] / found.shape[1]), style: "width:132px" });
        pictures.push([canvas, found, found.shown, run, 132]);
        const score = id === "label" ? "" : scoreText(entry.target, entry.case, id, run.endsWith("/any") ? "" : source);
        return make("td", {}, button(canvas, () => openCase(entry.target, entry.case, id, source), { "aria-label": `open ${entry.case}, ${label}` }), make("span", {}, score));
      }));
  });
  if (!body.length) { place.replaceChildren(make("p", {}, "No case to show.")); return; }
  const structures = [...new Set(shown.flatMap((entry) => images().cases[images().files[entry.target][entry.case]].structures))];
  const same = shown.every((entry) => images().cases[images().files[entry.target][entry.case]].structures.length === structures.length);
  place.replaceChildren(
    ...(same ? [legend(structures)] : [make("p", { class: "legend" }, "area: label; outline: prediction")]),
    scrollable(make("table", { class: "pictures" },
      make("thead", {}, make("tr", {}, make("th", { scope: "col", class: "text" }, "Case"), ...columns.map(({ label }) => make("th", { scope: "col", class: "text" }, label)))),
      make("tbody", {}, ...body)), "The same cases by all methods"),
    make("p", { class: "caption" }, "Cases on which methods differ most, and the best, median and worst case by the mean over methods, at the slice with the largest label; " +
      "Dice in percent. Click a case to see all its slices."));
  watchFrames(place);
  paintInTurn(pictures);
}

// All of them, seen or not: they are printed, too.
async function paintInTurn(pictures) {
  const idle = window.requestIdleCallback || setTimeout;
  for (const picture of pictures) {
    await new Promise((resolve) => idle(resolve));
    if (!picture[0].isConnected) return;
    await paint(...picture);
  }
}
