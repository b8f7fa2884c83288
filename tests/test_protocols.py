"""Protocols as files, and what each makes of one set of predictions."""

import numpy as np
import pandas as pd
import pytest
import yaml

from every_view import score_target
from sambench.data.predictions import Predictions
from sambench.errors import InputError
from sambench.metrics.measures import measure, surface_share
from sambench.metrics.names import metric_label, parse_nsd
from sambench.metrics.postprocess import post_process
from sambench.settings.catalogue import Catalogue
from sambench.tables.context import Context
from sambench.tables.effect import build_effect, lay_out_effect, spreads
from sambench.tables.protocol import (
    check_supported,
    checkpoints_of,
    in_words,
    protocol_metrics,
    rows_under,
    views,
)

AUDITS = ("audit", "audit_all", "audit_best_on_target")
NAMES = ("csdg", "dapsam", "dbsam", "desam", "strict")
CHOOSING = ("strict_validation", "upper_bound")
DEFAULT = {"candidates": 1, "validation": 0}


@pytest.fixture
def protocols(repository) -> dict:
    catalogue = Catalogue([repository / "config"])
    return catalogue.load_all("protocols", NAMES, "protocols")


def test_every_protocol_is_there_and_says_what_it_does(protocols):
    for name, protocol in protocols.items():
        words = in_words(protocol)
        assert ("rim of 50/256" in words) != ("scored as they are" in words), name
        assert protocol["description"].rstrip().endswith(".")
        check_supported(protocol, DEFAULT)


def test_each_choice_is_that_of_its_publication(protocols):
    choices = {
        name: (p["grid"], p["slices"], p["average"], p["post_processing"])
        for name, p in protocols.items()
    }
    assert choices == {
        "strict": ("native", "all", "targets", "none"),
        "csdg": ("packed", "all", "targets", "none"),
        "dapsam": ("packed", "foreground", "cases", "none"),
        "desam": ("packed", "foreground", "cases", "border_trim"),
        "dbsam": ("packed", "foreground", "targets", "none"),
    }


def test_the_audit_scores_labelled_slices_with_weights_chosen_on_the_source(repository):
    catalogue = Catalogue([repository / "config"])
    audits = catalogue.load_all("protocols", AUDITS, "protocols")
    keys = ("grid", "slices", "average", "checkpoint", "post_processing", "seeds")
    honest = ("packed", "foreground", "targets", "best_on_source_validation", "none", 3)
    choices = {name: tuple(p[key] for key in keys) for name, p in audits.items()}
    assert choices == {
        "audit": honest,
        "audit_all": ("packed", "all", *honest[2:]),
        "audit_best_on_target": (*honest[:3], "best_on_target", "none", 3),
    }
    assert "3 seeds are asked for" in in_words(audits["audit"])


@pytest.mark.parametrize(
    ("name", "checkpoints", "key"),
    [
        ("upper_bound", {}, "checkpoints.candidates"),
        ("upper_bound", {"validation": 0.1}, "checkpoints.candidates"),
        ("strict_validation", {"validation": 0.1}, "checkpoints.candidates"),
        ("strict_validation", {"candidates": 4}, "checkpoints.validation"),
    ],
)
def test_a_choice_that_a_configuration_cannot_serve_is_refused(
    repository, name, checkpoints, key
):
    protocol = Catalogue([repository / "config"]).load("protocols", name, "protocols")
    with pytest.raises(InputError, match=f"Set `{key}`") as caught:
        check_supported(protocol, DEFAULT | checkpoints)
    assert f"protocol '{name}'" in str(caught.value)
    check_supported(protocol, {"candidates": 4, "validation": 0.1})


def test_protocols_that_choose_weights_differ_from_strict_in_that_alone(
    repository, protocols
):
    chosen = Catalogue([repository / "config"]).load_all("protocols", CHOOSING, "x")
    words = {"id", "label", "description", "checkpoint", "beside"}
    for protocol in chosen.values():
        differing = {
            key for key in protocol if protocol[key] != protocols["strict"][key]
        }
        assert differing == words
    assert checkpoints_of([*chosen.values(), protocols["strict"]]) == [
        "best_on_source_validation",
        "best_on_target",
    ]
    assert "upper bound" not in in_words(chosen["strict_validation"])
    assert "oracle upper bound" in in_words(chosen["upper_bound"])
    assert "upper bound" in chosen["upper_bound"]["label"]
    listed = [
        name
        for path in (repository / "config" / "benchmarks").glob("*.yaml")
        for name in yaml.safe_load(path.read_text()).get("protocols", [])
    ]
    assert not set(listed) & set(CHOOSING)


