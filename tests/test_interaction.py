"""Clicks of a simulated user and the scores of an interaction, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from every_view import score_target
from sambench.data.predictions import Predictions, load_predictions, save_predictions
from sambench.metrics.interaction import (
    area_under_clicks,
    interaction_values,
    trusted_nsd,
)
from sambench.metrics.names import best_value, metric_id, metric_label, metric_unit
from sambench.predict.clicks import Click, next_click


def test_the_click_is_in_the_centre_of_the_largest_error():
    truth = np.zeros((9, 12), bool)
    truth[1:6, 1:6] = True  # 25 pixels missed, centre (3, 3)
    prediction = np.zeros_like(truth)
    prediction[7:9, 8:12] = True  # 8 pixels too many
    assert next_click(prediction, truth) == Click((3, 3), inside=True)
    truth[1:6, 1:6] = False  # now the other is the largest; all its pixels are as deep
    click = next_click(prediction, truth)
    assert not click.inside
    assert prediction[click.place]


def test_what_touches_at_a_corner_is_one_error():
    truth = np.zeros((6, 6), bool)
    truth[0, 0] = truth[1, 1] = truth[2, 2] = True  # three in a diagonal
    truth[4, 4:6] = True  # two side by side
    assert next_click(np.zeros_like(truth), truth).place in {(0, 0), (1, 1), (2, 2)}


def test_the_border_of_the_image_is_no_error():
    # All of a 5 x 5 image is missed: its middle is farthest from outside
    assert next_click(np.zeros((5, 5), bool), np.ones((5, 5), bool)).place == (2, 2)


def test_distances_are_in_voxels_in_three_dimensions():
    truth = np.zeros((5, 7, 7), bool)
    truth[0:3, 0:5, 2:7] = True
    prediction = np.zeros_like(truth)
    # 3 deep, 5 high, 5 wide, against the end of the image: depth 2 in the middle slice
    click = next_click(prediction, truth)
    assert click.place[0] == 1
    assert 1 <= click.place[1] <= 3
    assert 3 <= click.place[2] <= 5


def test_no_click_where_the_prediction_is_perfect():
    truth = np.eye(4, dtype=bool)
    assert next_click(truth, truth.copy()) is None


def test_the_same_error_is_clicked_at_the_same_place():
    truth = np.zeros((8, 8), bool)
    truth[2, 1:7] = True  # six pixels of one depth
    places = {next_click(np.zeros_like(truth), truth).place for _ in range(3)}
    assert len(places) == 1


def test_the_area_is_over_the_clicks_alone():
    assert area_under_clicks([0, 100, 100, 100, 100, 100]) == 4.0
    assert area_under_clicks([90, 0, 100, 0, 100, 0]) == 2.0
    # (50 + 60) / 2 + (60 + 80) / 2 + (80 + 80) / 2 + (80 + 90) / 2 = 55 + 70 + 80 + 85
    assert area_under_clicks([10, 50, 60, 80, 80, 90]) == pytest.approx(2.9)
    assert np.isnan(area_under_clicks([50, 60]))


def test_an_nsd_beside_a_small_mean_dice_is_nothing():
    assert trusted_nsd([50, 70], [10, 30]) == [0, 0]  # mean 20, inclusive
    assert trusted_nsd([50, 70], [10, 31]) == [50, 70]
    assert trusted_nsd([], []) == []


def test_a_case_is_scored_after_each_click():
    label, absent = np.zeros((2, 4, 10), bool)
    label[1, :] = True  # ten pixels in a row

    def answer(pixels):
        found = np.zeros_like(label)
        found[1, :pixels] = True
        return [(found, label), (absent, absent)]

    # 1 of 10: Dice 2 / 11; 5 of 10: 10 / 15; 10 of 10: 1
    steps = [answer(n) for n in (1, 1, 5, 10, 10, 10)]
    wanted = ["dice_auc", "dice_final", "nsd_surfel_1px_auc", "dice", "nsd_surfel_1px"]
    found = interaction_values(steps, ["line", "other"], (1, 1), wanted)
    assert set(found) == {"line"}  # the other is not in the label
    line = found["line"]
    assert line["dice_after_0"] == pytest.approx(200 / 11)
    assert line["dice_after_2"] == pytest.approx(200 / 3)
    assert line["dice_final"] == line["dice_after_3"] == line["dice_after_5"] == 100
    # (2/11 + 2/3) / 2 + (2/3 + 1) / 2 + 1 + 1
    assert line["dice_auc"] == pytest.approx((2 / 11 + 2 / 3) / 2 + 5 / 6 + 2)
    # A Dice of 18 percent takes the NSD with it
    assert line["nsd_surfel_1px_after_1"] == 0
    assert line["nsd_surfel_1px_after_3"] == 100
    assert 0 < line["nsd_surfel_1px_after_2"] < 100
    assert "dice" not in line


def test_without_a_spacing_there_is_a_dice_and_no_nsd_in_mm():
    label = np.zeros((2, 4, 10), bool)
    label[1] = True
    poor, unknown = np.zeros_like(label), (np.nan, np.nan, np.nan)
    poor[1, 0, 0] = True  # Dice 2 / 41: an NSD would be 0
    wanted = ["dice_final", "nsd_surfel_2mm_final", "nsd_surfel_1vx_final"]
    for answer, dice in ((label, 100), (poor, 200 / 41)):
        found = interaction_values([[(answer, label)]], ["one"], unknown, wanted)
        assert found["one"]["dice_final"] == pytest.approx(dice)
        assert np.isnan(found["one"]["nsd_surfel_2mm_final"])
        assert found["one"]["nsd_surfel_1vx_final"] == (100 if dice == 100 else 0)


def test_a_method_without_clicks_keeps_its_answer():
    label = np.ones((4, 4), bool)
    half = label.copy()
    half[2:] = False  # Dice 16 / 24
    found = interaction_values([[(half, label)]], ["one"], (1, 1), ["dice_auc"])
    assert found["one"]["dice_auc"] == pytest.approx(4 * 2 / 3)
    assert found["one"]["dice_after_5"] == found["one"]["dice_after_0"]


def test_metrics_of_clicks_have_names_units_and_words():
    assert metric_id("dice_auc", 2, "mm") == "dice_auc"
    assert metric_id("nsd_surfel_auc", 2, "mm") == "nsd_surfel_2mm_auc"
    assert metric_unit("nsd_surfel_2mm_auc", "mm") == "of 4"
    assert metric_unit("dice_final", "mm") == "%"
    assert best_value("dice_auc") == area_under_clicks([0, *[100] * 5])
    assert metric_label("dice_after_3") == "Dice, after click 3"
    assert (
        metric_label("nsd_surfel_2mm_auc")
        == "NSD (surfels) at 2 mm, area under the clicks"
    )


def test_answers_are_stored_and_scored_step_by_step(pack_discs, tmp_path):
    packed = pack_discs(structures=("disc", "cup"))
    rows = packed.rows("test")
    masks = packed.structure_masks(rows)

    def answer(share):
        found = masks.copy()
        found[..., : int(share * masks.shape[-1])] = False
        return Predictions(rows, found, list(packed.structures))

    steps = [answer(share) for share in (1.0, 0.6, 0.5, 0.3, 0.0)]
    path = tmp_path / "predictions.npz"
    save_predictions(path, replace(steps[-1], steps=steps))
    again = load_predictions(path)
    assert len(again.steps) == 5
    for one, other in zip(again.steps, steps, strict=True):
        np.testing.assert_array_equal(one.masks, other.masks)

    identity = dict.fromkeys(("benchmark", "method", "source", "target"), "a")
    wanted = ["dice_auc", "dice_final", "nsd_surfel_2mm_auc"]
    views = [("packed", "all", "none", wanted)]
    scores = score_target(packed, again, identity | {"seed": 1}, 2.0, views=views)
    disc = scores[scores["structure"] == "disc"].set_index("metric")
    curve = [disc["value"][f"dice_after_{n}"] for n in range(6)]
    assert curve[0] == 0 and curve == sorted(curve)
    assert curve[4] == curve[5] == disc["value"]["dice_final"] == 100
    assert disc["value"]["dice_auc"] == pytest.approx(area_under_clicks(curve))
    assert disc["unit"]["dice_auc"] == "of 4" and disc["unit"]["dice_final"] == "%"
    assert disc["value"]["dice"] == 100  # of the last answer
    once = score_target(packed, steps[3], identity | {"seed": 1}, 2.0, views=views)
    kept = once[once["structure"] == "disc"].set_index("metric")["value"]
    assert kept["dice_auc"] == pytest.approx(4 * kept["dice"] / 100)
