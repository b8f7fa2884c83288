"""Files come whole over bad connections, or not at all."""

import json
import os
import random
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fault_server import serve
from sambench.errors import InputError
from sambench.fetch.part_file import public
from sambench.fetch.transfer import Transfer
from sambench.shortage import DiskFullError

CONTENT = random.Random(0).randbytes(3_000_000)
QUICK = Transfer(attempts=4, pause=0.01)


@pytest.fixture
def server():
    with serve() as running:
        yield running


def ranges(found):
    return [request.get("Range") for request in found.requests]


def test_file_arrives_under_the_name_of_a_part(server, tmp_path):
    server.put("/a.zip", CONTENT)
    part = QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert part == tmp_path / "a.zip.part"
    assert part.read_bytes() == CONTENT
    assert not (tmp_path / "a.zip").exists()


def test_503_twice_is_tried_again(server, tmp_path, caplog):
    found = server.put("/a.zip", CONTENT, faults=[503, 503])
    part = QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert part.read_bytes() == CONTENT
    assert len(found.requests) == 3
    assert "status 503" in caplog.text


def test_dropped_connection_is_resumed(server, tmp_path):
    found = server.put("/a.zip", CONTENT, faults=["drop", "drop"])
    part = QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert part.read_bytes() == CONTENT
    starts = [int(text[6:-1]) for text in ranges(found)[1:]]
    # Half, and half of the rest, but for the last packets before the drop.
    assert 1_400_000 < starts[0] <= 1_500_000
    assert 2_100_000 < starts[1] <= 2_250_000


def test_a_rest_whose_server_does_not_say_the_whole_size_is_received(server, tmp_path):
    found = server.put("/a.zip", CONTENT, faults=["drop", "drop"], says_total=False)
    part = QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert part.read_bytes() == CONTENT
    starts = [int(text[6:-1]) for text in ranges(found)[1:]]
    assert starts == sorted(starts)
    assert len(starts) == 2


def test_dropped_connection_is_restarted_where_the_server_knows_no_ranges(
    server, tmp_path
):
    server.put("/a.zip", CONTENT, faults=["drop"], ranges=False)
    part = QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert part.read_bytes() == CONTENT


def test_progress_resets_the_count_of_tries(server, tmp_path):
    server.put("/a.zip", CONTENT, faults=["drop"] * 5)
    part = QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert part.read_bytes() == CONTENT


def test_file_that_changed_meanwhile_is_received_anew(server, tmp_path):
    server.put("/a.zip", CONTENT, faults=["drop", 404])
    with pytest.raises(InputError, match="404"):
        QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert (tmp_path / "a.zip.part").stat().st_size > 1_400_000
    newer = CONTENT[::-1]
    server.put("/a.zip", newer, etag='"two"')
    part = QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert part.read_bytes() == newer


def test_changed_length_is_noticed_without_a_validator(server, tmp_path):
    server.put("/a.zip", CONTENT, faults=["drop", 404], etag=None)
    with pytest.raises(InputError):
        QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    newer = CONTENT[::-1] + b"!"
    server.put("/a.zip", newer, etag=None)
    part = QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert part.read_bytes() == newer


def test_part_of_another_address_is_not_continued(server, tmp_path):
    server.put("/old.zip", CONTENT, faults=["drop", 404])
    with pytest.raises(InputError):
        QUICK.receive(f"{server.url}/old.zip", tmp_path / "a.zip")
    found = server.put("/new.zip", CONTENT[::-1])
    part = QUICK.receive(f"{server.url}/new.zip", tmp_path / "a.zip")
    assert part.read_bytes() == CONTENT[::-1]
    assert ranges(found) == [None]


def test_complete_part_is_not_received_again(server, tmp_path):
    found = server.put("/a.zip", CONTENT)
    for _ in range(2):
        QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert len(found.requests) == 1