def test_the_nsd_of_a_protocol_is_in_the_name_of_its_metric(protocols):
    volumes = {"kind": "volume", "nsd_tolerance": 2.0}
    photos = {"kind": "photo", "nsd_tolerance": 2.0}
    assert protocol_metrics(protocols["dbsam"], volumes) == ["dice", "nsd_surfel_1vx"]
    assert protocol_metrics(protocols["strict"], volumes)[1] == "nsd_2mm"
    assert protocol_metrics(protocols["dbsam"], photos) == ["dice", "nsd_surfel_1px"]
    assert metric_label("nsd_1vx") == "NSD at 1 voxel"
    assert metric_label("nsd_surfel_2mm") == "NSD (surfels) at 2 mm"
    assert parse_nsd("nsd_1.5mm") == (1.5, "mm", False)
    assert parse_nsd("nsd_surfel_1vx") == (1.0, "vx", True)
    assert parse_nsd("dice") is None


def test_what_protocols_share_is_scored_once(protocols):
    volumes = {"kind": "volume", "nsd_tolerance": 2.0}
    assert views(protocols.values(), volumes) == [
        ("native", "all", "none", []),
        ("packed", "all", "none", []),
        ("packed", "foreground", "border_trim", []),
        ("packed", "foreground", "none", ["nsd_surfel_1vx"]),
    ]


# Post-processing


def test_the_largest_component_is_kept_in_three_dimensions():
    mask = np.zeros((3, 8, 8), bool)
    mask[0, 0:2, 0:2] = mask[1, 2, 2] = True  # joined by a corner: 5 voxels
    mask[2, 6:8, 6:8] = True  # 4 voxels
    kept = post_process(mask, "largest_component")
    assert kept.sum() == 5
    assert kept[1, 2, 2] and not kept[2].any()
    assert not post_process(np.zeros((2, 4, 4), bool), "largest_component").any()


def test_the_border_is_50_of_256_pixels_of_each_side():
    kept = post_process(np.ones((2, 256, 128), bool), "border_trim")
    assert kept[:, 50:206, 25:103].all()
    assert kept.sum() == 2 * 156 * 78
    assert post_process(np.ones((256, 256), bool), "border_trim").sum() == 156**2


def test_an_unknown_post_processing_is_refused():
    with pytest.raises(InputError, match="Did you mean 'border_trim'"):
        post_process(np.ones((4, 4), bool), "border_trims")


def test_nsd_in_voxels_ignores_the_spacing():
    label, prediction = np.zeros((2, 1, 5, 12), bool)
    label[0, 1:4, 2:6] = prediction[0, 1:4, 4:8] = True
    assert surface_share(prediction, label, (3, 1, 1), 2) == 100
    assert surface_share(prediction, label, (3, 2, 2), 2) < 100
    both = measure(prediction, label, (3, 2, 2), 2)
    assert surface_share(prediction, label, (3, 2, 2), 2) == both.nsd
    empty = np.zeros_like(label)
    assert surface_share(empty, label, (1, 1, 1), 1) == 0
    assert np.isnan(surface_share(empty, empty, (1, 1, 1), 1))


def test_one_set_of_predictions_serves_every_protocol(pack_discs):
    """A false positive in a corner and one above the disc: hand-counted Dice."""
    packed = pack_discs(cases=1, slices=3, size=64, splits=("test",))
    rows = packed.rows()
    masks = packed.structure_masks(rows)
    size = int(masks.sum())
    masks[0, 0, :3, :5] = True  # 15 pixels in the rim of a labelled slice
    masks[2, 0, 30:33, 30:37] = True  # 21 pixels on the empty slice
    assert not packed.structure_masks(rows)[0, 0, :3, :5].any()
    identity = {
        "benchmark": "test",
        "method": "m",
        "source": "s",
        "target": "t",
        "seed": 1,
    }
    scores = score_target(
        packed,
        Predictions(rows, masks, ["disc"]),
        identity,
        2.0,
        views=[
            ("native", "all", "none", ()),
            ("packed", "all", "none", ("nsd_1vx",)),
            ("packed", "all", "border_trim", ()),
            ("packed", "all", "largest_component", ()),
            ("packed", "foreground", "none", ()),
            ("packed", "foreground", "border_trim", ()),
        ],
    )
    assert set(scores["grid"]) == {"any"}
    dice = scores[scores["metric"] == "dice"]
    dice = dice.set_index(["slices", "post_processing"], verify_integrity=True)["value"]
    assert dice["all", "none"] == pytest.approx(200 * size / (2 * size + 36))
    assert dice["foreground", "none"] == pytest.approx(200 * size / (2 * size + 15))
    assert dice["all", "border_trim"] == pytest.approx(200 * size / (2 * size + 21))
    assert dice["foreground", "border_trim"] == 100
    assert dice["all", "largest_component"] >= dice["all", "none"]
    assert set(scores["metric"]) == {
        "dice",
        "nsd_2mm",
        "hd95_pooled",
        "assd",
        "nsd_1vx",
    }


