"""The page in headless Chromium and Firefox: what people do with it.

Its layout is tested on a wide and on a narrow window.

Skipped where a browser is not installed (Debian: chromium, chromium-driver,
firefox-esr), except in CI, where SAMBENCH_BROWSERS is set.
"""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from browsers import AXE, BROWSERS, REQUIRED
from large_page import write_large_page
from report_page import PAGE

TWO_WIDTHS = pytest.mark.parametrize("opened", [1280, 400], indirect=True)
CHROMIUM = pytest.mark.parametrize("browser", ["chromium"], indirect=True)
CHOOSE = (
    "const field = document.getElementById('{id}'); field.{key} = {value};"
    "field.dispatchEvent(new Event('{event}'));"
)


@pytest.fixture(scope="module")
def page(untrained) -> Path:
    return untrained / PAGE


@pytest.fixture(scope="module")
def large_page(repository, tmp_path_factory) -> Path:
    return write_large_page(tmp_path_factory.mktemp("large"), repository)


@pytest.fixture(scope="module", params=list(BROWSERS))
def browser(request, tmp_path_factory):
    kind, program = BROWSERS[request.param]
    if program is None:
        if REQUIRED:
            pytest.fail(f"{request.param} is not installed")
        pytest.skip(f"{request.param} is not installed")
    found = kind(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


@pytest.fixture
def opened(browser, page, request):
    browser.open(page.as_uri(), getattr(request, "param", 1280))
    assert browser.ask("return document.documentElement.dataset.ready") == "1"
    return browser


def rows(browser, place="#main-table") -> list[list[str]]:
    return browser.ask(
        f"return [...document.querySelectorAll('{place} tbody tr')]"
        ".map(row => [...row.cells].map(cell => cell.textContent));"
    )


def choose(browser, name: str, value: object, event="change", key="value") -> None:
    text = json.dumps(value)
    browser.ask(CHOOSE.format(id=name, key=key, value=text, event=event))


def names(browser) -> list[str]:
    return [cells[0] for cells in rows(browser)]


def text_of(browser, selector: str) -> str:
    return browser.ask(f"return document.querySelector('{selector}').textContent")


def count(browser, selector: str) -> int:
    return browser.ask(f"return document.querySelectorAll('{selector}').length")


# Tables


def test_the_second_best_is_underlined_in_cells_that_open_their_cases_too(opened):
    lines = opened.ask(
        "return [...document.querySelectorAll('#main-table td.second button')]"
        ".map(one => getComputedStyle(one).textDecorationLine);"
    )
    assert lines and set(lines) == {"underline"}


def test_methods_stand_in_blocks_by_kind_of_prompt(opened):
    found = rows(opened)
    assert [(cells[0], cells[1]) for cells in found] == [
        ("U-Net (ERM)", "none"),
        ("SAMed", "none"),
        ("SAM (box)", "box"),
        ("Oracle (control)", "label"),
        ("Box (control)", "box"),
        ("Empty (control)", "none"),
    ]
    assert count(opened, "#main-table tr.block") == 2
    heads = opened.ask(
        "return [...document.querySelectorAll('#main-table tr.heads th')]"
        ".map(head => head.textContent)"
    )
    rank = heads.index("Rank")
    assert [cells[rank] for cells in found] == ["1", "2", "1", *["\N{EN DASH}"] * 3]


def test_the_first_click_puts_the_best_on_top(opened):
    heads = "document.querySelectorAll('#main-table tr.heads button')"
    opened.ask(f"{heads}[2].click();")
    values = [float(cells[2]) for cells in rows(opened)]
    assert values == sorted(values, reverse=True) and values[0] == 100
    opened.ask(f"{heads}[2].click();")
    assert [float(cells[2]) for cells in rows(opened)] == values[::-1]
    assert count(opened, "#main-table th[aria-sort=ascending]") == 1
    choose(opened, "metric", "assd")
    opened.ask(f"{heads}[2].click();")  # the smallest distance is the best
    values = [float(cells[2]) for cells in rows(opened)]
    assert values == sorted(values) and values[0] == 0


def test_tables_filter_by_row_control_structure_and_view(opened):
    choose(opened, "filter", "orac", "input")
    assert names(opened) == ["Oracle (control)"]
    choose(opened, "filter", "", "input")
    choose(opened, "controls", False, "input", "checked")
    assert names(opened) == ["U-Net (ERM)", "SAMed", "SAM (box)"]
    choose(opened, "view", "matrix", "input")
    assert len(rows(opened)) == 6  # two sources
    choose(opened, "benchmark", "riga")
    both = count(opened, "#main-table tr.heads th")
    choose(opened, "structure", "cup")
    assert 0 < count(opened, "#main-table tr.heads th") < both


@TWO_WIDTHS
def test_findings_sort_and_stay_within_the_window(opened):
    def column():
        return [cells[1] for cells in rows(opened, "#findings")]

    assert column() == ["warning", "passed"]
    opened.ask("document.querySelectorAll('#findings thead button')[1].click();")
    assert column() == ["passed", "warning"]
    narrow = "return document.querySelector('#findings').parentElement.clientWidth"
    assert opened.ask(narrow) <= opened.ask("return window.innerWidth")


@TWO_WIDTHS
def test_headers_stay_and_a_table_says_that_it_scrolls(opened):
    style = "getComputedStyle(document.querySelector('#main-table thead')).position"
    assert opened.ask(f"return {style}") == "sticky"
    shown = opened.wait(
        "const done = arguments[0]; requestAnimationFrame(() => setTimeout(() => {"
        " const frame = document.querySelector('#main-table .framed');"
        " const region = frame.querySelector('.scroll');"
        " done([region.scrollWidth > region.clientWidth + 1,"
        "  !frame.querySelector('.hint').hidden]);}, 100));"
    )
    assert shown[0] == shown[1]
    if opened.ask("return window.innerWidth") < 700:
        assert shown[0]


def saved_table(browser) -> tuple[str, str]:
    """Save the main table; return the CSV and the LaTeX file."""
    browser.ask(
        "window.saved = []; URL.createObjectURL = (blob) => {"
        " blob.text().then((text) => window.saved.push(text)); return '#'; };"
        "HTMLAnchorElement.prototype.click = function () {};"
        "document.querySelectorAll('#main-table .export button')"
        ".forEach(button => button.click());"
    )
    saved = browser.wait(
        "const done = arguments[0]; setTimeout(() => done(window.saved), 200)"
    )  # in any order
    csv, latex = sorted(saved, key=lambda text: text.startswith("\\begin"))
    return csv, latex


def test_any_table_is_saved_as_csv_and_latex(opened):
    csv, latex = saved_table(opened)
    lines = csv.strip().split("\n")
    assert lines[0].startswith("Method,Prompt,A (RUNMC) (n = 6),B (BMC) (n = 6),Mean")
    assert [line.split(",")[0] for line in lines[1:]] == names(opened)
    assert lines[1].split(",")[2] == rows(opened)[0][2]
    assert "\\begin{tabular}{lr" in latex and "\\toprule" in latex
    assert "U-Net (ERM) & none & " in latex and "$<$ 10 (\\%)" in latex
    tables, saved = count(opened, "main table:not(.pictures)"), count(opened, ".export")
    assert saved == tables


def test_a_saved_column_has_its_own_structure_or_none(opened):
    choose(opened, "benchmark", "riga")
    head = saved_table(opened)[0].partition("\n")[0].split(",")
    of = [name.partition(": ")[0] for name in head if ": " in name]
    assert of == ["disc", "disc", "cup", "cup"]  # the source, and the mean
    assert head[-3:] == ["N/A", "< 10 (%)", "0 (%)"]  # of no structure


def test_every_choice_shows_a_table_and_every_image_loads(opened):
    shown = opened.wait(
        """
        const done = arguments[0];
        const choices = (id) =>
          [...document.getElementById(id).options].map((option) => option.value);
        const choose = (id, value, event) => {
          const field = document.getElementById(id);
          field.value = value;
          field.dispatchEvent(new Event(event));
        };
        (async () => {
          let tables = 0, empty = 0, images = 0, broken = 0;
          for (const benchmark of choices("benchmark")) {
            choose("benchmark", benchmark, "change");
            for (const protocol of choices("protocol")) {
              choose("protocol", protocol, "change");
              for (const image of document.images) {
                images += 1;
                await image.decode().catch(() => { broken += 1; });
              }
              for (const metric of choices("metric")) {
                choose("metric", metric, "change");
                for (const view of choices("view")) {
                  choose("view", view, "input");
                  tables += 1;
                  empty += !document.querySelector("#main-table tbody td button");
                }
              }
            }
          }
          done({ tables, empty, images, broken });
        })();
        """
    )
    assert shown["tables"] == 2 * 2 * (4 + 2 + 1)
    assert shown["images"] == 2 * 3 * 3
    assert (shown["empty"], shown["broken"]) == (0, 0)


# Cases


@TWO_WIDTHS
def test_a_cell_leads_to_its_cases_and_a_case_to_its_images(opened):
    opened.ask("document.querySelector('#main-table tbody td button').click();")
    assert text_of(opened, "#cases h4").startswith("Cases behind")
    assert len(rows(opened, "#cases")) == 6  # two targets of three cases
    opened.ask("document.querySelector('#cases tbody th button').click();")
    painted = painted_canvases(opened)
    assert opened.ask("return document.getElementById('case').open")
    assert painted == 1 + 6  # the label and every method
    assert text_of(opened, "#case figure.marked strong") == "U-Net (ERM)"


@TWO_WIDTHS
def test_pictures_below_the_window_are_painted_for_the_printer(opened):
    grid = count(opened, "#case-grid canvas")
    assert grid > 7 and painted_canvases(opened, "case-grid") == grid


def painted_canvases(browser, place: str = "case-body") -> int:
    return browser.wait(
        """
        const done = arguments[0];
        const look = (left) => {
          const every = [...document.querySelectorAll('#PLACE canvas')];
          const painted = ({ dataset: d }) => d.painted && d.painted === d.slice;
          const ready = every.length && every.every(painted);
          if (!ready && left) { setTimeout(() => look(left - 1), 50); return; }
          done(every.filter((c) => {
            const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            return new Set(data).size > 20;
          }).length);
        };
        look(100);
        """.replace("PLACE", place)
    )


def test_every_slice_can_be_stepped_through(opened):
    opened.ask("document.querySelector('#case-grid tbody th button').click();")
    assert painted_canvases(opened) == 7
    assert text_of(opened, "#case output") == " 3 of 3"

    def pixels():
        return opened.ask(
            "const c = document.querySelector('#case-body canvas');"
            "return c.toDataURL();"
        )

    before = pixels()
    choose(opened, "slice", 0, "input")
    assert painted_canvases(opened) == 7
    assert text_of(opened, "#case output") == " 1 of 3"
    before, now = pixels(), before
    assert before != now
    choose(opened, "close-up", True, "input", "checked")
    assert opened.wait(
        "const done = arguments[0]; const before = " + json.dumps(before) + ";"
        "const look = (left) => {"
        " const c = document.querySelector('#case-body canvas');"
        " if (c.toDataURL() !== before || !left) done(left > 0);"
        " else setTimeout(() => look(left - 1), 50); }; look(100);"
    )
    opened.ask("document.getElementById('case-close').click();")
    assert not opened.ask("return document.getElementById('case').open")


def test_structures_come_in_one_order_everywhere(opened):
    choose(opened, "benchmark", "riga")
    listed = opened.ask(
        "return [...document.getElementById('structure').options].map(o => o.value)"
    )
    assert listed == ["", "disc", "cup"]  # as the benchmark lists them
    tops = opened.ask(
        "return [...document.querySelectorAll('#main-table tr.tops th')]"
        ".map(head => head.textContent)"
    )
    assert tops == ["disc", "cup"]
    legend = text_of(opened, "#case-grid .legend")
    assert legend.index("disc") < legend.index("cup")
    scores = rows(opened, "#case-grid")[0][2]
    assert scores.index("disc") < scores.index("cup")


def test_the_grid_shows_the_same_cases_by_all_methods(opened):
    assert count(opened, "#case-grid thead th") == 1 + 1 + 6
    assert len(rows(opened, "#case-grid")) >= 3
    assert "methods differ most" in text_of(opened, "#case-grid tbody th")


def test_cases_beside_the_page_open_and_without_them_the_page_says_so(
    browser, page, tmp_path
):
    browser.open(page.as_uri(), 1280)
    outside = browser.ask(
        "const data = JSON.parse(document.getElementById('data').textContent);"
        "const found = data.images.prostate;"
        "for (const [target, cases] of Object.entries(found.files))"
        " for (const [name, file] of Object.entries(cases))"
        "  if (!found.cases[file]) return [target, name];"
    )
    assert outside, "every case is in the page: nothing would be loaded"
    target, name = outside
    browser.ask(f"openCase({json.dumps(target)}, {json.dumps(name)});")
    assert painted_canvases(browser) == 7
    alone = tmp_path / "alone.html"
    alone.write_bytes(page.read_bytes())
    browser.open(alone.as_uri(), 1280)
    browser.ask(f"openCase({json.dumps(target)}, {json.dumps(name)});")
    message = browser.wait(
        "const done = arguments[0]; setTimeout(() => done("
        "document.getElementById('case-body').textContent), 1000)"
    )
    assert "which was not found" in message
    browser.errors()  # the console names the missing file, as it should


# Two methods


def test_two_methods_side_by_side_by_hand(opened):
    """Differences of the matrix: means of both sources over each case."""
    choose(opened, "first", "erm")
    choose(opened, "second", "samed")
    data = opened.ask(
        "const at = (m) => caseRows({method: m})"
        ".map(r => [r.target, r.case, r.source, r.value]);"
        "return [at('erm'), at('samed')];"
    )
    by_case = {}
    for sign, part in zip((1, -1), data, strict=True):
        for target, case, _, value in part:
            by_case.setdefault((target, case), []).append(sign * value / 2)
    gains = {key: sum(values) for key, values in by_case.items()}
    wins = sum(gain > 0.005 for gain in gains.values())
    assert f"wins {wins} of 6 cases" in text_of(opened, "#pair .tally")
    assert count(opened, "#pair circle.dot") >= 6
    table = rows(opened, "#pair")
    assert [cells[0] for cells in table] == ["D (UCL)", "F (HK)", "All cases"]
    mean = sum(gains.values()) / 6
    assert float(table[-1][1]) == pytest.approx(mean, abs=0.011)
    assert table[0][2] == "\N{EN DASH}"  # three cases have no interval
    deviation = (sum((g - mean) ** 2 for g in gains.values()) / 5) ** 0.5
    half = 2.5706 * deviation / 6**0.5  # Student's t with five degrees of freedom
    low, high = (float(text) for text in table[-1][2].split(" to "))
    assert (low, high) == pytest.approx((mean - half, mean + half), abs=0.02)


# Habits


def test_the_view_is_in_the_address_and_a_link_opens_it_again(browser, page):
    browser.open(page.as_uri(), 1280)
    choose(browser, "benchmark", "riga")
    choose(browser, "protocol", "dapsam")
    choose(browser, "view", "matrix", "input")
    choose(browser, "filter", "sam", "input")
    choose(browser, "controls", False, "input", "checked")
    shown, address = names(browser), browser.ask("return location.href")
    assert "benchmark=riga" in address and "filter=sam" in address
    browser.open(address, 1280)
    assert names(browser) == shown
    for field, value in (
        ("benchmark", "riga"),
        ("protocol", "dapsam"),
        ("view", "matrix"),
    ):
        assert browser.ask(f"return document.getElementById('{field}').value") == value
    case = quote("benchmark=prostate&case=UCL/UCL_0", safe="=&")
    browser.open(f"{page.as_uri()}#{case}", 1280)
    assert "UCL_0" in text_of(browser, "#case-title")
    assert browser.ask("return document.getElementById('case').open")
    browser.open(f"{page.as_uri()}#benchmark=nonsense&protocol=nonsense", 1280)
    assert len(names(browser)) == 6  # what is not known opens as if it were not there


def test_methods_and_cases_are_found(opened):
    choose(opened, "search", "HK_1", "input")
    found = opened.ask(
        "return [...document.querySelectorAll('#found button')].map(b => b.textContent)"
    )
    assert len(found) == 1 and found[0].startswith("HK_1, F (HK)")
    opened.ask("document.querySelector('#found button').click();")
    assert "HK_1" in text_of(opened, "#case-title")
    opened.ask("document.getElementById('case-close').click();")
    choose(opened, "search", "samed", "input")
    opened.ask("document.querySelector('#found button').click();")
    assert names(opened) == ["SAMed"]


def test_dark_mode_follows_the_wish_of_the_browser(browser, page):
    light = {}
    for dark in (False, True):
        browser.open(page.as_uri(), 1280, dark=dark)
        style = "return getComputedStyle(document.body).backgroundColor"
        red, green, blue = (
            int(part) for part in browser.ask(style)[4:-1].split(",")[:3]
        )
        light[dark] = red + green + blue
    assert light[False] > 700 and light[True] < 120


@CHROMIUM  # its driver alone sets the style of print
def test_printed_pages_have_every_row_and_no_controls(browser, page):
    browser.open(page.as_uri(), 1280)
    browser.printed()
    shown = browser.ask(
        "const of = (s) => getComputedStyle(document.querySelector(s));"
        "return [of('nav').display, of('.export').display, of('.bar').display,"
        " of('#main-table .scroll').maxHeight];"
    )
    assert shown == ["none", "none", "none", "none"]


@TWO_WIDTHS
def test_the_page_is_no_wider_than_the_window(opened):
    excess = "return document.documentElement.scrollWidth - window.innerWidth;"
    assert opened.ask(excess) <= 0


def test_published_numbers_are_grey_on_synthetic_data(opened):
    choose(opened, "protocol", "csdg")
    assert "cannot be compared" in text_of(opened, "[data-view=published]")
    assert count(opened, "[data-view=published] td.grey") > 0


def test_a_protocol_without_published_numbers_names_those_that_have_some(opened):
    choose(opened, "protocol", "strict")
    text = text_of(opened, "[data-view=published]")
    assert "There are some under: CSDG" in text


# It looks at elements and computed styles, which are alike in both browsers.
@CHROMIUM
@TWO_WIDTHS
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_no_serious_fault(opened, page, dark):
    if not AXE:
        pytest.skip("SAMBENCH_AXE names no axe.min.js")
    assert Path(AXE).is_file()
    width = opened.ask("return window.innerWidth")
    opened.open(page.as_uri(), width, dark=dark)
    opened.ask("document.querySelectorAll('details').forEach(d => { d.open = true; });")
    opened.ask(Path(AXE).read_text(encoding="utf-8") + "; window.axe = axe;")
    run = (
        "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then(r => "
        "done(r.violations.map(v => [v.impact, v.id, v.nodes[0].html])),"
        " e => done([['critical', String(e), '']]));"
    )
    found = opened.wait(run)
    opened.ask("document.querySelector('#case-grid tbody th button').click();")
    painted_canvases(opened)
    found += opened.wait(run)
    assert [v for v in found if v[0] in ("serious", "critical")] == []


def test_no_error_and_no_request_leave_the_page(browser, page):
    browser.errors(), browser.requests()
    browser.open(page.as_uri(), 1280)
    choose(browser, "benchmark", "riga")
    choose(browser, "benchmark", "prostate")
    assert browser.errors() == []
    outside = {
        url
        for url in browser.requests()
        if not url.startswith(("data:", "chrome", "about:", page.as_uri()))
    }
    assert outside == set()


def test_a_page_of_thirty_methods_and_twenty_one_tasks_stays_usable(
    browser, large_page
):
    assert large_page.stat().st_size < 15e6
    browser.open(large_page.as_uri(), 1280)
    timing = "performance.getEntriesByType('navigation')[0].domComplete"
    print(f"{browser.name}: {browser.ask(f'return {timing}'):.0f} ms to open")
    assert len(rows(browser)) == 30
    heads = "document.querySelectorAll('#main-table tr.heads button')"
    browser.ask(f"{heads}[2].click();")
    values = [float(cells[2].split()[0]) for cells in rows(browser)]
    assert values == sorted(values, reverse=True)
    choose(browser, "search", "method 29", "input")
    browser.ask("document.querySelector('#found button').click();")
    assert names(browser) == ["Method 29"]
    browser.ask("document.querySelector('#main-table tbody td button').click();")
    assert len(rows(browser, "#cases")) == 8
    assert browser.errors() == []
