"""Parity with the published DAPSAM code, through the command line's functions."""

import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from sambench.__main__ import main
from sambench.errors import InputError
from sambench.models.dapsam.names import to_published, to_their_name
from sambench.models.dapsam.network import VARIANTS, Dapsam
from sambench.models.dapsam.parity import published_loss, published_targets
from sambench.models.parity import parity_report
from sambench.models.sam.build import SamSize

FOLDER = Path(os.environ.get("SAMBENCH_PARITY", "../shared/parity"))
FIXTURE = FOLDER / "dapsam_prostate_tiny.safetensors"
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
    different = [line.split()[0] for line in lines if line.endswith("DIFFERS")]
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
    assert published_loss(logits, targets).item() == pytest.approx(disc + cup, abs=1e-5)
    one = published_targets(torch.tensor([[[0, 3]]]), torch.zeros(1, 1, 1, 2))
    assert one.tolist() == [[[[0, 1]]]]


def test_a_fixture_of_two_classes_and_other_sizes_with_old_names(tmp_path):
    torch.manual_seed(0)
    sizes = {"window": 3, "channels": 32, "decoder_mlp": 24, "quality_hidden": 20}
    size = SamSize(16, 3, 2, (1,), **sizes)
    network = Dapsam(size, 96, 2, VARIANTS["released"], items=7)
    network.freeze()
    images = torch.randn(2, 3, 96, 96)
    target = torch.randint(0, 3, (2, 1, 96, 96), dtype=torch.uint8)
    logits = network.parts(images).low_res_logits
    loss = published_loss(
        network.enlarge(logits), published_targets(target, torch.zeros(1, 2, 1, 1))
    )
    loss.backward()
    published = to_published(network.state_dict())
    fixture = {f"weights/{name}": tensor for name, tensor in published.items()}
    fixture |= {
        f"grad_norm/{to_their_name(name)}": parameter.grad.norm().view(1)
        for name, parameter in network.named_parameters()
        if parameter.grad is not None
    }
    fixture = {
        name.replace(".l_adapter.", ".prompt_generator."): tensor
        for name, tensor in fixture.items()
    }
    fixture |= {"input": images, "target": target, "loss": loss.detach().view(1)}
    fixture["low_res_logits"] = logits.detach()
    sizes = {"img_size": 96, "embed_dim": 16, "depth": 3, "num_heads": 2}
    sizes |= {"global_attn_indexes": [1], "window_size": 3, "out_chans": 32}
    metadata = {name: str(value) for name, value in sizes.items()}
    path = tmp_path / "fundus.safetensors"
    save_file({name: t.contiguous() for name, t in fixture.items()}, path, metadata)
    rows = parity_report(path)
    assert {"loss", "low_res_logits"} < {row.name for row in rows}
    assert len(rows) > 100
    assert all(row.equal for row in rows)

    save_file(fixture, path, metadata | {"img_size": "128"})
    with pytest.raises(InputError, match="size mismatch"):
        parity_report(path)
    # three classes in the metadata, two in the weights
    save_file(fixture, path, metadata | {"num_classes": "3"})
    with pytest.raises(InputError, match=r"hypernetworks_mlps\.2"):
        parity_report(path)

    # gradients count without a loss beside them, and nothing to compare is no success
    wrong = fixture | {_MEMORY: 2 * fixture[_MEMORY]}
    del wrong["loss"]
    save_file(wrong, path, metadata)
    assert [row.name for row in parity_report(path) if not row.equal] == [_MEMORY]
    for missing in ("low_res_logits", "input", "target"):
        rest = {name: t for name, t in fixture.items() if name != missing}
        save_file(rest, path, metadata)
        with pytest.raises(InputError, match=f"no {missing}"):
            parity_report(path)


_MEMORY = "grad_norm/prompt_generator.memory_bank.weight"
