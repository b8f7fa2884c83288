"""Predictions of one recipe on one target, built and walked in one call."""

from sambench.predict.target import build_predictor, predict_target


def predicted(recipe, packed, cached=None, **options):
    """Segment the test cases; `options` are those of the predictor."""
    structures = list(packed.structures)
    predictor = build_predictor(recipe, structures=structures, threads=1, **options)
    return predict_target(predictor, packed, cached)
