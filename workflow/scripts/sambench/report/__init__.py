"""One page of everything: a pure function of files under `results/`."""
