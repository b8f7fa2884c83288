"""A simulated user who corrects a network's answers about one case with clicks."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from sambench.methods.batch import Prompts
from sambench.predict.clicks import next_click


def corrected(
    ask: Callable[[int, Prompts], Tensor],
    prompts: Prompts,
    logits: Tensor,
    labels: np.ndarray,
    *,
    clicks: int,
    threshold: float,
    flat: bool = False,
    give_back: bool = True,
) -> Iterator[Tensor]:
    """Click where the answer is wrong, again and again.

    With each step every structure of the case is clicked once, in the centre of its
    largest error. A click acts on its slice, which is asked about anew: with its first
    prompt, all its clicks so far and its last answer. Other slices keep their answers.

    Parameters
    ----------
    ask : callable
        From a slice and the prompts of one structure in it, `(1, 1, ...)`, to logits
        `(H, W)`.
    prompts : Prompts
        Prompts of all slices, by which `logits` were found: boxes, clicks or both.
    logits : Tensor, `(Z, C, H, W)`
        The first answer.
    labels : ndarray of bool, `(Z, C, H, W)`
        Whose differences from the answers are errors.
    clicks : int
        Steps.
    threshold : float
        Least probability of what counts as predicted.
    flat : bool
        Whether the case is a photograph: errors are areas, not volumes.
    give_back : bool
        Whether the network is given its last answer.

    Yields
    ------
    Tensor, `(Z, C, H, W)`
        Logits after each step.
    """
    given: dict[tuple[int, int], list[tuple[float, float, float]]] = {}
    logits = logits.clone()
    for _ in range(clicks):
        answers = (logits.sigmoid() >= threshold).cpu().numpy()
        for channel in range(labels.shape[1]):
            pair = answers[:, channel], labels[:, channel]
            click = next_click(*((mask[0] for mask in pair) if flat else pair))
            if click is None:
                continue
            number = 0 if flat else click.place[0]
            row, column = click.place[-2:]
            here = given.setdefault((number, channel), [])
            here.append((column + 0.5, row + 0.5, float(click.inside)))
            asked = _with_clicks(prompts, number, channel, here, logits.device)
            if give_back:
                answer = logits[number, channel][None, None]
                asked = asked._replace(answers=answer)
            logits[number, channel] = ask(number, asked).to(logits)
        yield logits.clone()


def _with_clicks(
    prompts: Prompts,
    number: int,
    channel: int,
    clicks: list[tuple[float, float, float]],
    device: torch.device,
) -> Prompts:
    """Return the first prompt of a structure in a slice, with clicks."""
    marks = torch.tensor(clicks, device=device)
    points, labels = marks[None, None, :, :2], marks[None, None, :, 2]
    boxes = None
    if prompts.boxes is not None and prompts.boxes[number, channel, 0] >= 0:
        boxes = prompts.boxes[number, channel][None, None]
    if prompts.clicks is not None and prompts.clicks[number, channel, 0, 0] >= 0:
        first = prompts.clicks[number, channel][None, None]
        inside = labels.new_ones(first.shape[:3])
        if prompts.click_labels is not None:
            inside = prompts.click_labels[number, channel][None, None]
        points, labels = torch.cat([first, points], 2), torch.cat([inside, labels], 2)
    return Prompts(boxes, points, labels)
