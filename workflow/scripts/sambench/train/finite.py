"""What to do when a training diverges."""

DIVERGED = (
    "Lower the learning rate (`training.optimiser.lr` of the method, in `overrides`), "
    "add `clip_norm` to the optimiser, or look for extreme intensities in the inventory"
)
