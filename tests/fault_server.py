"""An HTTP server on 127.0.0.1 that fails as told, for tests of downloads."""

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Resource:
    """What the server has at one path, and how it behaves.

    Faults are used up one request after another: a number is a status, ``drop`` sends
    half of what was asked for and closes the connection, ``hang`` sends half and then
    nothing until the client hangs up.
    """

    content: bytes = b""
    faults: list = field(default_factory=list)
    ranges: bool = True
    says_total: bool = True
    etag: str | None = '"one"'
    kind: str = "application/octet-stream"
    redirect: str | None = None
    requests: list = field(default_factory=list)


class Server:
    """Resources by path; ``url`` is the server's address."""

    def __init__(self, url):
        self.url = url
        self.resources = {}

    def put(self, path, content=b"", **behaviour):
        self.resources[path] = Resource(content, **behaviour)
        return self.resources[path]


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Stay silent about clients that hang up: that is what they do on a page."""


@contextmanager
def serve():
    """Run a server until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            resource = server.resources.get(self.path.split("?")[0])
            if resource is None:
                return self.send_error(404)
            resource.requests.append(dict(self.headers))
            if resource.redirect:
                self.send_response(302)
                self.send_header("Location", resource.redirect)
                return self.end_headers()
            fault = resource.faults.pop(0) if resource.faults else None
            if isinstance(fault, int):
                return self.send_error(fault)
            self._send(resource, halved=fault in ("drop", "hang"))
            if fault == "hang":
                self.wfile.flush()
                self.rfile.read(1)

        def _send(self, resource, halved):
            content, start = resource.content, 0
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            same = self.headers.get("If-Range", resource.etag) == resource.etag
            if asked and resource.ranges and same:
                start = int(asked[1])
                if start >= len(content):
                    return self.send_error(416)
                self.send_response(206)
                last = len(content) - 1
                total = len(content) if resource.says_total else "*"
                text = f"bytes {start}-{last}/{total}"
                self.send_header("Content-Range", text)
            else:
                self.send_response(200)
            body = content[start:]
            self.send_header("Content-Type", resource.kind)
            self.send_header("Content-Length", str(len(body)))
            if resource.etag:
                self.send_header("ETag", resource.etag)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if halved else body)

        def log_message(self, *arguments):
            pass

    listening = _Quiet(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{listening.server_address[1]}")
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
