"""Parity with the published DAPSAM code, through the command line's functions."""

import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from dapsam_reference import write_reference_fixture
from sambench.__main__ import main
from sambench.errors import InputError
from sambench.methods.objectives import DiceBCE
from sambench.parity.dapsam import published_targets
from sambench.parity.report import parity_report

FOLDER = Path(os.environ.get("SAMBENCH_PARITY", "../shared/parity"))
FIXTURE = FOLDER / "dapsam_prostate_tiny.safetensors"
pytestmark = pytest.mark.usefixtures("one_thread")
needs_fixture = pytest.mark.skipif(
    not FIXTURE.exists(), reason="set SAMBENCH_PARITY to the folder of the fixtures"
)


@needs_fixture
def test_everything_in_the_fixture_agrees():
    rows = parity_report(FIXTURE)
    names = {row.name for row in rows}
    outputs = {"feature/block0", "feature/embedding", "feature/dense_prompt"}
    assert names >= outputs | {"low_res_logits", "iou_predictions", "loss"}
    assert sum(name.startswith("grad_norm/") for name in names) == 133
    assert [row for row in rows if not row.equal] == []


@needs_fixture
def test_a_wrong_tensor_is_found_and_fails_the_command(tmp_path, capsys):
    tensors = load_file(FIXTURE)
    tensors["feature/embedding"][0, 0, 0, 0] += 0.01
    tensors["grad_norm/prompt_generator.memory_bank.weight"] *= 1.0001
    with safe_open(FIXTURE, "pt") as file:
        metadata = file.metadata()
    path = tmp_path / "changed.safetensors"
    save_file(tensors, path, metadata)
    assert main(["parity", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    different = [line.split()[0] for line in lines if "DIFFERS" in line]
    assert different == [
        "feature/embedding",
        "grad_norm/prompt_generator.memory_bank.weight",
    ]


def test_a_file_that_is_no_fixture_is_refused(tmp_path):
    path = tmp_path / "other.safetensors"
    save_file({"weights/something": torch.zeros(1)}, path)
    assert main(["parity", str(path)]) == 1
    assert main(["parity", str(tmp_path / "absent.safetensors")]) == 1


def test_disc_and_cup_are_channels_of_their_own_and_their_losses_are_summed():
    seg = torch.tensor([[[[0, 1], [2, 2]]]])
    logits = torch.zeros(1, 2, 2, 2)
    targets = published_targets(seg, logits)
    assert targets.tolist() == [[[[0, 1], [1, 1]], [[0, 0], [1, 1]]]]
    # probability 1/2 everywhere: cross-entropy ln 2, Dice (2 * n / 2 + 1) / (2 + n + 1)
    ln2 = 0.693147
    disc = 0.2 * ln2 + 0.8 * (1 - 4 / 6)
    cup = 0.2 * ln2 + 0.8 * (1 - 3 / 5)
    loss = DiceBCE(0.8)(logits, targets, torch.ones(1, 2).bool())
    assert loss.item() == pytest.approx(disc + cup, abs=1e-5)
    one = published_targets(torch.tensor([[[0, 3]]]), torch.zeros(1, 1, 1, 2))
    assert one.tolist() == [[[[0, 1]]]]


def of_the_release_tag(name: str) -> str:
    """Name a tensor as the release tag does, saved by DataParallel."""
    name = name.replace(".l_adapter.", ".prompt_generator.")
    return "module." + name.replace(".channel_adapter.", ".Channel_MLP_Adapter.")


@pytest.mark.parametrize(
    ("changes", "rename"),
    [
        ({}, str),
        ({"num_classes": 1, "img_size": 112, "window_size": 7}, of_the_release_tag),
        ({"global_attn_indexes": [0, 2], "out_chans": 64}, of_the_release_tag),
    ],
)
def test_formulas_of_other_sizes_agree(tmp_path, changes, rename):
    path = tmp_path / "reference.safetensors"
    tensors, _ = write_reference_fixture(path, SIZES | changes, items=7, rename=rename)
    rows = parity_report(path)
    compared = {row.name for row in rows}
    given = {n for n in tensors if not n.startswith(("weights/", "input", "target"))}
    assert compared == given
    assert [row for row in rows if not row.equal] == []


def test_what_a_fixture_lacks_or_contradicts_is_no_success(tmp_path):
    path = tmp_path / "reference.safetensors"
    fixture, metadata = write_reference_fixture(path, SIZES, items=7)
    # another image size, or three classes, than the weights have
    for change, found in (
        ({"img_size": "128"}, "of another shape"),
        ({"num_classes": "3"}, r"hypernetworks_mlps\.2"),
    ):
        save_file(fixture, path, metadata | change)
        with pytest.raises(InputError, match=found):
            parity_report(path)
    # gradients count without a loss beside them
    wrong = fixture | {_MEMORY: 2 * fixture[_MEMORY]}
    del wrong["loss"]
    save_file(wrong, path, metadata)
    assert [row.name for row in parity_report(path) if not row.equal] == [_MEMORY]
    for missing in ("low_res_logits", "input", "target"):
        rest = {name: t for name, t in fixture.items() if name != missing}
        save_file(rest, path, metadata)
        with pytest.raises(InputError, match=missing):
            parity_report(path)


SIZES = {
    "img_size": 96,
    "patch_size": 16,
    "embed_dim": 16,
    "depth": 3,
    "num_heads": 2,
    "global_attn_indexes": [1],
    "window_size": 4,
    "out_chans": 32,
    "num_classes": 2,
}
_MEMORY = "grad_norm/prompt_generator.memory_bank.weight"
