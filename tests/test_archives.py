"""Archives become folders, whole or not at all, and never reach outside."""

import errno
import io
import os
import stat
import tarfile
import zipfile

import pytest

from sambench.data.archives import unpack, unpack_all
from sambench.errors import InputError


def make_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def make_tar(path, members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


def files_of(folder):
    return sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()
    )


def assert_refused(archive, folder, found, **limits):
    """Unpacking fails, names the archive, and leaves the disk as it was."""
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(InputError, match=found) as caught:
        unpack(archive, folder, **limits)
    assert str(archive) in str(caught.value)
    assert caught.value.expected
    assert caught.value.remedy
    assert sorted(folder.parent.rglob("*")) == before


def test_zip_is_unpacked_without_desktop_junk(tmp_path):
    archive = make_zip(
        tmp_path / "a.zip",
        {"top/x.txt": b"x", "__MACOSX/top/._x.txt": b"j", "top/._x.txt": b"j"},
    )
    unpack(archive, tmp_path / "out")
    assert files_of(tmp_path / "out") == ["top/x.txt"]
    assert (tmp_path / "out/top/x.txt").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("suffix", "mode"), [(".tar", "w"), (".tar.gz", "w:gz"), (".tgz", "w:gz")]
)
def test_tar_is_unpacked(tmp_path, suffix, mode):
    members = {"top/x.txt": b"x" * 5000, "top/._x.txt": b"j", "./y.txt": b""}
    archive = make_tar(tmp_path / f"a{suffix}", members, mode)
    unpack(archive, tmp_path / "out")
    assert files_of(tmp_path / "out") == ["top/x.txt", "y.txt"]
    assert (tmp_path / "out/top/x.txt").read_bytes() == b"x" * 5000


@pytest.mark.parametrize("name", ["../evil.txt", "a/../../evil.txt", "..\\evil.txt"])
def test_names_that_climb_out_are_refused(tmp_path, name):
    good = {"good.txt": b"x", name: b"evil"}
    assert_refused(make_zip(tmp_path / "a.zip", good), tmp_path / "out", "outside")
    assert_refused(make_tar(tmp_path / "a.tar", good), tmp_path / "out", "outside")


@pytest.mark.parametrize("name", ["/etc/evil.txt", "C:\\evil.txt"])
def test_absolute_names_are_refused(tmp_path, name):
    assert_refused(
        make_tar(tmp_path / "a.tar", {name: b"x"}), tmp_path / "out", "outside"
    )
    assert_refused(
        make_zip(tmp_path / "a.zip", {name: b"x"}), tmp_path / "out", "outside"
    )


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (tarfile.SYMTYPE, "/etc"),
        (tarfile.SYMTYPE, "../.."),
        (tarfile.LNKTYPE, "/etc/passwd"),
    ],
)
def test_tar_with_link_is_refused(tmp_path, kind, target):
    members = {"good.txt": b"x", special("link", kind, target): b""}
    archive = make_tar(tmp_path / "a.tar", members)
    assert_refused(archive, tmp_path / "out", "link")


def test_tar_with_device_is_refused(tmp_path):
    archive = make_tar(tmp_path / "a.tar", {special("dev", tarfile.CHRTYPE): b""})
    assert_refused(archive, tmp_path / "out", "device")


def test_zip_with_link_is_refused(tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc")
    assert_refused(tmp_path / "a.zip", tmp_path / "out", "link")


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_truncated_zip_is_refused(tmp_path, keep):
    noise = bytes(i * 7919 % 251 for i in range(20000))
    archive = make_zip(tmp_path / "a.zip", {"x": noise, "y": noise})
    archive.write_bytes(archive.read_bytes()[: int(keep * archive.stat().st_size)])
    assert_refused(archive, tmp_path / "out", "truncated or damaged")


def test_zip_with_flipped_byte_is_refused(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as opened:
        opened.writestr("x", b"a" * 1000)
    data = bytearray(archive.read_bytes())
    data[500] ^= 1
    archive.write_bytes(data)
    assert_refused(archive, tmp_path / "out", "truncated or damaged")


@pytest.mark.parametrize("n_bytes", [700, 1024, 2000])
def test_truncated_tar_is_refused_even_between_members(tmp_path, n_bytes):
    # Header and content of "x" are 512 bytes each: 1024 is just before "y".
    archive = make_tar(tmp_path / "a.tar", {"x": b"x" * 500, "y": b"y" * 500})
    archive.write_bytes(archive.read_bytes()[:n_bytes])
    assert_refused(archive, tmp_path / "out", "truncated or damaged")


def test_truncated_or_corrupt_gzipped_tar_is_refused(tmp_path):
    whole = make_tar(tmp_path / "a.tgz", {"x": bytes(5000)}, "w:gz").read_bytes()
    (tmp_path / "a.tgz").write_bytes(whole[:-12])
    assert_refused(tmp_path / "a.tgz", tmp_path / "out", "truncated or damaged")
    checksum = bytes(b ^ 255 for b in whole[-8:-4])
    (tmp_path / "a.tgz").write_bytes(whole[:-8] + checksum + whole[-4:])
    assert_refused(tmp_path / "a.tgz", tmp_path / "out", "truncated or damaged")


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.zip", b"<!DOCTYPE html><html>quota</html>", "web page"),
        ("a.tar", b"\n <HTML>", "web page"),
        ("a.zip", b"", "empty file"),
        ("a.zip", b"plain text", "truncated or damaged"),
        ("a.tar", b"plain text", "truncated or damaged"),
        ("a.rar", b"rar", "unknown suffix '.rar'"),
        ("a.rar", b"Rar!", "a RAR archive, which is not supported"),
        ("a.zip.001", b"PK\x03\x04", "one part of an archive in several parts"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path, name, content, found):
    (tmp_path / name).write_bytes(content)
    assert_refused(tmp_path / name, tmp_path / "out", found)


def test_missing_archive_is_named(tmp_path):
    assert_refused(tmp_path / "a.zip", tmp_path / "out", "no such file")


def test_archive_of_junk_alone_is_refused(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"__MACOSX/x": b"x"})
    assert_refused(archive, tmp_path / "out", "without a single file")


def test_unpacked_size_is_limited(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"x": bytes(600), "y": bytes(600)})
    assert_refused(archive, tmp_path / "out", "more than 1000 bytes", max_bytes=1000)
    unpack(archive, tmp_path / "out", max_bytes=1200)
    assert files_of(tmp_path / "out") == ["x", "y"]


