"""`python -m sambench score|table|rank|compare`, without the pipeline."""

import nibabel
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sambench.__main__ import main
from sambench.metrics.measures import measure
from sambench.metrics.scores_file import SCHEMA, read_scores, write_scores


def write_volume(path, array, spacing=(3.0, 1.0, 0.5)):
    path.parent.mkdir(exist_ok=True)
    affine = np.diag([*spacing[::-1], 1.0])
    nibabel.save(nibabel.Nifti1Image(array.astype(np.uint8).T, affine), path)


@pytest.fixture
def masks():
    label, prediction = np.zeros((2, 4, 12, 12), np.uint8)
    label[1:3, 3:8, 3:8] = 1
    prediction[1:4, 4:9, 3:8] = 1
    return prediction, label


@pytest.fixture
def scores(tmp_path):
    generator = np.random.default_rng(0)
    records = [
        {
            "benchmark": "prostate",
            "method": method,
            "source": source,
            "target": target,
            "seed": 1,
            "case": f"{target}{case}",
            "structure": "prostate",
            "slices": "all",
            "selection": "any",
            "grid": "any",
            "post_processing": "none",
            "metric": "dice",
            "unit": "%",
            "value": 100.0 if method == "oracle" else generator.uniform(level, 90),
            "outcome": "scored",
            "data_source": "original",
        }
        for method, level in (("erm", 60), ("mixstyle", 40), ("oracle", 0))
        for source in ("RUNMC", "BMC")
        for target in ("HK", "UCL")
        for case in range(5)
    ]
    path = tmp_path / "scores" / "all.parquet"
    write_scores(path, pd.DataFrame(records)[SCHEMA.names])
    return path


def test_two_volumes_are_scored_with_the_spacing_of_the_header(tmp_path, masks, capsys):
    prediction, label = masks
    write_volume(tmp_path / "p.nii.gz", prediction)
    write_volume(tmp_path / "l.nii.gz", label)
    out = tmp_path / "x.parquet"
    paths = [str(tmp_path / "p.nii.gz"), str(tmp_path / "l.nii.gz")]
    assert main(["score", *paths, "--tolerance", "1", "--out", str(out)]) == 0
    expected = measure(prediction > 0, label > 0, (3.0, 1.0, 0.5), 1.0)
    rows = read_scores(out)
    rows = rows[rows["slices"] == "all"].set_index("metric")["value"]
    assert rows["dice"] == pytest.approx(expected.dice)
    assert rows["nsd_1mm"] == pytest.approx(expected.nsd)
    assert rows["assd"] == pytest.approx(expected.assd)
    assert f"{expected.dice:.2f}" in capsys.readouterr().out


def test_folders_pair_by_name_and_a_missing_prediction_is_a_miss(
    tmp_path, masks, capsys
):
    prediction, label = masks
    write_volume(tmp_path / "p" / "a.nii.gz", prediction)
    for case in "ab":
        write_volume(tmp_path / "l" / f"{case}.nii.gz", label)
    out = tmp_path / "x.csv"
    folders = [str(tmp_path / "p"), str(tmp_path / "l")]
    assert main(["score", *folders, "--structure", "gland=1", "--out", str(out)]) == 0
    rows = pd.read_csv(out).query("metric == 'dice' and slices == 'all'")
    rows = rows.set_index("case")
    assert rows.loc["a", "outcome"] == "scored"
    assert rows.loc["b", "outcome"] == "missed"
    assert rows.loc["b", "value"] == 0
    assert set(rows["structure"]) == {"gland"}


