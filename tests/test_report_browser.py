"""The page in headless Chromium: sorting, filtering, images, no request, no error.

Skipped where chromedriver is not installed (Debian: chromium, chromium-driver); it is
spoken to over HTTP, so that no package is needed.
"""

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from report_page import write_page

DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(DRIVER is None, reason="chromedriver is not installed")
PORT = 9583
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Browser:
    """One session of WebDriver."""

    def __init__(self, profile: Path):
        options = {"args": [*ARGUMENTS, f"--user-data-dir={profile}"]}
        capabilities = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        self.session = ""
        answer = self.call("session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = f"session/{answer['sessionId']}/"

    def call(self, path: str, body: dict) -> object:
        request = urllib.request.Request(
            f"http://127.0.0.1:{PORT}/{self.session}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def open(self, page: Path, width: int) -> None:
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1}
        parameters = metrics | {"mobile": width < 700}
        command = "Emulation.setDeviceMetricsOverride"
        self.call("goog/cdp/execute", {"cmd": command, "params": parameters})
        self.call("url", {"url": page.as_uri()})

    def ask(self, script: str) -> object:
        return self.call("execute/sync", {"script": script, "args": []})

    def wait(self, script: str) -> object:
        return self.call("execute/async", {"script": script, "args": []})

    def log(self, kind: str) -> list[dict]:
        return self.call("se/log", {"type": kind})


@pytest.fixture(scope="module")
def page(repository, tmp_path_factory) -> Path:
    return write_page(tmp_path_factory.mktemp("page"), repository)[0]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    driver = subprocess.Popen(
        [DRIVER, f"--port={PORT}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/status")
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        browser = Browser(tmp_path_factory.mktemp("profile"))
        yield browser
        urllib.request.urlopen(
            urllib.request.Request(
                f"http://127.0.0.1:{PORT}/{browser.session.rstrip('/')}",
                method="DELETE",
            )
        )
    finally:
        driver.terminate()
        driver.wait()


ROWS = (
    "return [...document.querySelectorAll('#main-table tbody tr')]"
    ".map(row => [row.cells[0].textContent, row.cells[1].textContent]);"
)
CHOOSE = (
    "const field = document.getElementById('{id}'); field.{key} = {value};"
    "field.dispatchEvent(new Event('{event}'));"
)


def rows(browser: Browser) -> list[list[str]]:
    return browser.ask(ROWS)


def choose(browser: Browser, name: str, value: str, event: str = "change") -> None:
    browser.ask(
        CHOOSE.format(id=name, key="value", value=json.dumps(value), event=event)
    )


@pytest.fixture(params=[1280, 400])
def opened(browser, page, request) -> Browser:
    browser.open(page, request.param)
    return browser


def test_tables_sort_both_ways(opened):
    heads = "#main-table thead tr:last-child button"
    click = f"document.querySelectorAll('{heads}')[1].click();"
    opened.ask(click)
    values = [float(value) for _, value in rows(opened)]
    assert values == sorted(values)
    assert values[0] == 0 and values[-1] == 100
    opened.ask(click)
    assert [float(value) for _, value in rows(opened)] == values[::-1]
    sorted_by = "#main-table th[aria-sort=descending]"
    count = f"return document.querySelectorAll('{sorted_by}').length"
    assert opened.ask(count) == 1


def test_findings_sort_and_stay_within_the_window(opened):
    column = (
        "return [...document.querySelectorAll('#findings tbody tr')]"
        ".map(row => row.cells[1].textContent);"
    )
    assert opened.ask(column) == ["warning", "passed"]
    opened.ask("document.querySelectorAll('#findings thead button')[1].click();")
    assert opened.ask(column) == ["passed", "warning"]
    narrow = "return document.querySelector('#findings').parentElement.clientWidth"
    assert opened.ask(narrow) <= opened.ask("return window.innerWidth")


def test_tables_filter_by_row_control_structure_and_view(opened):
    assert len(rows(opened)) == 4
    choose(opened, "filter", "orac", "input")
    assert [name for name, _ in rows(opened)] == ["Oracle (control)"]
    choose(opened, "filter", "", "input")
    opened.ask(
        CHOOSE.format(id="controls", key="checked", value="false", event="input")
    )
    assert [name for name, _ in rows(opened)] == ["U-Net (ERM)"]
    choose(opened, "view", "matrix", "input")
    assert len(rows(opened)) == 2  # two sources
    choose(opened, "benchmark", "riga")
    heads = (
        "return document.querySelectorAll('#main-table thead tr:last-child th').length"
    )
    both = opened.ask(heads)
    choose(opened, "structure", "cup")
    assert 0 < opened.ask(heads) < both


def test_a_cell_leads_to_its_cases(opened):
    opened.ask("document.querySelector('#main-table tbody td button').click();")
    title, count = opened.ask(
        "const cases = document.getElementById('cases');"
        "return [cases.querySelector('h4').textContent,"
        " cases.querySelectorAll('tbody tr').length];"
    )
    assert title.startswith("Cases behind")
    assert count == 6  # two targets of three cases


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


def test_the_page_is_no_wider_than_the_window(opened):
    excess = "return document.documentElement.scrollWidth - window.innerWidth;"
    assert opened.ask(excess) <= 0


def test_published_numbers_are_grey_on_synthetic_data(opened):
    choose(opened, "protocol", "csdg")
    text, grey = opened.ask(
        "const place = document.querySelector('[data-view=published]');"
        "return [place.textContent, place.querySelectorAll('td.grey').length];"
    )
    assert "cannot be compared" in text
    assert grey > 0


def test_a_protocol_without_published_numbers_names_those_that_have_some(opened):
    choose(opened, "protocol", "strict")
    text = "return document.querySelector('[data-view=published]').textContent"
    assert "There are some under: CSDG" in opened.ask(text)


def test_no_error_and_no_request_leave_the_page(opened, page):
    assert opened.log("browser") == []
    requests = set()
    for entry in opened.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            requests.add(message["params"]["request"]["url"])
    outside = {
        url
        for url in requests
        if not url.startswith(("data:", "chrome", page.as_uri()))
    }
    assert outside == set()
