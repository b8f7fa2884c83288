"""Parity of the CNN methods with recorded steps of their authors' code."""

import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from sambench.__main__ import main
from sambench.parity.report import parity_report

FOLDER = Path(os.environ.get("SAMBENCH_PARITY", "../shared/parity")) / "cnn"
FIXTURES = sorted(FOLDER.glob("*.safetensors"))
pytestmark = pytest.mark.usefixtures("one_thread")
needs_fixtures = pytest.mark.skipif(
    not FIXTURES, reason="set SAMBENCH_PARITY to the folder of the fixtures"
)


@needs_fixtures
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_everything_in_a_fixture_agrees(path):
    rows = parity_report(path)
    assert rows
    assert [row for row in rows if not row.equal] == []


@needs_fixtures
@pytest.mark.parametrize(
    ("stem", "changed"),
    [
        ("csdg_gin", "call1.out"),
        ("ccsdg_step", "it0.sub2.loss"),
        ("ads", "it1.MI_b"),
        ("slaug_step", "step1.grad.head.weight"),
    ],
)
def test_the_part_that_disagrees_is_named(tmp_path, capsys, stem, changed):
    source = FOLDER / f"{stem}.safetensors"
    tensors = load_file(source)
    tensors[changed] = tensors[changed] * 1.001
    with safe_open(source, "pt") as file:
        metadata = file.metadata()
    path = tmp_path / "changed.safetensors"
    save_file(tensors, path, metadata)
    assert main(["parity", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if "DIFFERS" in line] == [changed]


def test_a_small_fixture_of_our_own_agrees_by_hand(tmp_path):
    """Two images of two pixels: means 1 and 6, unbiased variances 2 and 8."""
    x = torch.tensor([[0.0, 2.0], [4.0, 8.0]]).view(2, 1, 1, 2).double()
    share = torch.tensor([1.0, 0.25]).view(2, 1, 1, 1).double()
    sd = (torch.tensor([2.0, 8.0]).double() + 1e-6).sqrt()
    second = (x[1] - 6) / sd[1] * (0.25 * sd[1] + 0.75 * sd[0]) + 0.25 * 6 + 0.75 * 1
    tensors = {
        "x": x,
        "probe": torch.ones_like(x),
        "draw0.lam": share,
        "draw0.perm": torch.tensor([1, 0]),
        "draw0.out": torch.stack([x[0], second]),
    }
    path = tmp_path / "own.safetensors"
    save_file(tensors, path, {"method": "MixStyle"})
    rows = parity_report(path)
    assert [row.name for row in rows] == ["draw0.out"]
    assert rows[0].equal
    tensors["draw0.out"] = torch.stack([x[0], second + 1e-9])
    save_file(tensors, path, {"method": "MixStyle"})
    assert not parity_report(path)[0].equal