def test_images_are_scored_in_pixels_by_structure(tmp_path, capsys):
    label = np.zeros((20, 20), np.uint8)
    label[4:14, 4:14] = 128
    label[7:10, 7:10] = 255
    for name in "pl":
        Image.fromarray(label).save(tmp_path / f"{name}.png")
    out = tmp_path / "x.parquet"
    structures = ["--structure", "disc=128,255", "--structure", "cup=255"]
    paths = [str(tmp_path / "p.png"), str(tmp_path / "l.png")]
    assert main(["score", *paths, *structures, "--out", str(out)]) == 0
    rows = read_scores(out)
    assert set(rows["structure"]) == {"disc", "cup"}
    assert (rows[rows["metric"] == "dice"]["value"] == 100).all()
    assert set(rows["unit"]) == {"%", "px"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", "nowhere.nii", "neither.nii"], "nowhere.nii: found nothing"),
        (["table", "nowhere.parquet"], "no such file"),
        (["rank", "nowhere.parquet", "--draws", "0"], "--draws: found 0"),
        (["rank", "nowhere.parquet", "--seed", "-1"], "--seed: found -1"),
        (["check", "nothing.yaml", "--limit", "0"], "--limit: found 0"),
        (["table", "SCORES", "--protocol", "strickt"], "Did you mean 'strict'"),
        (["table", "SCORES", "--metric", "dize"], "expected one of dice"),
        (["compare", "SCORES", "--protocol", "strict"], "none under protocol 'strict'"),
    ],
)
def test_faults_are_one_message(arguments, message, scores, capsys):
    arguments = [str(scores) if a == "SCORES" else a for a in arguments]
    assert main(arguments) == 1
    assert message in capsys.readouterr().err


def test_a_table_is_printed_or_written(scores, tmp_path, capsys):
    assert main(["table", str(scores.parent)]) == 0
    text = capsys.readouterr().out
    assert "protocol strict" in text
    assert "| Oracle (control) | label | 100.00 |" in text
    stem = tmp_path / "out" / "dice"
    assert main(["table", str(scores), "--matrix", "--out", str(stem)]) == 0
    suffixes = {path.suffix for path in stem.parent.iterdir()}
    assert suffixes == {".csv", ".md", ".tex", ".html", ".json"}


def test_ranks_are_the_same_for_a_seed(scores, tmp_path, capsys):
    for name in ("one", "two"):
        out = str(tmp_path / name)
        assert main(["rank", str(scores), "--draws", "50", "--out", out]) == 0
    for file in ("ranks.csv", "frequencies.csv", "pairs.csv"):
        one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
        assert one == two
    ranks = pd.read_csv(tmp_path / "one" / "ranks.csv").set_index("method")
    assert ranks["block"].to_dict()["oracle"] == "control"
    assert ranks["p_first"].isna().all() == (ranks["n_cases"].max() < 5)
    assert main(["rank", str(scores), "--draws", "20"]) == 0
    text = capsys.readouterr().out
    assert "P(best is not better)" in text
    assert "of 20 bootstrap draws" in text


def test_scores_are_compared_with_what_is_published(scores, capsys):
    assert main(["compare", str(scores), "--protocol", "csdg"]) == 0
    text = capsys.readouterr().out
    assert "71.81" in text  # ERM trained on RUNMC
    assert "only a part of the sources and targets was run" in text


def test_scores_as_csv_are_read_like_those_as_parquet(scores, tmp_path, capsys):
    rows = read_scores(scores)
    rows.loc[0, "value"] = np.nan
    rows.loc[0, "outcome"] = "both_empty"
    rows.to_csv(tmp_path / "scores.csv", index=False)
    pd.testing.assert_frame_equal(read_scores(tmp_path / "scores.csv"), rows)


def test_predictions_that_fit_no_label_are_named(tmp_path, masks, capsys):
    prediction, label = masks
    write_volume(tmp_path / "labels" / "a.nii.gz", label)
    write_volume(tmp_path / "made" / "a_pred.nii.gz", prediction)
    command = ["score", str(tmp_path / "made"), str(tmp_path / "labels")]
    assert main(command) == 1
    assert "Name each prediction as its label" in capsys.readouterr().err
    write_volume(tmp_path / "made" / "a.nii.gz", prediction)
    assert main(command) == 0
    assert "no label has its name (1): a_pred" in capsys.readouterr().err


def test_a_header_that_places_voxels_elsewhere_is_warned_of(tmp_path, masks, capsys):
    prediction, label = masks
    write_volume(tmp_path / "labels" / "a.nii.gz", label)
    write_volume(tmp_path / "made" / "a.nii.gz", prediction, spacing=(1.0, 1.0, 0.5))
    paths = [str(tmp_path / name / "a.nii.gz") for name in ("made", "labels")]
    assert main(["score", *paths]) == 0
    assert "another origin, spacing or orientation" in capsys.readouterr().err
    write_volume(tmp_path / "made" / "a.nii.gz", prediction)
    assert main(["score", *paths]) == 0
    assert not capsys.readouterr().err
