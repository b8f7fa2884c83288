"""The folds of a source for other programs, as nnU-Net's `splits_final.json`."""

from collections.abc import Sequence
from typing import Any

from sambench.data.validation import drawing_order
from sambench.errors import InputError, count_of


def splits(
    cases: Sequence[dict[str, Any]], folds: int | str, where: object
) -> list[dict[str, list[str]]]:
    """Divide the cases of a source, by patient.

    Cases that are held out train in no fold. They validate if there is one fold
    (`all`); with several, each fold validates on its part of the others.

    Parameters
    ----------
    folds : int or str
        A number of folds, or `all`: none, unless cases are held out.

    Raises
    ------
    InputError
        If there are fewer patients than folds.
    """
    training = [case for case in cases if not case["held_out"]]
    if folds == "all":
        held_out = [case["case"] for case in cases if case["held_out"]]
        names = [case["case"] for case in training]
        return [{"train": names, "val": held_out}] if held_out else []
    patients = sorted({case["patient"] for case in training}, key=drawing_order)
    if len(patients) < folds:
        raise InputError(
            where=where,
            found=f"{count_of(len(patients), 'patient')} to train on",
            expected=f"at least {folds}, one for each fold",
            remedy="Set `external.folds` of the recipe to fewer, or to all",
        )
    fold_of = {patient: number % folds for number, patient in enumerate(patients)}
    found = []
    for fold in range(folds):
        of_fold = {"train": [], "val": []}
        for case in training:
            side = "val" if fold_of[case["patient"]] == fold else "train"
            of_fold[side].append(case["case"])
        found.append(of_fold)
    return found
