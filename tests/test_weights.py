"""Files of weights: what is found in their place is named, and nothing else is run."""

import argparse
import gzip
import json
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save, save_file

from sambench.errors import InputError
from sambench.fetch.weights import fetch_file
from sambench.train.resume import ResumeState
from sambench.weights.content import (
    OLD_TORCH,
    SAFETENSORS,
    TORCH,
    check_weights_file,
)
from sambench.weights.fitting import refuse_misfit
from sambench.weights.reading import read_state_dict

STATE = {"a.weight": torch.arange(600.0).reshape(20, 30), "a.bias": torch.ones(3)}
UNSAFE = ("weights_only", "arbitrary code", "trust the source", "\x1b")


def refused(path, match):
    """Read weights, verified or not; return what is said."""
    said = set()
    for published in (None, ""):
        with pytest.raises(InputError, match=match) as caught:
            read_state_dict(path, published)
        said.add(str(caught.value))
    (message,) = said
    assert str(path) in message
    assert not any(words in message for words in UNSAFE), message
    return message


# --- what is no file of weights ------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "found", "remedy"),
    [
        (b"", "an empty file", "again"),
        (b"<!DOCTYPE html><html>Quota exceeded", "a web page .*!DOCTYPE", "browser"),
        (b"\n\n  <HTML>\n<head>", "a web page", "browser"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Error>", "a web page", "browser"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 3750\n",
            "a Git LFS pointer",
            "git lfs pull",
        ),
        (b'{"error": {"code": 403}}', "JSON, as a server answers", "browser"),
        (b"Not Found\n", "text .*Not Found", "browser"),
        ("<!DOCTYPE html><html>Sign in".encode("utf-16"), "a web page", "browser"),
        (b"\x80", "1 bytes of no kind", "publish"),
        (b"PK", "cut off", "again"),
        ("Zugriff verweigert: zu häufig".encode(), "text", "browser"),
        (gzip.compress(b"x" * 100, mtime=0), "a gzip file", "Unpack"),
        (b"\x89HDF\r\n\x1a\n" + bytes(64), "an HDF5 file", "for PyTorch"),
        (b"\x93NUMPY\x01\x00" + bytes(64), "a NumPy array", "for PyTorch"),
        (bytes(5000), "zeros", "again"),
        (b"\x07\x11\xff\xfe" * 20, "80 bytes of no kind that is known", "publish"),
    ],
)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_what_lies_in_place_of_weights_is_named(
    tmp_path, content, found, remedy, suffix
):
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(content)
    assert remedy in refused(path, found)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    refused(tmp_path / "none.pth", "no file")
    refused(tmp_path, "a folder")


def test_weights_that_cannot_be_fetched_may_be_put_there(tmp_path, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    path = tmp_path / "medsam_vit_b.pth"
    with pytest.raises(InputError, match="no connection") as caught:
        fetch_file(path, mirror="http://127.0.0.1:9")  # where nobody listens
    assert caught.value.remedy.endswith(f"can be put there as {path}")


def test_archives_that_hold_weights_are_to_be_unpacked(tmp_path):
    torch.save(STATE, tmp_path / "inner.pth")
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as archive:
        archive.write(tmp_path / "inner.pth", "inner.pth")
    assert "Unpack" in refused(tmp_path / "a.pth", "zip archive of 1 file .inner.pth")
    with tarfile.open(tmp_path / "b.pth", "w") as archive:
        archive.add(tmp_path / "inner.pth", "inner.pth")
    assert "Unpack" in refused(tmp_path / "b.pth", "a tar archive")


def test_a_program_is_no_file_of_weights(tmp_path):
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(tmp_path / "a.pt"))
    assert "state_dict" in refused(tmp_path / "a.pt", "a TorchScript program")


@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.99])
@pytest.mark.parametrize("kind", ["torch", "safetensors", "old"])
def test_a_file_that_is_cut_off_is_told_and_never_read(tmp_path, kind, part):
    path = tmp_path / "weights.pth"
    if kind == "safetensors":
        save_file(STATE, path)
    else:
        torch.save(STATE, path, _use_new_zipfile_serialization=kind == "torch")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    refused(path, "cut off|damaged|of no kind")


def test_the_kind_is_seen_in_the_content_and_not_in_the_name(tmp_path):
    torch.save(STATE, tmp_path / "a.safetensors")
    torch.save(STATE, tmp_path / "b.bin", _use_new_zipfile_serialization=False)
    save_file(STATE, tmp_path / "c.pth")
    found = {}
    for name in ("a.safetensors", "b.bin", "c.pth"):
        found[name] = check_weights_file(tmp_path / name)
        state = read_state_dict(tmp_path / name)
        assert torch.equal(state["a.weight"], STATE["a.weight"])
    assert list(found.values()) == [TORCH, OLD_TORCH, SAFETENSORS]


