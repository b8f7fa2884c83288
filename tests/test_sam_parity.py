"""Parity of the SAM family with the published code, through the command's function."""

import os
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from sambench.errors import InputError
from sambench.parity.report import parity_report

FOLDER = Path(os.environ.get("SAMBENCH_PARITY", "../shared/parity")) / "sam"
FIXTURES = sorted(FOLDER.glob("*.safetensors"))
pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.skipif(
        not FIXTURES, reason="set SAMBENCH_PARITY to the folder of the fixtures"
    ),
]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_everything_in_a_fixture_agrees(path):
    rows = parity_report(path)
    assert [row for row in rows if not row.equal] == []
    gradients = sum("grad_norm/" in name for name in load_file(path))
    assert sum("grad_norm/" in row.name for row in rows) == gradients


def test_a_gradient_that_the_reference_lacks_is_found(tmp_path):
    path = FOLDER / "samed.safetensors"
    tensors = load_file(path)
    gone = "grad_norm/sam.prompt_encoder.no_mask_embed.weight"
    del tensors[gone]
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    changed = tmp_path / "changed.safetensors"
    save_file(tensors, changed, metadata)
    different = [row.name for row in parity_report(changed) if not row.equal]
    assert different == [f"{gone} (not in the fixture)"]


def test_a_method_that_is_not_known_lists_those_that_are(tmp_path):
    path = FOLDER / "samed.safetensors"
    changed = tmp_path / "changed.safetensors"
    save_file(load_file(path), changed, {"method": '"sam_mad"'})
    with pytest.raises(InputError, match=r"sam_mad.*sam_adapter, .*samed|samed.*sam_a"):
        parity_report(changed)
