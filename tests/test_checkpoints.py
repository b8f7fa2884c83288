"""Which weights are tested: what is kept, who is held out, what is chosen."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from sambench.data.validation import validation_rows
from sambench.errors import InputError
from sambench.metrics.checkpoints import (
    best_epoch,
    case_dices,
    read_choice,
    write_choice,
)
from sambench.predict.target import build_predictor, predict_target
from sambench.settings.checkpoints import candidate_epochs
from sambench.settings.recipe import prediction_part
from sambench.train.resume import ResumeState
from sambench.train.run_folder import read_method, write_run
from sambench.train.slices import SourceSlices
from sambench.train.trainer import train

pytestmark = pytest.mark.usefixtures("one_thread")


def run(recipe, domain, path, state=ResumeState, **checkpoints):
    resume = state(path, "key")
    return train(recipe, [domain], seed=1, threads=1, resume=resume, **checkpoints)


def written(trained, recipe, folder):
    """Write the run folder of a training, and return its candidates."""
    write_run(trained, folder, recipe=recipe, data={}, seed=1, threads=1)
    return folder / "candidates.safetensors"


class Killed(Exception):
    """Stands for a kill between two epochs."""


class KilledAfterTwoEpochs(ResumeState):
    """Ends the training when the state of the second epoch is on disk."""

    def save(self, **state):
        super().save(**state)
        if len(state["history"]) == 2:
            raise Killed


# Candidates


@pytest.mark.parametrize(
    ("epochs", "candidates", "kept"),
    [(8, 1, []), (8, 2, [4, 8]), (8, 3, [3, 6, 8]), (3, 8, [1, 2, 3]), (1, 2, [1])],
)
def test_candidates_are_evenly_spaced_and_end_with_the_last(epochs, candidates, kept):
    assert candidate_epochs(epochs, candidates) == kept


def test_what_is_kept_does_not_change_the_last_weights(
    small_training, pack_discs, tmp_path
):
    domain = pack_discs()
    plain = run(small_training, domain, tmp_path / "a.pt")
    kept = run(small_training, domain, tmp_path / "b.pt", candidates=[1, 3])
    short = copy.deepcopy(small_training)
    short["training"]["epochs"] = 1
    short["training"]["schedule"]["horizon_epochs"] = 3
    first = run(short, domain, tmp_path / "c.pt").method.trained_state()
    for name, tensor in plain.method.trained_state().items():
        assert torch.equal(tensor, kept.method.trained_state()[name]), name
        assert torch.equal(tensor, kept.candidates[3][name]), name
        assert torch.equal(first[name], kept.candidates[1][name]), name
    (tmp_path / "run").mkdir()
    assert load_file(written(plain, small_training, tmp_path / "run")) == {}


def test_a_killed_training_ends_with_the_candidates_of_an_unkilled_one(
    small_training, pack_discs, tmp_path
):
    domain, epochs = pack_discs(), [1, 2, 3]
    whole = run(small_training, domain, tmp_path / "whole.pt", candidates=epochs)
    path = tmp_path / "cut" / "resume.pt"
    with pytest.raises(Killed):
        run(small_training, domain, path, KilledAfterTwoEpochs, candidates=epochs)
    resumed = run(small_training, domain, path, candidates=epochs)
    assert resumed.resumed_epochs == 2
    for epoch in epochs:
        for name, tensor in whole.candidates[epoch].items():
            assert torch.equal(tensor, resumed.candidates[epoch][name]), (epoch, name)
    ResumeState(path, "key").delete()
    assert list(path.parent.iterdir()) == []


# Held-out cases


def test_held_out_patients_never_train_and_are_recorded(
    small_training, pack_discs, tmp_path
):
    domain = pack_discs(cases=8, splits=("train",) * 6 + ("test",) * 2)
    (rows,) = validation_rows([domain], 0.3)
    patients = domain.slices["patient"]
    held = set(patients.iloc[rows])
    assert len(held) == 2
    assert set(domain.slices["split"].iloc[rows]) == {"train"}
    assert set(np.flatnonzero(patients.isin(held))) == set(rows)
    images = np.load(domain.folder / "images.npy")
    images[rows] = np.nan
    np.save(domain.folder / "images.npy", images)
    slices = SourceSlices([domain], small_training, validation=0.3)
    assert len(slices) == 4 * 3
    assert len(SourceSlices([domain], small_training)) == 6 * 3
    assert slices.batch(range(len(slices))).images.isfinite().all()
    done = run(small_training, domain, tmp_path / "state.pt", validation=0.3)
    assert np.isfinite(done.history["loss"]).all()
    written(done, small_training, tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    assert set(record["validation_cases"]["domain"]) == {
        patient.replace("patient", "case") for patient in held
    }


def test_a_list_of_the_benchmark_decides_who_validates(pack_discs):
    domain = pack_discs(splits=("all", "validation", "all", "validation"))
    (rows,) = validation_rows([domain], 0.1)
    assert domain.cases_of(rows) == ["case1", "case3"]
    assert domain.cases("train") == ["case0", "case2"]
    assert domain.cases("test") == ["case0", "case1", "case2", "case3"]
    (rows,) = validation_rows([domain], 0)
    assert not len(rows)


def test_who_is_held_out_depends_on_patients_alone(pack_discs):
    small, large = pack_discs("a", cases=4), pack_discs("b", cases=4, slices=5)
    by_slices = [
        set(domain.slices["patient"].iloc[validation_rows([domain], 0.3)[0]])
        for domain in (small, large)
    ]
    assert by_slices[0] == by_slices[1] != set()


def test_a_patient_of_two_domains_is_on_one_side_in_both(pack_discs):
    """patient0 to patient3 have both tasks, patient4 and patient5 the second alone."""
    domains = [
        pack_discs("one", cases=4, splits=("train",)),
        pack_discs("other", cases=6, splits=("train",)),
    ]
    held, trained = set(), set()
    for domain, rows in zip(domains, validation_rows(domains, 0.5), strict=True):
        patients = domain.slices["patient"]
        held |= set(patients.iloc[rows])
        trained |= set(patients.drop(index=rows))
        assert set(patients.drop(index=rows))
    assert len(held) == 3
    assert not held & trained


def test_at_least_one_patient_is_held_out_and_one_trains(pack_discs):
    (rows,) = validation_rows([pack_discs(cases=3)], 0.01)
    assert len(rows) == 3
    with pytest.raises(InputError, match="no domain with two patients"):
        validation_rows([pack_discs("single", cases=1)], 0.5)
    assert not validation_rows([pack_discs("whole", cases=1)], 0)[0].size


# The choice


@pytest.fixture
def crafted(small_recipe, small_training, pack_discs, tmp_path):
    """Weights of four epochs, of which the second and third segment best.

    The bias of the last layer is shifted so that the first marks every pixel, the last
    none.
    """
    recipe = copy.deepcopy(small_training)
    recipe["training"].update(epochs=12, min_steps_per_epoch=6)
    recipe["training"]["optimiser"]["lr"] = 0.02
    domain = pack_discs()
    trained = run(recipe, domain, tmp_path / "state.pt")
    state = trained.method.trained_state()
    bias = [name for name in state if name.endswith("bias")][-1]
    assert state[bias].shape == (1,)
    candidates = {}
    for epoch, shift in ((2, 1000), (4, 0), (6, 0), (8, -1000)):
        candidates[epoch] = {name: tensor.clone() for name, tensor in state.items()}
        candidates[epoch][bias] += shift
    trained = trained._replace(candidates=candidates)
    candidates = written(trained, recipe, tmp_path)
    return recipe | prediction_part(small_recipe), domain, candidates


@pytest.mark.parametrize("part", ["validation", "test"])
def test_the_earliest_of_the_best_epochs_is_chosen(crafted, tmp_path, part):
    recipe, domain, candidates = crafted
    rows = {
        "validation": validation_rows([domain], 0.3)[0],
        "test": domain.rows("test"),
    }
    dices = {}
    for epoch in (2, 4, 6, 8):
        options = {"weights": candidates, "epoch": epoch}
        predictor = build_predictor(recipe, structures=["disc"], threads=1, **options)
        found = predict_target(predictor, domain, cases=domain.cases_of(rows[part]))
        assert found.masks.all() == (epoch == 2)
        assert found.masks.any() == (epoch != 8)
        dices[epoch] = float(np.mean(case_dices(domain, found)))
    labels = domain.structure_masks(rows[part])
    assert dices[2] == pytest.approx(200 * labels.sum() / (labels.size + labels.sum()))
    assert dices[4] == dices[6] > dices[2] > dices[8] == 0
    path = tmp_path / "choice.csv"
    write_choice(path, dices)
    assert read_choice(path) == 4
    assert pd.read_csv(path)["chosen"].tolist() == [False, True, False, False]


def test_weights_of_an_epoch_that_was_not_kept_are_refused(crafted):
    recipe, _, candidates = crafted
    with pytest.raises(InputError, match="tensors missing"):
        read_method(recipe, candidates, torch.device("cpu"), epoch=3)


def test_epochs_without_a_measure_are_never_best():
    assert best_epoch({1: float("nan"), 2: 0.0, 3: 0.0}) == 2
    with pytest.raises(InputError, match="no structure"):
        best_epoch({1: float("nan")})
