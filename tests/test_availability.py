"""The fan-out follows the data that can be had, and the rest is explained."""

from functools import partial

import pytest

from sambench.errors import InputError
from sambench.settings.availability import (
    Served,
    instructions,
    is_available,
    notice,
    require_something,
    serve,
    terms_to_accept,
)
from sambench.settings.datasets import load_registry

ORIGINAL = {"data_source": "original"}


@pytest.fixture(scope="module")
def registry(repository):
    return load_registry([repository / "config"])


def domain(dataset, *alternatives, group="g"):
    return {
        "label": dataset,
        "dataset": dataset,
        "group": group,
        "preparation": "p",
        "number": 1,
        "confidence": "inferred",
        "structures": {"s": [1]},
        "alternatives": list(alternatives),
    }


def tasks():
    other = {"dataset": "mnms", "group": "mr", "structures": {"s": [3]}}
    return {
        "id": "tasks3d",
        "label": "Tasks",
        "pairs": "all",
        "domains": {
            "ventricles": domain("abcs"),
            "liver": domain("amos22"),
            "heart": domain("acdc", other),
            "kidney": domain("kits19", {"dataset": "lits", "group": "ct"}),
            "tumour": domain("kits19", {"dataset": "msd", "group": "liver_ct"}),
        },
    }


def with_paths(registry, **config):
    return partial(is_available, config=ORIGINAL | config, registry=registry)


def test_sets_that_a_person_has_to_approve_are_left_out(registry):
    served = serve(tasks(), 5, with_paths(registry))
    assert list(served.benchmark["domains"]) == ["liver", "heart", "tumour"]
    assert served.left_out == {"ventricles": ("abcs",), "kidney": ("kits19", "lits")}
    assert served.benchmark["label"] == "Tasks (3 of 5 tasks)"


def test_an_alternative_serves_in_place_of_what_is_missing(registry):
    served = serve(tasks(), 5, with_paths(registry))
    tumour = served.benchmark["domains"]["tumour"]
    assert (tumour["dataset"], tumour["group"]) == ("msd", "liver_ct")
    assert tumour["structures"] == {"s": [1]}
    assert tumour["label"] == "kits19"
    assert not {"alternatives", "number", "confidence"} & tumour.keys()
    given = serve(tasks(), 5, with_paths(registry, kits19_path="kits"))
    assert given.benchmark["domains"]["tumour"]["dataset"] == "kits19"
    assert given.benchmark["domains"]["kidney"]["dataset"] == "kits19"


def test_labels_of_an_alternative_are_its_own(registry):
    never = serve(tasks(), 5, lambda name: name == "mnms")
    heart = never.benchmark["domains"]["heart"]
    assert heart["structures"] == {"s": [3]}
    assert heart["preparation"] == "p"


@pytest.mark.parametrize(
    "change", [{"data_source": "synthetic"}, {"mirror": "http://x"}]
)
def test_nothing_is_left_out_of_synthetic_data_or_with_a_mirror(registry, change):
    served = serve(tasks(), 5, with_paths(registry, **change))
    assert served.left_out == {}
    assert served.benchmark["label"] == "Tasks"


def test_sources_and_targets_follow():
    benchmark = {
        "label": "Sites",
        "pairs": "targets",
        "domains": {"a": domain("abcs"), "b": domain("acdc"), "c": domain("acdc")},
        "sources": ["a", "b"],
        "targets": ["a", "c"],
    }
    served = serve(benchmark, 3, lambda name: name == "acdc")
    assert served.benchmark["sources"] == ["b"]
    assert served.benchmark["targets"] == ["c"]
    assert served.benchmark["label"] == "Sites (2 of 3 domains)"


def test_a_selection_counts_as_well(registry):
    narrowed = tasks()
    narrowed["domains"] = {"liver": narrowed["domains"]["liver"]}
    served = serve(narrowed, 21, with_paths(registry))
    assert served.benchmark["label"] == "Tasks (1 of 21 tasks)"
    assert served.left_out == {}


def test_nothing_left_is_an_error_with_the_instruction(registry):
    benchmark = tasks()
    benchmark["domains"] = {"ventricles": benchmark["domains"]["ventricles"]}
    served = serve(benchmark, 1, with_paths(registry))
    with pytest.raises(InputError, match=r"apply at https://abcs\.mgh\.harvard\.edu"):
        require_something("tasks3d", served, registry)
    require_something("tasks3d", serve(tasks(), 5, with_paths(registry)), registry)


def test_instructions_are_one_line_each_and_name_the_key(registry):
    lines = instructions(["hecktor", "abcs", "abcs", "acdc", "unknown"], registry)
    assert [line.split(":")[0] for line in lines] == ["abcs", "hecktor"]
    assert all("\n" not in line for line in lines)
    assert "hecktor_path" in lines[1]


def test_open_terms_are_listed_until_they_are_accepted(registry):
    used = ["amos22", "msd", "saml_prostate", "riga_plus"]
    lines = terms_to_accept(used, ORIGINAL, registry)
    assert [line.split(":")[0] for line in lines] == ["amos22", "riga_plus"]
    assert "CC-BY-NC-4.0" in lines[1]
    accepted = ORIGINAL | {"accept_terms": ["riga_plus"], "amos22_path": "amos"}
    assert terms_to_accept(used, accepted, registry) == []
    assert terms_to_accept(used, {"data_source": "synthetic"}, registry) == []


def test_notice_says_all_of_it_and_nothing_where_nothing_is_missing(registry):
    served = {"tasks3d": serve(tasks(), 5, with_paths(registry))}
    text = "\n".join(notice(served, ORIGINAL, registry))
    assert text.splitlines()[0] == "tasks3d: left out ventricles, kidney"
    assert "  abcs: apply at" in text
    assert "  amos22: CC-BY-4.0" in text
    complete = {"tasks3d": Served(tasks() | {"domains": {}}, {})}
    assert notice(complete, ORIGINAL, registry) == []
