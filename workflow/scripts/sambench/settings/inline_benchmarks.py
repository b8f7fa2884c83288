"""Benchmarks that are described in the configuration itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from sambench.errors import InputError, require_known
from sambench.settings.catalogue import Catalogue
from sambench.settings.grid import ALL
from sambench.settings.schema import validate

#: The benchmark whose values are taken if none is named, by kind of case.
NEAREST = {"photo": "riga", "volume": "prostate"}
_DEFAULT_SIZE = 256


def split_benchmarks(
    given: Sequence[str | Mapping[str, Any]],
    data: Mapping[str, Mapping[str, Any]],
    catalogue: Catalogue,
    where: str,
) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Separate names of files from benchmarks that are described in place.

    Parameters
    ----------
    given : sequence of str or mapping
        The key `benchmarks`.
    data : mapping
        Id to description of the user's data sets.
    catalogue : Catalogue
        Where the nearest benchmarks are found.
    where : str
        The configuration's name, for messages.

    Returns
    -------
    names : list of str
        Ids of all, in order.
    inline : dict
        Id to document, as in `config/benchmarks`, of those described in place; its key
        `like` names the nearest benchmark with a file.

    Raises
    ------
    InputError
        If an id is taken, or a name of a data set, site or structure is unknown.
    """
    names, inline = [], {}
    for number, entry in enumerate(given):
        if isinstance(entry, str):
            names.append(entry)
            continue
        place = f"{where}, key benchmarks.{number}"
        split = entry.get("split")
        entry = validate(entry, "inline_benchmark", where, f"benchmarks.{number}")
        if isinstance(entry["data"], str):
            entry["data"] = [entry["data"]]
        if split:
            _check_split(entry, data, f"{place}.split")
        if entry["id"] in names or entry["id"] in catalogue.names("benchmarks"):
            raise InputError(
                where=f"{place}.id",
                found=f"'{entry['id']}', which another benchmark has",
                expected="its own id",
                remedy="Choose another name",
            )
        names.append(entry["id"])
        inline[entry["id"]] = _benchmark(entry, data, catalogue, place)
    return names, inline


def _benchmark(
    entry: Mapping[str, Any],
    data: Mapping[str, Mapping[str, Any]],
    catalogue: Catalogue,
    where: str,
) -> dict[str, Any]:
    used = entry["data"]
    require_known(f"{where}.data", "data set of the key 'data'", used, data)
    kinds = {data[name]["kind"] for name in used}
    if len(kinds) > 1:
        raise InputError(
            where=f"{where}.data",
            found="photographs and volumes",
            expected="one kind of case",
            remedy="Add kind: volume to the data set of pictures, if they are slices",
        )
    kind = kinds.pop()
    like = entry["like"] or NEAREST[kind]
    base = catalogue.load("benchmarks", like, f"{where}.like")
    if base["kind"] != kind:
        raise InputError(
            where=f"{where}.like",
            found=f"'{like}', whose cases are of kind {base['kind']}",
            expected=f"a benchmark of kind {kind}",
            remedy=f"Take {NEAREST[kind]}, or correct the kind of the data set",
        )
    preparation = {
        **next(iter(base["preparations"].values())),
        "size": entry["size"] or _DEFAULT_SIZE,
        **entry["preparation"],
    }
    domains = _domains(entry, [data[name] for name in used], where)
    document = {
        "id": entry["id"],
        "label": entry["label"] or entry["id"],
        "kind": kind,
        **_pairs(entry, list(domains), where),
        "domains": domains,
        "split": _split(entry),
        "preparations": {"own": preparation},
        "nsd_tolerance": entry["nsd_tolerance"] or base["nsd_tolerance"],
        "table_columns": "target" if entry["train"] == ALL else base["table_columns"],
        "protocols": entry["protocols"],
    }
    return validate(document, "benchmark", where) | {"like": like}


def _domains(
    entry: Mapping[str, Any], sets: Sequence[Mapping[str, Any]], where: str
) -> dict[str, dict[str, Any]]:
    domains: dict[str, dict[str, Any]] = {}
    for described in sets:
        known = described["structures"]
        chosen = entry.get("structures", known)
        require_known(f"{where}.structures", "structure", chosen, known)
        for site in described["sites"]:
            name = site if site not in domains else f"{described['dataset']}_{site}"
            domains[name] = {
                "label": name,
                "dataset": described["dataset"],
                "group": site,
                "preparation": "own",
                "structures": {s: known[s] for s in chosen},
            }
    return domains


def _pairs(
    entry: Mapping[str, Any], sites: Sequence[str], where: str
) -> dict[str, Any]:
    """Return `pairs`, `sources` and `targets`."""
    train, test = entry["train"], entry["test"]
    for key in ("train", "test"):
        if isinstance(entry[key], list):
            require_known(f"{where}.{key}", "site", entry[key], sites)
    if train == ALL:
        targets = [] if test == "held_out" else test
        return {"pairs": ALL, "sources": [], "targets": targets}
    sources = list(sites) if train == "each" else train
    targets = list(sites) if test == "others" else test
    alone = set(sources) if len(sources) == 1 else set()
    if not set(targets) - alone or (test != "others" and alone & set(test)):
        raise InputError(
            where=f"{where}.test",
            found=f"'{sources[0]}', which alone trains",
            expected="another site, or cases that are held out",
            remedy="Write train: all and test: held_out",
        )
    return {"pairs": "others", "sources": sources, "targets": targets}


def _check_split(
    entry: Mapping[str, Any], data: Mapping[str, Mapping[str, Any]], where: str
) -> None:
    """Refuse a split that nothing would be done with, or that no file holds."""
    if entry["train"] != ALL:
        raise InputError(
            where=where,
            found="a split, while single sites train",
            expected="one with train: all only: else sites are trained on whole",
            remedy="Remove it, or write train: all and test: held_out",
        )
    described = [data[name] for name in entry["data"] if name in data]
    bare = [d["dataset"] for d in described if not (d["split"] or d.get("layout"))]
    if entry["split"]["by"] == "list" and bare:
        raise InputError(
            where=f"{where}.by",
            found=f"list, and no key 'split' of the data set {bare[0]}",
            expected="a CSV file that says which cases train",
            remedy=f"Add data.{bare[0]}.split, or write by: patient",
        )


def _split(entry: Mapping[str, Any]) -> dict[str, Any]:
    if entry["train"] != ALL:
        return {"rule": "none"}
    if entry["split"]["by"] == "list":
        return {"rule": "published"}
    fraction, seed = entry["split"]["fraction"], entry["split"]["seed"]
    return {"rule": "patient", "train_fraction": fraction, "seed": seed}