# --- what is a file of torch, but not of weights alone -------------------------------


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize(
    ("further", "named"),
    [
        (np.float64(0.5), "numpy"),
        (argparse.Namespace(lr=1), "argparse.Namespace"),
        (torch.nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
    ],
)
def test_objects_of_python_are_refused_by_name(tmp_path, new, further, named):
    path = tmp_path / "a.pth"
    saved = {"model": STATE, "further": further}
    torch.save(saved, path, _use_new_zipfile_serialization=new)
    assert named in refused(path, "objects of Python")


@pytest.mark.parametrize(
    ("saved", "found"),
    [
        ({"model_state_dict": STATE, "epoch": 3}, "a dict of model_state_dict, epoch"),
        ({"net": STATE}, "a dict of net"),
        ([1, 2], "a list"),
        ({}, "an empty dict"),
        ({"epoch": 1, "loss": 2.0}, "a dict of epoch, loss"),
    ],
)
def test_what_is_at_the_top_of_a_file_is_said(tmp_path, saved, found):
    torch.save(saved, tmp_path / "a.pth")
    message = refused(tmp_path / "a.pth", found)
    if "net" in saved or "model_state_dict" in saved:
        key = next(iter(saved))
        assert f'torch.save(torch.load(file)["{key}"], new)' in message


@pytest.mark.parametrize("wrapper", [None, "model", "state_dict"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_checkpoints_of_trainings_are_unwrapped(tmp_path, wrapper, prefix):
    state = {prefix + name: tensor for name, tensor in STATE.items()}
    torch.save(state if wrapper is None else {wrapper: state}, tmp_path / "a.pth")
    assert set(read_state_dict(tmp_path / "a.pth")) == set(STATE)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("kind", ["torch", "safetensors"])
def test_weights_that_are_not_finite_are_refused(tmp_path, value, dtype, kind):
    state = {"a": torch.zeros(4, dtype=dtype), "n": torch.tensor([1])}
    state["a"][2] = value
    path = tmp_path / "a.pth"
    (save_file if kind == "safetensors" else torch.save)(state, path)
    refused(path, "weights 'a': found values that are not finite")


# --- weights of another network ------------------------------------------------------


def test_a_prefix_of_all_names_is_said_with_how_to_remove_it():
    found = {f"sam.{name}": tensor for name, tensor in STATE.items()}
    with pytest.raises(
        InputError, match=r"all begin with 'sam\.', such as sam\.a\.weight"
    ):
        refuse_misfit(found, STATE, "file.pth", "SAM")


def test_missing_and_further_tensors_and_shapes_are_said_with_the_file():
    found = {"a.weight": torch.zeros(2, 30), "extra": torch.ones(1)}
    with pytest.raises(InputError) as caught:
        refuse_misfit(found, STATE, "file.pth", "SAM")
    assert caught.value.where == "file.pth"
    assert caught.value.found == (
        "1 tensors missing (a.bias); 1 tensors of no such name (extra); 1 tensors of "
        "another shape (a.weight [2, 30] for [20, 30])"
    )


# --- the state of an unfinished training ---------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file"),
        (b"<html>", "a web page"),
        (b"PK\x03\x04 and no end", "cut off"),
        (save({"a": torch.ones(2)}), "is of another recipe"),
    ],
)
def test_a_state_that_is_none_starts_afresh_and_says_why(
    tmp_path, content, said, caplog
):
    path = tmp_path / "resume.pt"
    path.write_bytes(content)
    with caplog.at_level("INFO"):
        assert ResumeState(path, "key").load() is None
    assert said in caplog.text
    assert "starting afresh" in caplog.text
    assert not any(words in caplog.text for words in UNSAFE)


def test_a_state_that_is_not_finite_starts_afresh(tmp_path, caplog):
    state = ResumeState(tmp_path / "resume.pt", "key")
    state.save(method={"a": torch.tensor([float("nan")])})
    assert state.load() is None
    assert "not finite" in caplog.text


def test_a_damaged_header_of_safetensors_is_no_kind_that_is_known(tmp_path):
    header = json.dumps({"a": {"dtype": "F32", "shape": [2]}}).encode()
    content = len(header).to_bytes(8, "little") + header + bytes(8)
    (tmp_path / "a.safetensors").write_bytes(content)
    refused(tmp_path / "a.safetensors", "of no kind that is known")