def test_entry_below_a_file_is_refused(tmp_path):
    archive = make_tar(tmp_path / "a.tar", {"x": b"x", "x/y": b"y"})
    assert_refused(archive, tmp_path / "out", "truncated or damaged")


def test_name_that_no_disk_takes_is_refused(tmp_path):
    archive = make_zip(tmp_path / "a.zip", {"x": b"x", "y" * 300: b"y"})
    assert_refused(archive, tmp_path / "out", "name too long")


def test_failure_keeps_an_older_folder(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/old.txt").write_text("old")
    archive = make_zip(tmp_path / "a.zip", {"new.txt": b"x", "../evil": b"x"})
    assert_refused(archive, tmp_path / "out", "outside")
    assert files_of(tmp_path / "out") == ["old.txt"]


@pytest.mark.parametrize("linked", [True, False])
def test_a_folder_joins_what_is_unpacked_already(tmp_path, monkeypatch, linked):
    archive = make_zip(tmp_path / "a.zip", {"images/1.txt": b"x"})
    (tmp_path / "folder/images").mkdir(parents=True)
    (tmp_path / "folder/images/2.txt").write_text("y")

    def across_disks(*paths):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    if not linked:
        monkeypatch.setattr(os, "link", across_disks)
    unpack_all([(archive, ""), (tmp_path / "folder", "")], tmp_path / "out")
    assert files_of(tmp_path / "out") == ["images/1.txt", "images/2.txt"]


@pytest.mark.parametrize("last", ["folder", "zip"])
def test_a_file_that_is_replaced_stays_in_its_own_folder(tmp_path, last):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(name)
    archives = [(tmp_path / "one", "")]
    if last == "folder":
        archives.append((tmp_path / "two", ""))
    else:
        archives.append((make_zip(tmp_path / "b.zip", {"a.txt": b"two"}), ""))
    unpack_all(archives, tmp_path / "out")
    assert (tmp_path / "out/a.txt").read_text() == "two"
    assert (tmp_path / "one/a.txt").read_text() == "one"


# Sound, but not supported: another copy would be the same.


def patched(path, offset, change):
    """Change a field of every entry of a zip archive, there and in its directory."""
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\3\4", offset), (b"PK\1\2", offset + 2)):
        start = data.find(mark)
        while start >= 0:
            data[start + place] = change(data[start + place])
            start = data.find(mark, start + 4)
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize(
    ("offset", "change", "found"),
    [
        (8, lambda method: 9, r"compression method 9 \(deflate64\) of entry 'x.txt'"),
        (6, lambda flags: flags | 1, "a password protects entry 'x.txt'"),
    ],
)
def test_a_zip_archive_of_another_kind_is_not_called_damaged(
    tmp_path, offset, change, found
):
    archive = make_zip(tmp_path / "a.zip", {"x.txt": b"content" * 9})
    patched(archive, offset, change)
    assert_refused(archive, tmp_path / "out", found)
    with pytest.raises(InputError, match="not damaged: unpack it with 7-Zip"):
        unpack(archive, tmp_path / "out")


def test_folders_and_paths_as_windows_writes_them_are_unpacked(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for name in ("training\\", "training\\a\\", "training\\a\\x.txt"):
            opened.writestr(name, b"x" * name.endswith(".txt"))
    unpack(archive, tmp_path / "out")
    assert files_of(tmp_path / "out") == ["training/a/x.txt"]


def test_a_compressed_volume_is_no_archive(tmp_path):
    import gzip

    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(b"1" * 2000))
    found = "a gzip file that holds no tar archive"
    assert_refused(tmp_path / "a.nii.gz", tmp_path / "out", found)
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(b"1" * 2000))
    assert_refused(tmp_path / "a.tar.gz", tmp_path / "out", "truncated or damaged")


def test_a_7z_archive_with_a_password_is_not_called_damaged(tmp_path):
    import py7zr

    (tmp_path / "x.txt").write_bytes(b"content" * 9)
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w", password="secret") as opened:
        opened.write(tmp_path / "x.txt", "x.txt")
    found = "not supported: a password protects it"
    assert_refused(tmp_path / "a.7z", tmp_path / "out", found)
