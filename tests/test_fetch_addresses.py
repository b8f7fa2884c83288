"""Hashes and addresses come from the services that publish them, where they answer."""

import json
from dataclasses import replace

import pytest

from fault_server import serve
from sambench.errors import InputError
from sambench.fetch.addresses import in_release, on_mirror, with_published_hash
from sambench.fetch.terms import check_access
from sambench.settings.datasets import RemoteFile, load_registry

MD5 = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.fixture
def server():
    with serve() as running:
        yield running


def on_zenodo(**more):
    return RemoteFile(name="a b.zip", url="https://x/a.zip", zenodo=7, **more)


def test_zenodo_gives_an_md5(server):
    files = [{"key": "other", "checksum": "md5:0"}]
    files.append({"key": "a b.zip", "checksum": f"md5:{MD5}"})
    server.put("/api/records/7", json.dumps({"files": files}).encode())
    assert with_published_hash(on_zenodo(), server.url).known_hash == f"md5:{MD5}"


def test_zenodo_is_not_asked_where_a_hash_is_known(server):
    found = server.put("/api/records/7", b"{}")
    file = on_zenodo(sha256="0" * 64)
    assert with_published_hash(file, server.url) is file
    assert found.requests == []


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{}", b'{"files": [{"key": "other", "checksum": "md5:0"}]}']
)
def test_no_answer_of_zenodo_leaves_trust_on_first_use(server, answer, caplog):
    if answer:
        server.put("/api/records/7", answer)
    assert with_published_hash(on_zenodo(), server.url).known_hash is None
    assert "no hash" in caplog.text


def test_release_gives_address_and_digest(server):
    asset = {
        "name": "epoch_final.pth",
        "browser_download_url": "https://x/epoch_final.pth",
        "digest": "sha256:" + "a" * 64,
    }
    path = "/repos/owner/name/releases/tags/v1.0.0"
    server.put(path, json.dumps({"assets": [asset]}).encode())
    file = RemoteFile(name="epoch_final.pth", github="owner/name@v1.0.0")
    found = in_release(file, server.url)
    assert (found.url, found.sha256) == (asset["browser_download_url"], "a" * 64)
    with pytest.raises(InputError, match=r"files epoch_final\.pth, expected other"):
        in_release(replace(file, name="other.pth"), server.url)


def test_release_that_does_not_answer_is_an_input_error(server):
    file = RemoteFile(name="x.pth", github="owner/name@v1")
    with pytest.raises(InputError, match="no answer"):
        in_release(file, server.url)


def test_mirror_replaces_every_address(repository):
    entry = load_registry([repository / "config"])["plethora"]
    file = on_mirror(entry, entry.files[0], "http://lab/mirror/")
    expected = "http://lab/mirror/plethora/PleThora%20Effusions%20June%202020.zip"
    assert file.url == expected
    assert file.sha256 == entry.files[0].sha256
    entry = load_registry([repository / "config"])["saml_prostate"]
    assert on_mirror(entry, entry.files[0], "http://lab").drive_file is None


def test_token_comes_from_the_environment(repository, monkeypatch):
    entry = load_registry([repository / "config"])["brats2021"]
    entry = replace(entry, files=(RemoteFile(name="x.zip", url="https://x/x.zip"),))
    monkeypatch.delenv("SYNAPSE_AUTH_TOKEN", raising=False)
    with pytest.raises(InputError, match="SYNAPSE_AUTH_TOKEN"):
        check_access(entry)
    monkeypatch.setenv("SYNAPSE_AUTH_TOKEN", "secret")
    assert check_access(entry) == {"Authorization": "Bearer secret"}
