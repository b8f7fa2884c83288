"""Headless Chromium and Firefox for the tests of the page, without a package for it.

Chromium is spoken to by its driver over HTTP, Firefox by its own Marionette protocol
over a socket. Both open files, run scripts, and set the width and the colour scheme.
"""

import itertools
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

DRIVER = shutil.which("chromedriver")
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
AXE = os.environ.get("SAMBENCH_AXE", "")
"""The file axe.min.js of the npm package axe-core."""

REQUIRED = bool(os.environ.get("SAMBENCH_BROWSERS"))
"""Whether tests fail, rather than being skipped, without browsers: in CI."""

_CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_FIREFOX = {
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Chromium:
    """One session of WebDriver."""

    name = "chromium"

    def __init__(self, folder: Path):
        self.port = free_port()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.driver = subprocess.Popen([DRIVER, f"--port={self.port}"], **quiet)
        self.session = ""
        for _ in range(200):
            try:
                self._get("status")
                break
            except urllib.error.URLError:
                time.sleep(0.1)
        options = {"args": [*_CHROMIUM, f"--user-data-dir={folder}"]}
        capabilities = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        answer = self.call("session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = f"session/{answer['sessionId']}/"

    def _get(self, path: str) -> None:
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}")

    def call(self, path: str, body: dict) -> object:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{self.session}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def _devtools(self, command: str, **parameters: object) -> None:
        body = {"cmd": command, "params": parameters}
        self.call("goog/cdp/execute", body)

    def open(self, address: str, width: int, *, dark: bool = False) -> None:
        scheme = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        ]
        self._devtools("Emulation.setEmulatedMedia", features=scheme)
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1}
        mobile = width < 700
        self._devtools("Emulation.setDeviceMetricsOverride", **metrics, mobile=mobile)
        self.call("url", {"url": "about:blank"})  # another hash alone loads nothing
        self.call("url", {"url": address})

    def printed(self) -> None:
        """Show the page as it is printed."""
        self._devtools("Emulation.setEmulatedMedia", media="print")

    def ask(self, script: str) -> object:
        return self.call("execute/sync", {"script": script, "args": []})

    def wait(self, script: str) -> object:
        return self.call("execute/async", {"script": script, "args": []})

    def errors(self) -> list[str]:
        """List what the console says since the last call."""
        return [entry["message"] for entry in self.call("se/log", {"type": "browser"})]

    def requests(self) -> set[str]:
        """List the addresses that were asked for since the last call."""
        found = set()
        for entry in self.call("se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.add(message["params"]["request"]["url"])
        return found

    def close(self) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{self.session.rstrip('/')}", method="DELETE"
        )
        urllib.request.urlopen(request)
        self.driver.terminate()
        self.driver.wait()


class Firefox:
    """One session of Marionette: JSON messages with their length before them."""

    name = "firefox"

    def __init__(self, folder: Path):
        port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        preferences = {**_FIREFOX, "marionette.port": port}
        lines = [
            f'user_pref("{key}", {json.dumps(value)});\n'
            for key, value in preferences.items()
        ]
        (folder / "user.js").write_text("".join(lines))
        # System access is what sets the colour scheme of a page that is open.
        command = [FIREFOX, "--headless", "--marionette", "--no-remote"]
        command.append("--remote-allow-system-access")
        self.log = folder / "output.txt"
        environment = os.environ | {"HOME": str(folder)}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, "--profile", str(folder)],
                stdout=output,
                stderr=output,
                env=environment,
            )
        self.socket = self._connected(port)
        self.numbers = itertools.count(1)
        self._receive()  # a greeting
        self.call("WebDriver:NewSession", {})

    @staticmethod
    def _connected(port: int) -> socket.socket:
        for _ in range(600):
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=120)
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("Firefox does not listen")

    def _receive(self) -> object:
        length = b""
        while not length.endswith(b":"):
            length += self.socket.recv(1)
        left, parts = int(length[:-1]), []
        while left:
            parts.append(self.socket.recv(min(left, 65536)))
            left -= len(parts[-1])
        return json.loads(b"".join(parts))

    def call(self, command: str, parameters: dict) -> object:
        text = json.dumps([0, next(self.numbers), command, parameters]).encode()
        self.socket.sendall(str(len(text)).encode() + b":" + text)
        _, _, error, result = self._receive()
        if error:
            raise RuntimeError(error["message"])
        return result.get("value") if isinstance(result, dict) else result

    def _prefer(self, dark: bool) -> None:
        key = "layout.css.prefers-color-scheme.content-override"
        self.call("Marionette:SetContext", {"value": "chrome"})
        script = f"Services.prefs.setIntPref('{key}', {0 if dark else 1});"
        self.call("WebDriver:ExecuteScript", {"script": script, "args": []})
        self.call("Marionette:SetContext", {"value": "content"})

    def open(self, address: str, width: int, *, dark: bool = False) -> None:
        self._prefer(dark)
        self.call("WebDriver:SetWindowRect", {"width": width, "height": 900})
        inner = self.ask("return window.innerWidth")
        wider = {"width": 2 * width - inner, "height": 900}
        self.call("WebDriver:SetWindowRect", wider)
        self.call("WebDriver:Navigate", {"url": "about:blank"})
        self.call("WebDriver:Navigate", {"url": address})

    def ask(self, script: str) -> object:
        return self.call("WebDriver:ExecuteScript", {"script": script, "args": []})

    def wait(self, script: str) -> object:
        return self.call("WebDriver:ExecuteAsyncScript", {"script": script, "args": []})

    def errors(self) -> list[str]:
        """List errors of scripts that Firefox wrote to its output."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return [line for line in text.splitlines() if "JavaScript error: file:" in line]

    def requests(self) -> set[str]:
        """List what the page itself has loaded."""
        script = "return performance.getEntriesByType('resource').map(e => e.name)"
        return set(self.ask(script))

    def close(self) -> None:
        try:
            self.call("Marionette:Quit", {"flags": ["eForceQuit"]})
        finally:
            self.socket.close()
            self.process.wait(timeout=60)


BROWSERS = {
    "chromium": (Chromium, DRIVER),
    "firefox": (Firefox, FIREFOX),
}
