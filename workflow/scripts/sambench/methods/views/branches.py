"""Several views, each made by its own sequence of parts."""

from collections.abc import Mapping, Sequence
from typing import Any

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
        Parts by name with their arguments, all of one space, each giving one view.

    Raises
    ------
    InputError
        If parts of both spaces stand together.
    """

    def __init__(self, of: Sequence[Sequence[Mapping[str, Any]]]):
        super().__init__()
        self.branches = nn.ModuleList(
            nn.ModuleList(VIEWS.build(part) for part in parts) for parts in of
        )
        spaces = {view.space for branch in self.branches for view in branch}
        if len(spaces) > 1:
            raise InputError(
                where="the recipe's view 'branches'",
                found="parts before and after normalisation",
                expected="parts of one space",
                remedy="Put parts of the other space beside 'branches'",
            )
        self.space = spaces.pop() if spaces else "normalised"

    def forward(self, batch: Batch) -> list[Batch]:
        """Return one view for each branch."""
        found = []
        for branch in self.branches:
            seen = [batch]
            for view in branch:
                seen = [changed for part in seen for changed in view(part)]
            found += seen
        return found
