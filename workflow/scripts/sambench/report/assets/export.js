// Any table as a CSV or LaTeX file, as it is shown: filtered and sorted.
function gridOf(table) {
  const text = (cell) => cell.textContent.replace(/\s+/g, " ").trim();
  const spans = (row) => [...row.cells].map((cell) => [text(cell), cell.colSpan]);
  const texts = (row) => [...row.cells].map(text);
  const heads = [...table.tHead.rows];
  return { tops: heads.length > 1 ? spans(heads[0]) : [], head: texts(heads[heads.length - 1]), body: [...table.tBodies[0].rows].map(texts) };
}

function csvOf(table) {
  const grid = gridOf(table);
  const tops = grid.tops.flatMap(([name, span]) => Array(span).fill(name));
  const head = grid.head.map((name, index) => (tops[index] ? `${tops[index]}: ${name}` : name));
  const quote = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [head, ...grid.body].map((row) => row.map(quote).join(",")).join("\n") + "\n";
}

const LATEX = { "\\": "\\textbackslash{}", "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "\u00b1": "$\\pm$",
  "\u2013": "--", "\u25ca": "$\\diamond$", "<": "$<$", ">": "$>$", "\u2020": "$\\dagger$", "\u2021": "$\\ddagger$" };
const latexText = (text) => [...text].map((c) => LATEX[c] || ("&%$#_{}".includes(c) ? `\\${c}` : c)).join("");

function latexOf(table, title) {
  const grid = gridOf(table);
  const line = (row) => `${row.map(latexText).join(" & ")} \\\\`;
  const top = grid.tops.length
    ? [`${grid.tops.map(([name, span]) => (name ? `\\multicolumn{${span}}{c}{${latexText(name)}}` : " &".repeat(span - 1))).join(" & ")} \\\\`]
    : [];
  return ["\\begin{table}[tbp]", "\\centering", `\\caption{${latexText(title)}}`,
    `\\begin{tabular}{l${"r".repeat(grid.head.length - 1)}}`, "\\toprule", ...top, line(grid.head), "\\midrule",
    ...grid.body.map(line), "\\bottomrule", "\\end{tabular}", "\\end{table}", ""].join("\n");
}

function save(text, name, kind) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: kind })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function exportButtons(table, title) {
  const name = title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 80) || "table";
  return make("p", { class: "export" },
    button("CSV", () => save(csvOf(table), `${name}.csv`, "text/csv"), { "aria-label": `save as CSV: ${title}` }), " ",
    button("LaTeX", () => save(latexOf(table, title), `${name}.tex`, "text/plain"), { "aria-label": `save as LaTeX: ${title}` }));
}
