"""Several views, each made by its own sequence of parts; or one of them by chance."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from sambench.errors import InputError
from sambench.methods import VIEWS
from sambench.methods.batch import Batch
from sambench.methods.views.view import View


class Branches(View):
    """Make one view by each branch, in order; a branch without parts keeps the batch.

    CCSDG's views are `of: [[{name: fourier}], [{name: gla, ...}], []]`.

    Parameters
    ----------
    of : sequence of sequences of mappings
        Parts by name with their arguments, all of one space.
    then : sequence of mappings
        Augmentations that all views share: they move and change alike, as if the views
        were channels of one image.
    choose : bool
        Make one view only, by a branch that is drawn for the batch.

    Raises
    ------
    InputError
        If parts of both spaces stand together.
    """

    def __init__(
        self,
        of: Sequence[Sequence[Mapping[str, Any]]],
        then: Sequence[Mapping[str, Any]] = (),
        choose: bool = False,
    ):
        super().__init__()
        self.branches = nn.ModuleList(
            nn.ModuleList(VIEWS.build(part) for part in parts) for parts in of
        )
        self.then = nn.ModuleList(VIEWS.build(part) for part in then)
        self.choose = choose
        parts = [*self.then, *(view for branch in self.branches for view in branch)]
        spaces = {view.space for view in parts}
        if len(spaces) > 1:
            raise InputError(
                where="the recipe's view 'branches'",
                found="parts before and after normalisation",
                expected="parts of one space",
                remedy="Put parts of the other space beside 'branches'",
            )
        self.space = spaces.pop() if spaces else "normalised"

    def forward(self, batch: Batch) -> list[Batch]:
        """Return the views of a batch."""
        branches = list(self.branches)
        if self.choose:
            branches = [branches[int(torch.randint(len(branches), ()))]]
        found = []
        for branch in branches:
            seen = [batch]
            for view in branch:
                seen = [changed for part in seen for changed in view(part)]
            found += seen
        for view in self.then:
            found = _together(view, found)
        return found


def _together(view: View, batches: Sequence[Batch]) -> list[Batch]:
    """Apply one augmentation to several views of the same slices."""
    stacked = torch.cat([batch.images for batch in batches], dim=1)
    (changed,) = view(batches[0]._replace(images=stacked))
    parts = changed.images.chunk(len(batches), dim=1)
    return [changed._replace(images=images) for images in parts]
