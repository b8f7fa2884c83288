"""What only a GPU can show; skipped without one. Run with ``pytest -m gpu``."""

import copy

import pytest
import torch

from interrupted import Interrupted, InterruptedState
from sambench.compute.precision import choose_precision
from sambench.methods.batch import Batch, map_tensors
from sambench.methods.method import build_method
from sambench.settings.recipe import training_part
from sambench.train.optimisation import prepare_training
from sambench.train.resident import ResidentSlices, fits
from sambench.train.resume import ResumeState
from sambench.train.slices import SourceSlices
from sambench.train.trainer import train
from small_recipes import FILES, SIZE, TRAINED, small

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"),
]
CUDA = torch.device("cuda")


def run(recipe, domain, path, state=ResumeState):
    resume = state(path, "key")
    return train(recipe, [domain], seed=1, threads=1, resume=resume, device="cuda:0")


def test_batches_are_pinned():
    batch = Batch(torch.rand(2, 1, 4, 4), torch.rand(2, 1, 4, 4), torch.ones(2, 1) > 0)
    pinned = map_tensors(torch.Tensor.pin_memory, batch)
    assert pinned.images.is_pinned() and pinned.targets.is_pinned()
    assert pinned.prompts is None


def test_an_interrupted_training_ends_as_a_whole_one(
    small_training, pack_discs, tmp_path
):
    domain = pack_discs()
    whole = run(small_training, domain, tmp_path / "whole.pt")
    with pytest.raises(Interrupted):
        run(small_training, domain, tmp_path / "cut.pt", InterruptedState)
    resumed = run(small_training, domain, tmp_path / "cut.pt")
    assert resumed.resumed_epochs == 1
    for name, tensor in whole.method.trained_state().items():
        found = resumed.method.trained_state()[name]
        torch.testing.assert_close(found, tensor, rtol=1e-4, atol=1e-5, msg=name)


def test_a_training_by_graphs_is_near_the_plain_one(
    small_training, pack_discs, tmp_path
):
    domain = pack_discs()
    plain = run(small_training, domain, tmp_path / "plain.pt")
    training = small_training["training"] | {"compile": "graphs"}
    recipe = small_training | {"training": training}
    by_graphs = run(recipe, domain, tmp_path / "graphs.pt")
    losses = (torch.tensor(each.history["loss"]) for each in (plain, by_graphs))
    torch.testing.assert_close(*losses, rtol=0.05, atol=0.02)


@pytest.mark.parametrize(
    "name", [n for n in TRAINED if "backbone" not in FILES[n]["network"]]
)
def test_a_step_does_not_wait_for_the_gpu(name, pack_discs):
    """As on the pretended device, here with fused optimisers and half precision."""
    recipe = training_part(small(name))
    domain = pack_discs(size=SIZE, structures=("disc", "cup"))
    method = build_method(recipe, domain.structures).to(CUDA).train()
    optimise, precision = prepare_training(method, recipe["training"], CUDA, 3)
    pool = ResidentSlices(SourceSlices([domain], recipe), CUDA)
    try:
        for step in range(3):  # the first ones find out what to cast
            torch.cuda.set_sync_debug_mode("error" if step == 2 else "default")
            optimise.set_rates(step)
            with precision.autocast():
                method.update(pool.batch(range(4)), optimise)
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_half_precision_is_near_full_precision(small_training):
    method = build_method(small_training, ["disc"]).to(CUDA).eval()
    images = torch.rand(2, 1, 64, 64, device=CUDA)
    precision = choose_precision(CUDA)
    with torch.inference_mode():
        exact = method.predict(images)
        with precision.autocast():
            found = method.predict(images).float()
    assert (found - exact).abs().max() < 0.05 * exact.abs().max()


def test_slices_lie_on_the_gpu_if_they_fit(small_training, pack_discs):
    slices = SourceSlices([pack_discs()], small_training)
    assert fits(slices, CUDA)
    batch = ResidentSlices(slices, CUDA).batch([0, 1])
    assert batch.images.is_cuda
    assert torch.equal(batch.images.cpu(), slices.batch([0, 1]).images)


def test_augmentation_on_the_gpu_is_that_of_the_cpu(small_training, pack_discs):
    recipe = copy.deepcopy(small_training)
    batch = SourceSlices([pack_discs()], recipe).batch(range(8))
    batch = batch._replace(images=batch.images.float())
    (view,) = build_method(recipe, ["disc"]).views
    torch.manual_seed(1)
    draws = view.draw(batch)
    (expected,) = view.apply(batch, draws)
    on_gpu = map_tensors(lambda tensor: tensor.to(CUDA), batch)
    moved = [
        {
            k: v.to(CUDA) if torch.is_tensor(v) and k != "rows" else v
            for k, v in d.items()
        }
        for d in draws
    ]
    (found,) = view.apply(on_gpu, moved)
    torch.testing.assert_close(found.images.cpu(), expected.images, rtol=0, atol=1e-3)
