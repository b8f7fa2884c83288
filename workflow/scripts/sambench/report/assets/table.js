// Tables: made of the texts of the results, sorted, marked where they scroll.

// What a cell is sorted by: its first number; what is missing comes last.
function sortKey(text) {
  const plain = text.trim().replace("\u2212", "-");
  if (plain === DASH || plain === "") return null;
  const match = plain.match(/^[<\s]*([-+]?\d+(\.\d+)?)/);
  return match ? Number(match[1]) : plain.toLowerCase();
}

function compareKeys(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return sign * (a < b ? -1 : a > b ? 1 : 0);
}

// The first click puts the best on top: the largest score, the smallest distance or rank.
function sortBy(table, column, header, bestIsLarge) {
  const before = header.getAttribute("aria-sort");
  const first = bestIsLarge ? "descending" : "ascending";
  const other = bestIsLarge ? "ascending" : "descending";
  const now = before === first ? other : first;
  for (const each of table.querySelectorAll("th[aria-sort]")) each.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", now);
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, index) => [sortKey(row.cells[column].textContent), index, row]);
  rows.sort((a, b) => compareKeys(a[0], b[0], now === "ascending" ? 1 : -1) || a[1] - b[1]);
  body.append(...rows.map((row) => row[2]));
  table.classList.add("sorted"); // rules between blocks mean nothing now
}

function headers(entry, shown) {
  const lead = entry.groups.length ? entry.corner : [entry.corner[1]];
  const tops = shown.map((c) => entry.header[c][0]);
  const rows = [];
  if (tops.some((top) => top)) {
    const row = make("tr", { class: "tops" }, ...lead.map(() => make("td")));
    for (let c = 0; c < tops.length; ) {
      let end = c + 1;
      while (end < tops.length && tops[end] === tops[c]) end += 1;
      row.append(tops[c] ? make("th", { colspan: end - c, scope: "colgroup" }, tops[c]) : make("td", { colspan: end - c }));
      c = end;
    }
    rows.push(row);
  }
  const row = make("tr", { class: "heads" });
  [...lead, ...shown.map((c) => entry.header[c][1])].forEach((name, index) => {
    const c = shown[index - lead.length];
    const score = index >= lead.length && !(entry.details || []).includes(c);
    const large = score && (entry.view === "table" || entry.view === "matrix" || entry.view === "effect" || entry.view === "cases")
      && !/rank/i.test(name) && !lowerIsBetter(entry.metric || "");
    const words = index < lead.length || (!score && entry.cells.length && !isNumber(entry.cells[0][c]));
    const header = make("th", { scope: "col", "aria-sort": "none", class: words ? "text" : "" });
    header.append(button(name || "\u00a0", () => sortBy(row.closest("table"), index, header, large)));
    row.append(header);
  });
  return make("thead", {}, ...rows, row);
}

const isNumber = (text) => /^[\d<+\-\u2013]/.test(text);
const isControl = (entry, r) => /control/.test((entry.blocks || [])[r] || "");

function bodyRow(entry, r, shown, { onCell, onRow }) {
  const blocks = entry.blocks || [];
  const starts = r > 0 && blocks[r] !== blocks[r - 1] ? "block " : "";
  const row = make("tr", { class: starts + (isControl(entry, r) ? "control" : "") });
  if (entry.groups.length) row.append(make("th", { scope: "row" }, entry.groups[r]));
  const name = onRow ? button(entry.methods[r], () => onRow(r), { title: "show this case" }) : entry.methods[r];
  row.append(make("th", { scope: "row", class: "name" }, name));
  for (const c of shown) {
    const detail = (entry.details || []).includes(c);
    const text = entry.cells[r][c];
    const cell = make("td", { class: entry.marks[r][c] + (detail && !isNumber(text) ? " text" : "") });
    if (onCell && !detail && entry.rows[r].method && /\d/.test(text))
      cell.append(button(text, () => onCell(entry, r, c), { title: "show the cases of this cell" }));
    else cell.append(text);
    row.append(cell);
  }
  return row;
}

// A region that scrolls can be reached by the keyboard, and says that it scrolls.
function scrollable(table, label) {
  const region = make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": label }, table);
  return make("div", { class: "framed" }, region, make("p", { class: "hint", hidden: true }, "scrolls sideways \u2194"));
}

const watched = new ResizeObserver((entries) => entries.forEach(({ target }) => hint(target.closest(".framed"))));
function hint(frame) {
  const region = frame.querySelector(".scroll");
  const wide = region.scrollWidth > region.clientWidth + 1;
  frame.querySelector(".hint").hidden = !wide;
  region.classList.toggle("more", wide && region.scrollLeft + region.clientWidth < region.scrollWidth - 2);
}

function watchFrames(root) {
  for (const frame of root.querySelectorAll(".framed")) {
    const region = frame.querySelector(".scroll");
    region.addEventListener("scroll", () => hint(frame), { passive: true });
    watched.observe(region);
    watched.observe(region.firstElementChild);
  }
}

function tableOf(entry, { onCell = null, onRow = null, columns = null, rows = null, level = "h3" } = {}) {
  const shown = columns || entry.header.map((_, c) => c);
  const kept = rows || entry.methods.map((_, r) => r);
  const table = make("table", {}, headers(entry, shown),
    make("tbody", {}, ...kept.map((r) => bodyRow(entry, r, shown, { onCell, onRow }))));
  return [
    make(level, {}, entry.title),
    scrollable(table, entry.title),
    exportButtons(table, entry.title),
    make("p", { class: "caption" }, entry.caption),
  ];
}

// Tables that are written in the page sort, scroll and can be saved as those made here.
function completeTable(table) {
  const region = table.parentElement;
  const title = region.dataset.title || region.closest("section").querySelector("h2").textContent;
  if (table.classList.contains("sortable"))
    [...table.tHead.rows[0].cells].forEach((header, index) => {
      header.replaceChildren(button(header.textContent, () => sortBy(table, index, header, false)));
      header.setAttribute("aria-sort", "none");
    });
  const frame = make("div", { class: "framed" });
  region.replaceWith(frame);
  region.setAttribute("role", "region");
  region.setAttribute("tabindex", "0");
  region.setAttribute("aria-label", title);
  frame.append(region, make("p", { class: "hint", hidden: true }, "scrolls sideways \u2194"));
  frame.after(exportButtons(table, title));
  watchFrames(frame.parentElement);
}
