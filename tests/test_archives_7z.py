"""7z archives become folders by the same rules as zip and tar."""

import os

import py7zr
import pytest

from sambench.data.archives import unpack, unpack_all
from sambench.errors import InputError
from test_archives import assert_refused, files_of, make_tar, make_zip


def make_7z(path, members):
    with py7zr.SevenZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(content, name)
    return path


def with_name(path, old, new):
    """Change a name, of equal length, in a 7z whose header is stored as it is."""
    with py7zr.SevenZipFile(path, "w") as archive:
        archive.set_encoded_header_mode(False)
        archive.writestr(b"evil", old)
    data = path.read_bytes()
    assert old.encode("utf-16-le") in data
    data = data.replace(old.encode("utf-16-le"), new.encode("utf-16-le"))
    return path, data


def seal(path, data):
    """Write a 7z again with the checksums of its changed header."""
    import struct
    import zlib

    offset, size = struct.unpack("<QQ", data[12:28])
    header = data[32 + offset : 32 + offset + size]
    start = struct.pack("<QQI", offset, size, zlib.crc32(header))
    path.write_bytes(
        data[:8] + struct.pack("<I", zlib.crc32(start)) + start + data[32:]
    )
    return path


def test_7z_is_unpacked_without_desktop_junk(tmp_path):
    noise = os.urandom(100_000)
    members = {"Mask/Case_00001.nii.gz": noise, "__MACOSX/._x": b"j", "empty": b""}
    unpack(make_7z(tmp_path / "Mask.7z", members), tmp_path / "out")
    assert files_of(tmp_path / "out") == ["Mask/Case_00001.nii.gz", "empty"]
    assert (tmp_path / "out/Mask/Case_00001.nii.gz").read_bytes() == noise


def test_7z_is_known_by_its_content(tmp_path):
    unpack(make_7z(tmp_path / "Mask.zip", {"x": b"x"}), tmp_path / "out")
    assert files_of(tmp_path / "out") == ["x"]


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_truncated_7z_is_refused(tmp_path, keep):
    archive = make_7z(tmp_path / "a.7z", {"x": os.urandom(5000)})
    archive.write_bytes(archive.read_bytes()[: int(keep * archive.stat().st_size)])
    assert_refused(archive, tmp_path / "out", "truncated or damaged")


def test_7z_with_flipped_byte_is_refused(tmp_path):
    archive = make_7z(tmp_path / "a.7z", {"x": os.urandom(5000)})
    data = bytearray(archive.read_bytes())
    data[2000] ^= 1
    archive.write_bytes(data)
    assert_refused(archive, tmp_path / "out", "truncated or damaged")


@pytest.mark.parametrize("name", ["../evil", "/evil.t"])
def test_7z_names_outside_are_refused(tmp_path, name):
    archive = seal(*with_name(tmp_path / "a.7z", "x" * len(name), name))
    assert_refused(archive, tmp_path / "out", "outside")


def test_7z_with_link_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/link").symlink_to("/etc")
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as archive:
        archive.write(tmp_path / "in/link", "link")
    assert_refused(tmp_path / "a.7z", tmp_path / "out", "link")


def test_7z_unpacked_size_is_limited(tmp_path):
    archive = make_7z(tmp_path / "a.7z", {"x": bytes(600), "y": bytes(600)})
    assert_refused(archive, tmp_path / "out", "more than 1000 bytes", max_bytes=1000)
    unpack(archive, tmp_path / "out", max_bytes=1200)
    assert files_of(tmp_path / "out") == ["x", "y"]


def test_several_archives_share_a_folder_and_the_limit(tmp_path):
    archives = [
        (make_7z(tmp_path / "Mask.7z", {"a": bytes(600)}), "Mask"),
        (make_zip(tmp_path / "Part1.zip", {"a": bytes(600)}), "Part1"),
        (make_tar(tmp_path / "b.tar", {"b": b"b"}), ""),
    ]
    unpack_all(archives, tmp_path / "out")
    assert files_of(tmp_path / "out") == ["Mask/a", "Part1/a", "b"]
    with pytest.raises(InputError, match="more than 1000 bytes"):
        unpack_all(archives, tmp_path / "small", max_bytes=1000)
    assert not (tmp_path / "small").exists()


def test_a_bad_archive_among_several_leaves_nothing(tmp_path):
    good = make_zip(tmp_path / "a.zip", {"x": b"x"})
    bad = make_zip(tmp_path / "b.zip", {"../evil": b"x"})
    with pytest.raises(InputError, match="outside"):
        unpack_all([(good, "a"), (bad, "b")], tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip", "b.zip"]
