"""Look at a network before it is trained: what it returns, and what would be stored.

A layer in a plain list, or a tensor that is no buffer, is neither trained nor stored;
frozen weights are not stored either. If such a thing is drawn at random, a run would be
tested with other weights than it was trained with, and no number would say so.
"""

import torch
from torch import Tensor

from sambench.errors import InputError
from sambench.methods.batch import Batch
from sambench.methods.method import Method
from sambench.models.full_precision import full_precision

#: Largest difference of logits, as a part of the largest logit, that rounding makes.
TOLERANCE = 1e-3


def rehearse(method: Method, rebuilt: Method, batch: Batch) -> None:
    """Compare the logits of a method with those of another that has its weights.

    Parameters
    ----------
    method : Method
        About to be trained; left in evaluation mode.
    rebuilt : Method
        Built again from the same recipe; what training would store is loaded into it.
    batch : Batch
        A few packed slices, on the device of both.

    Raises
    ------
    InputError
        If the network returns something else than logits `(N, C, H, W)`, other logits
        when it is asked again, or others with its weights in `rebuilt`.
    """
    rebuilt.load_state_dict(method.trained_state(), strict=False)
    images = method.normalised(batch.images)
    prompts = method.eval().prompts_of(batch)
    where = f"the network {method.recipe['network']['name']}"

    def logits(asked: Method) -> Tensor:
        # In full precision, whose rounding is far below what is looked for.
        with torch.no_grad(), full_precision(images.device):
            return asked.eval().network(images.clone(), prompts, batch.cached)

    first = logits(method)
    _check_form(first, (*batch.targets.shape[:2], *images.shape[2:]), where)
    if not _equal(first, logits(method)):
        raise InputError(
            where=where,
            found="other logits when it is asked about the same slices again",
            expected="the same ones whenever it is not training",
            remedy="Draw nothing in evaluation: use nn.Dropout, not the function, or "
            "look at `self.training`",
        )
    if not _equal(first, logits(rebuilt)):
        raise InputError(
            where=where,
            found="other logits after it was built again and given the weights that a "
            "training stores",
            expected="the same ones, since it is tested so",
            remedy="Register every layer (nn.ModuleList, not a list) and every tensor "
            "(nn.Parameter, register_buffer), and load frozen weights from a file: "
            "those are not stored",
        )


def _check_form(found: object, expected: tuple[int, ...], where: str) -> None:
    if not isinstance(found, Tensor) or found.shape != expected:
        tensor = isinstance(found, Tensor)
        shape = list(found.shape) if tensor else f"of type {type(found).__name__}"
        raise InputError(
            where=where,
            found=f"an output {shape}",
            expected=f"logits {list(expected)}: slices, structures, rows, columns",
            remedy="`structures` of its `build` is the number of channels to return",
        )
    if found.isnan().any():
        raise InputError(
            where=where,
            found="outputs that are not numbers (NaN), before any training",
            expected="logits",
            remedy="Look for divisions and logarithms of 0, and at the normalisation",
        )


def _equal(one: Tensor, other: Tensor) -> bool:
    scale = one.nan_to_num(posinf=0, neginf=0).abs().max().clamp(min=1e-6)
    same = (one == other) | ((one - other).abs() <= TOLERANCE * scale)
    return bool(same.all())
