"""Google Drive's pages are told from files, and the message says what to do.

A proxy on 127.0.0.1 stands in for drive.google.com: it answers CONNECT with its own
certificate, which requests trusts through REQUESTS_CA_BUNDLE.
"""

import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sambench.errors import InputError
from sambench.fetch.drive import receive_from_drive
from sambench.fetch.hashes import hash_of
from sambench.settings.datasets import RemoteFile

QUOTA = b"""<html><body><p class="uc-error-subcaption">Too many users have viewed or
downloaded this file recently.</p></body></html>""".replace(b"\n", b" ")
ATTACHED = {
    "Content-Type": "application/octet-stream",
    "Content-Disposition": 'attachment; filename="x.zip"',
}
FILE = RemoteFile(name="Processed_data_nii.zip", drive_file="1TtrjnlnJ1yqr5m4LUG")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem "
    command += "-out cert.pem -subj /CN=drive.google.com "
    command += "-addext subjectAltName=DNS:drive.google.com,DNS:docs.google.com"
    subprocess.run(command.split(), cwd=folder, capture_output=True, check=True)
    return folder


@pytest.fixture
def drive(certificate, tmp_path, monkeypatch):
    """Answer every request with ``drive.answer``: status, headers, body."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")

    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self):
            self.send_response(200)
            self.end_headers()
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb")
            self.raw_requestline = self.rfile.readline()
            self.parse_request()
            status, headers, body = listening.answer
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            self.close_connection = True

        def log_message(self, *arguments):
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    proxy = f"http://127.0.0.1:{listening.server_address[1]}"
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate / "cert.pem"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # gdown keeps cookies there
    yield listening
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_file_arrives_under_the_name_of_a_part(drive, tmp_path):
    drive.answer = (200, ATTACHED, b"PK\x03\x04 content")
    part = receive_from_drive(FILE, tmp_path / "archives" / FILE.name)
    assert part.name == "Processed_data_nii.zip.part"
    assert part.read_bytes() == b"PK\x03\x04 content"


def test_quota_page_says_what_to_do(drive, tmp_path):
    drive.answer = (200, {"Content-Type": "text/html"}, QUOTA)
    path = tmp_path / "archives" / FILE.name
    with pytest.raises(InputError, match="Too many users") as caught:
        receive_from_drive(FILE, path)
    assert FILE.drive_file in caught.value.where
    assert "quota" in caught.value.remedy
    assert str(path) in caught.value.remedy
    assert list(path.parent.iterdir()) == []


def test_page_sent_as_an_attachment_is_no_file(drive, tmp_path):
    drive.answer = (200, ATTACHED, b"<!DOCTYPE html><title>Sign in</title>")
    path = tmp_path / "archives" / FILE.name
    with pytest.raises(InputError, match="web page"):
        receive_from_drive(FILE, path)
    assert list(path.parent.iterdir()) == []


def test_folder_that_cannot_be_listed_is_an_input_error(drive, tmp_path):
    drive.answer = (404, {"Content-Type": "text/html"}, b"<html>not found</html>")
    file = RemoteFile(name="Test.zip", drive_folder="1Qx-4EM0MoarzAfvSIp9fkpk8UBr")
    with pytest.raises(InputError, match="drive/folders/1Qx"):
        receive_from_drive(file, tmp_path / "archives" / "Test")
    assert not [p for p in (tmp_path / "archives").rglob("*") if p.is_file()]


def test_what_a_desktop_adds_to_a_folder_does_not_change_its_hash(tmp_path):
    (tmp_path / "01-task").mkdir()
    (tmp_path / "01-task/case.npz").write_bytes(b"1")
    before = hash_of(tmp_path)
    for name in (".DS_Store", "01-task/.DS_Store", "01-task/._case.npz"):
        (tmp_path / name).write_bytes(b"left by macOS")
    assert hash_of(tmp_path) == before
    (tmp_path / "01-task/case.npz").write_bytes(b"2")
    assert hash_of(tmp_path) != before