@pytest.mark.parametrize(
    ("status", "remedy"), [(404, "not there"), (403, "terms"), (401, "token")]
)
def test_refusal_is_final(server, tmp_path, status, remedy):
    found = server.put("/a.zip", CONTENT, faults=[status])
    with pytest.raises(InputError, match=f"status {status}") as caught:
        QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert remedy in caught.value.remedy
    assert len(found.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_empty_file_is_refused(server, tmp_path):
    server.put("/a.zip", b"")
    with pytest.raises(InputError, match="an empty file"):
        QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_lasting_fault_is_given_up(server, tmp_path):
    found = server.put("/a.zip", CONTENT, faults=[503] * 10)
    with pytest.raises(InputError, match=r"status 503.*4 times in a row"):
        QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert len(found.requests) == 4
    assert list(tmp_path.iterdir()) == []


def test_server_that_is_not_there_is_named(tmp_path):
    with serve() as gone:
        url = f"{gone.url}/a.zip"
    with pytest.raises(InputError, match="no connection, 4 times") as caught:
        QUICK.receive(url, tmp_path / "a.zip")
    assert caught.value.where == url


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (b"<!DOCTYPE html><p>Quota exceeded", "application/zip"),
        (b"\n<html>Log in", "application/octet-stream"),
        (b"anything", "text/html; charset=utf-8"),
    ],
)
def test_web_page_is_no_archive(server, tmp_path, page, kind):
    server.put("/a.zip", page, kind=kind)
    with pytest.raises(InputError, match="web page"):
        QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_redirect_is_followed_without_the_token(server, tmp_path):
    with serve() as other:
        found = other.put("/b.zip", CONTENT)
        first = server.put("/a.zip", redirect=f"{other.url}/b.zip")
        transfer = Transfer(headers={"Authorization": "Bearer secret"})
        part = transfer.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert part.read_bytes() == CONTENT
    assert first.requests[0]["Authorization"] == "Bearer secret"
    assert "Authorization" not in found.requests[0]


def test_secrets_stay_out_of_messages_and_notes(server, tmp_path, caplog):
    server.put("/a.zip", CONTENT, faults=["drop", 503, 404])
    transfer = Transfer(pause=0.01, headers={"Authorization": "Bearer secret"})
    url = server.url.replace("//", "//me:secret@") + "/a.zip?key=secret"
    with pytest.raises(InputError) as caught:
        transfer.receive(url, tmp_path / "a.zip")
    notes = (tmp_path / "a.zip.part.json").read_text()
    assert json.loads(notes)["url"] == f"{server.url}/a.zip"
    for text in (str(caught.value), caplog.text, notes, repr(transfer)):
        assert "secret" not in text
    assert public("https://u:p@host/x?y=z#f") == "https://host/x"


def test_limit_on_file_size_counts_as_a_full_disk(server, tmp_path):
    server.put("/a.zip", CONTENT)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(DiskFullError, match="full disk after 1000000 bytes"):
            QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    part = QUICK.receive(f"{server.url}/a.zip", tmp_path / "a.zip")
    assert part.read_bytes() == CONTENT


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 1 MB; skip where that is not allowed."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    mounted = shutil.which("mount") and os.geteuid() == 0
    if not mounted or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk_is_reported_before_anything_is_written(server, small_disk):
    server.put("/a.zip", CONTENT)
    with pytest.raises(DiskFullError, match=r"full disk.*3000000 bytes"):
        QUICK.receive(f"{server.url}/a.zip", small_disk / "a.zip")
    assert list(small_disk.iterdir()) == []


def test_archive_that_does_not_fit_unpacked_leaves_nothing(small_disk, tmp_path):
    from sambench.data.archives import unpack
    from test_archives import make_zip

    archive = make_zip(tmp_path / "a.zip", {"x": bytes(3_000_000)})
    with pytest.raises(DiskFullError, match="full disk"):
        unpack(archive, small_disk / "out")
    assert list(small_disk.iterdir()) == []


def test_progress_is_silent_without_a_terminal(server, tmp_path):
    server.put("/a.zip", CONTENT)
    code = (
        "import sys; from pathlib import Path; "
        "from sambench.fetch.transfer import Transfer; "
        "Transfer().receive(sys.argv[1], Path(sys.argv[2]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, f"{server.url}/a.zip", str(tmp_path / "a.zip")],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path("workflow/scripts").resolve())},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
