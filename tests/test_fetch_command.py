"""`python -m sambench fetch ID` gives the right files, or one message and nothing."""

import io
import os
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
import yaml

from fault_server import serve
from sambench.__main__ import main
from sambench.phantoms import write_phantom
from test_archives import files_of, make_tar, make_zip, special
from test_archives_7z import make_7z

NIFTI = b"not looked at by fetch"
SMALL_SAML = {
    "Processed_data_nii/RUNMC/Case00.nii.gz": NIFTI,
    "Processed_data_nii/RUNMC/Case00_segmentation.nii.gz": NIFTI,
    "Processed_data_nii/BMC/Case00.nii.gz": NIFTI,
    "Processed_data_nii/BMC/Case00_Segmentation.nii.gz": NIFTI,
}
SAML = "/saml_prostate/Processed_data_nii.zip"


@pytest.fixture
def server():
    with serve() as running:
        yield running


@pytest.fixture
def fetch(server, tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder against the server as a mirror."""
    monkeypatch.chdir(tmp_path)
    dest = tmp_path / "dest"

    def run(name, *options):
        capsys.readouterr()
        status = main(["fetch", name, "--mirror", server.url, *options])
        return status, capsys.readouterr().err

    run.dest = dest
    run.into = lambda name, *options: run(name, "--dest", str(dest), *options)
    return run


def zipped(members, tmp_path, make=make_zip, name="made.zip"):
    folder = tmp_path / "served"
    folder.mkdir(exist_ok=True)
    return make(folder / name, members).read_bytes()


def assert_nothing_left(dest):
    left = [name for name in files_of(dest) if ".part" not in name]
    assert left == []


def test_set_is_fetched_verified_and_unpacked(fetch, server, tmp_path):
    content = zipped(SMALL_SAML, tmp_path)
    server.put(SAML, content)
    status, log = fetch.into("saml_prostate")
    assert status == 0
    assert files_of(fetch.dest / "data/saml_prostate") == sorted(SMALL_SAML)
    archive = fetch.dest / "archives/saml_prostate/Processed_data_nii.zip"
    assert archive.read_bytes() == content
    assert "licence: none stated" in log
    assert "found 2 cases, the published set has 116" in log
    assert not [name for name in files_of(fetch.dest) if ".part" in name]


def test_a_second_run_needs_no_server(fetch, server, tmp_path):
    found = server.put(SAML, zipped(SMALL_SAML, tmp_path))
    fetch.into("saml_prostate")
    assert fetch.into("saml_prostate")[0] == 0
    assert len(found.requests) == 1


def test_kept_archive_is_unpacked_again_without_the_server(fetch, server, tmp_path):
    import shutil

    found = server.put(SAML, zipped(SMALL_SAML, tmp_path))
    fetch.into("saml_prostate")
    shutil.rmtree(fetch.dest / "data")
    assert fetch.into("saml_prostate")[0] == 0
    assert files_of(fetch.dest / "data/saml_prostate") == sorted(SMALL_SAML)
    assert len(found.requests) == 1


def test_archives_can_be_removed(fetch, server, tmp_path):
    server.put(SAML, zipped(SMALL_SAML, tmp_path))
    assert fetch.into("saml_prostate", "--remove-archives")[0] == 0
    assert files_of(fetch.dest / "archives") == ["saml_prostate/fetched.json"]
    assert fetch.into("saml_prostate")[0] == 0


def test_unknown_hash_is_trusted_once_and_then_binding(fetch, server, tmp_path):
    server.put(SAML, zipped(SMALL_SAML, tmp_path))
    _, log = fetch.into("saml_prostate")
    hashes = fetch.dest / "hashes.csv"
    assert "you can commit" in log
    lines = hashes.read_text().splitlines()
    assert lines[0] == "id,name,sha256,bytes"
    assert lines[1].startswith("saml_prostate,Processed_data_nii.zip,")
    other = {**SMALL_SAML, "Processed_data_nii/HK/Case38.nii.gz": NIFTI}
    server.put(SAML, zipped(other, tmp_path))
    second = tmp_path / "second"
    status, log = fetch("saml_prostate", "--dest", str(second), "--hashes", str(hashes))
    assert status == 1
    assert "another file than the one trusted before" in log
    assert files_of(second) == []


def test_committed_hashes_are_used_everywhere(fetch, server, tmp_path):
    server.put(SAML, zipped(SMALL_SAML, tmp_path))
    assert fetch("saml_prostate")[0] == 0
    assert (tmp_path / "config/hashes.csv").is_file()
    assert (tmp_path / "results/data/saml_prostate").is_dir()
    server.put(SAML, zipped({**SMALL_SAML, "more": b""}, tmp_path))
    status, log = fetch.into("saml_prostate")
    assert (status, "config/hashes.csv" in log) == (1, True)


def test_wrong_hash_is_deleted_and_reported(fetch, server, tmp_path):
    server.put("/riga_plus/RIGAPlus.zip", zipped({"x": b"x"}, tmp_path))
    status, log = fetch.into("riga_plus")
    assert status == 1
    assert "wrong hash" in log
    assert "f9fa96df2faa70852ccd4c73d0e79ed6eb258b5a37e72292f5efa3f81f195d20" in log
    assert files_of(fetch.dest) == []


def test_truncated_zip(fetch, server, tmp_path):
    content = zipped(SMALL_SAML, tmp_path)
    server.put(SAML, content[: len(content) // 2])
    status, log = fetch.into("saml_prostate")
    assert status == 1
    assert "truncated or damaged" in log
    # The message names the address: the part is gone.
    assert f"{server.url}{SAML}: found" in log
    assert "was deleted" in log
    assert files_of(fetch.dest) == []


def test_web_page_in_place_of_a_zip(fetch, server):
    server.put(SAML, b"<html>Sign in</html>", kind="text/html")
    status, log = fetch.into("saml_prostate")
    assert (status, "web page" in log) == (1, True)
    assert files_of(fetch.dest) == []


def test_missing_file(fetch):
    status, log = fetch.into("saml_prostate")
    assert (status, "status 404" in log) == (1, True)
    assert_nothing_left(fetch.dest)


def test_503_drop_and_redirect_on_the_way(fetch, server, tmp_path):
    server.put("/elsewhere", zipped(SMALL_SAML, tmp_path), faults=[503, "drop"])
    server.put(SAML, redirect=f"{server.url}/elsewhere")
    assert fetch.into("saml_prostate")[0] == 0
    assert files_of(fetch.dest / "data/saml_prostate") == sorted(SMALL_SAML)


def test_zip_that_climbs_out(fetch, server, tmp_path):
    server.put(SAML, zipped({**SMALL_SAML, "../evil": b"x"}, tmp_path))
    status, log = fetch.into("saml_prostate")
    assert (status, "'../evil'" in log) == (1, True)
    assert files_of(fetch.dest) == []
    assert not list(tmp_path.rglob("evil"))


def test_tar_with_a_link(fetch, server, tmp_path):
    members = {**SMALL_SAML, special("link", tarfile.SYMTYPE, "/etc"): b""}
    server.put(SAML, zipped(members, tmp_path, make_tar, "made.tar"))
    status, log = fetch.into("saml_prostate")
    assert (status, "link to '/etc'" in log) == (1, True)
    assert files_of(fetch.dest) == []


def test_7z_and_several_archives_share_the_folder(fetch, server, tmp_path):
    """Shown on a registry of the user's own, since published hashes are binding."""
    entry = {
        "title": "Two archives",
        "homepage": "https://example.org",
        "licence": "CC0",
        "access": "open",
        "used_by": [],
        "files": [
            {"name": "Images.zip", "url": f"{server.url}/i.zip", "into": "Images"},
            {"name": "Mask.7z", "url": f"{server.url}/m.7z", "into": "Masks"},
        ],
    }
    config = tmp_path / "config"
    config.mkdir()
    text = yaml.safe_dump({"datasets": {"two": entry}, "weights": {}})
    (config / "datasets.yaml").write_text(text)
    server.put("/i.zip", zipped({"Case_1_0000.nii.gz": b"i"}, tmp_path))
    masks = zipped({"Case_1.nii.gz": b"m"}, tmp_path, make_7z, "made.7z")
    server.put("/m.7z", masks)
    assert main(["fetch", "two", "--dest", "dest"]) == 0
    expected = ["Images/Case_1_0000.nii.gz", "Masks/Case_1.nii.gz"]
    assert files_of(tmp_path / "dest/data/two") == expected


def test_archive_of_something_else_is_not_trusted(fetch, server, tmp_path):
    server.put(SAML, zipped({"holiday.jpg": b"x"}, tmp_path))
    status, log = fetch.into("saml_prostate")
    assert (status, "archive of something else" in log) == (1, True)
    assert files_of(fetch.dest) == []


def test_manual_set_gives_its_instruction(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["fetch", "hecktor"]) == 1
    message = capsys.readouterr().err
    assert "apply at https://hecktor.grand-challenge.org" in message
    assert "hecktor_path" in message


def test_manual_set_can_come_from_a_mirror(fetch, server, tmp_path):
    top = "hecktor2022_training"
    members = {
        f"{top}/imagesTr/CHUM-001__CT.nii.gz": NIFTI,
        f"{top}/imagesTr/CHUM-001__PT.nii.gz": NIFTI,
        f"{top}/labelsTr/CHUM-001.nii.gz": NIFTI,
    }
    server.put("/hecktor/hecktor2022_training.zip", zipped(members, tmp_path))
    assert fetch.into("hecktor")[0] == 0


def test_terms_have_to_be_accepted(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["fetch", "riga_plus"]) == 1
    message = capsys.readouterr().err
    assert "CC-BY-NC-4.0" in message
    assert "--accept-terms" in message
    assert list(tmp_path.iterdir()) == []


def test_no_id_lists_the_ids(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["fetch"]) == 1
    assert "no id, expected one of saml_prostate, riga_plus" in capsys.readouterr().err


@pytest.mark.parametrize("dest", ["file", "file/below", "/proc/none"])
def test_a_destination_that_cannot_be_written_is_named(fetch, server, tmp_path, dest):
    (tmp_path / "file").write_text("in the way")
    server.put(SAML, zipped(SMALL_SAML, tmp_path))
    status, log = fetch("saml_prostate", "--dest", dest)
    errors = [line for line in log.splitlines() if line.startswith("error:")]
    assert (status, len(errors)) == (1, 1)
    assert f"error: {dest}: found a folder that cannot be written" in errors[0]
    assert "--dest" in errors[0]


def test_a_mirror_that_is_no_address_is_refused_at_once(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["fetch", "saml_prostate", "--mirror", "/mnt/mirror"]) == 1
    message = capsys.readouterr().err
    assert "found no address, expected http://" in message
    assert "try 2" not in message


@pytest.fixture
def interruptible():
    """Let programs be interrupted, also when the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_stops_with_130_and_the_next_run_goes_on(tmp_path):
    """The server sends half of the archive and waits: there the interrupt comes."""
    content = zipped({**SMALL_SAML, "more": os.urandom(2_000_000)}, tmp_path)
    dest = tmp_path / "dest"
    with serve() as server:
        found = server.put(SAML, content, faults=["hang"])
        command = [sys.executable, "-m", "sambench", "fetch", "saml_prostate"]
        command += ["--mirror", server.url, "--dest", str(dest)]
        options = {
            "cwd": tmp_path,
            "env": os.environ | {"PYTHONPATH": str(Path("workflow/scripts").resolve())},
            "stderr": subprocess.PIPE,
            "text": True,
        }
        running = subprocess.Popen(command, **options)
        part = dest / "archives/saml_prostate/Processed_data_nii.zip.part"
        for _ in range(600):
            if part.exists() and part.stat().st_size > 900_000:
                break
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, log = running.communicate(timeout=30)
        assert running.returncode == 130
        assert "goes on with what was received" in log
        assert "Traceback" not in log
        assert_nothing_left(dest)
        again = subprocess.run(command, **options)
    assert again.returncode == 0, again.stderr
    assert int(found.requests[1]["Range"].strip("bytes=-")) > 900_000


def test_unknown_id_lists_the_near_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["fetch", "riga"]) == 1
    assert "Did you mean 'riga_plus'" in capsys.readouterr().err


def test_weights_are_files_and_no_folder(fetch, server, tmp_path):
    checkpoint = io.BytesIO()
    with zipfile.ZipFile(checkpoint, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    for name in ("epoch_final.pth", "DAPSAM-BinRushed.pth"):
        server.put(f"/dapsam/{name}", checkpoint.getvalue())
    assert fetch.into("dapsam", "--file", "epoch_final.pth")[0] == 0
    assert files_of(fetch.dest / "weights") == ["epoch_final.pth"]
    assert fetch.into("dapsam")[0] == 0
    assert len(files_of(fetch.dest / "weights")) == 2


def test_weights_that_are_no_checkpoint_are_refused(fetch, server):
    server.put("/dapsam/epoch_final.pth", b"Not Found, but politely")
    server.put("/dapsam/DAPSAM-BinRushed.pth", b"PK\x03\x04")
    status, log = fetch.into("dapsam")
    assert status == 1
    assert "found text (it begins with 'Not Found, but politely')" in log
    assert files_of(fetch.dest) == []


def test_wrong_weights_are_deleted(fetch, server):
    server.put("/sam_vit_b/sam_vit_b_01ec64.pth", b"PK\x03\x04 something else")
    status, log = fetch.into("sam_vit_b")
    assert (status, "wrong hash" in log) == (1, True)
    assert files_of(fetch.dest) == []


def test_synthetic_archive_goes_all_the_way(fetch, server, tmp_path):
    archive = tmp_path / "acdc.zip"
    write_phantom("saml_prostate", archive, seed=1, cases=1, size=32)
    server.put(SAML, archive.read_bytes())
    assert fetch.into("saml_prostate")[0] == 0
    found = list((fetch.dest / "data/saml_prostate").rglob("*_Segmentation.nii.gz"))
    assert len(found) == 1


def test_command_line_ends_with_one_message_and_status_1(server, tmp_path):
    server.put(SAML, b"", faults=[404])
    command = [sys.executable, "-m", "sambench", "fetch", "saml_prostate"]
    done = subprocess.run(
        [*command, "--mirror", server.url, "--dest", str(tmp_path / "dest")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path("workflow/scripts").resolve())},
    )
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert "404" in errors[0]
    assert "Traceback" not in done.stderr