# How much is protocol


def rows_of(method, values, slices):
    """Dice of the cases of targets A (two cases) and B (one case)."""
    return pd.DataFrame(
        {
            "benchmark": "b",
            "method": method,
            "source": "S",
            "target": ["A", "A", "B"],
            "seed": 1,
            "case": ["A0", "A1", "B0"],
            "structure": "disc",
            "slices": slices,
            "selection": "any",
            "grid": "any",
            "post_processing": "none",
            "metric": "dice",
            "unit": "%",
            "value": np.asarray(values, float),
            "outcome": "scored",
            "data_source": "original",
        }
    )


def test_a_ranking_may_turn_with_the_protocol():
    scores = pd.concat(
        [
            rows_of("x", [90, 90, 30], "all"),  # targets 60, cases 70
            rows_of("y", [66, 66, 66], "all"),  # both 66
            rows_of("x", [90, 90, 30], "foreground"),
            rows_of("y", [80, 80, 80], "foreground"),
        ]
    )
    protocols = {
        "targets": {"id": "targets", "slices": "all", "average": "targets"},
        "cases": {"id": "cases", "slices": "all", "average": "cases"},
        "shown": {"id": "shown", "slices": "foreground", "average": "cases"},
    }
    benchmark = {"id": "b", "table_columns": "source"}
    contexts = [Context(benchmark, protocol) for protocol in protocols.values()]
    effect = build_effect(scores, contexts)
    values = effect.set_index(["method", "protocol"])["value"]
    assert values["x", "targets"] == 60
    assert values["x", "cases"] == 70
    assert values["y", "shown"] == 80
    ranks = effect.set_index(["method", "protocol"])["rank"]
    assert [ranks["x", name] for name in protocols] == [2, 1, 2]
    moved = spreads(effect)
    assert moved.loc["x", "spread"] == 10
    assert moved.loc["y", "spread"] == 14
    layout = lay_out_effect(effect, contexts)
    assert layout.methods == ["y", "x"]
    assert layout.cells[1] == [
        "none",
        "60.00",
        "2",
        "70.00",
        "1",
        "70.00",
        "2",
        "10.00",
        "1 to 2",
    ]


def test_protocols_of_the_repository_keep_to_the_schema(repository):
    catalogue = Catalogue([repository / "config"])
    names = catalogue.names("protocols")
    assert set(names) == {*NAMES, *CHOOSING, *AUDITS, "interactive"}
    for name in names:
        assert catalogue.load("protocols", name, "protocols")["id"] == name


def test_a_protocol_reads_the_rows_of_its_choices_and_those_that_serve_any():
    rows = pd.DataFrame(
        [
            ("last", "native", "all", "none"),
            ("last", "packed", "all", "none"),
            ("any", "any", "all", "none"),
            ("best_on_target", "native", "all", "none"),
            ("last", "native", "foreground", "none"),
            ("last", "native", "all", "border_trim"),
        ],
        columns=["selection", "grid", "slices", "post_processing"],
    )
    kept = rows_under(rows, {"slices": "all", "grid": "native"})
    assert list(kept.index) == [0, 2]
    assert list(rows_under(rows, {"slices": "all"}).index) == [1, 2]


def test_what_is_asked_of_clicks_is_scored_beside_what_is_always_measured(repository):
    catalogue = Catalogue([repository / "config"])
    chosen = catalogue.load_all("protocols", ["interactive"], "protocols")
    volumes = {"kind": "volume", "nsd_tolerance": 1.0}
    asked = ["dice_auc", "dice_final", "nsd_surfel_2mm_auc", "nsd_surfel_2mm_final"]
    assert views(chosen.values(), volumes) == [("packed", "all", "none", asked)]
