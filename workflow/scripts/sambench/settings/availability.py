"""Which domains can run with the available data, and what others need from the user.

A data set is available when the user gives its path, when a mirror is configured, when
synthetic data stand in for it, or when the registry says that it can be fetched
unattended. A domain is served by the first available of its data set and its
alternatives; if none is, it is left out.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sambench.errors import InputError
from sambench.settings.datasets import Entry
from sambench.settings.grid import ALL

#: What an alternative may say of a domain in other words than the domain itself.
SERVED_KEYS = ("dataset", "group", "structures", "preparation")

#: What only describes a domain in its file.
_NOTES = ("alternatives", "number", "confidence")


@dataclass(frozen=True)
class Served:
    """A benchmark narrowed to the domains that can run.

    Attributes
    ----------
    benchmark : dict
        Its label says how many of its domains there are, if not all.
    left_out : dict
        Domain to the data sets that would serve it.
    """

    benchmark: dict[str, Any]
    left_out: dict[str, tuple[str, ...]]


def is_available(
    dataset: str, config: Mapping[str, Any], registry: Mapping[str, Entry]
) -> bool:
    """Return whether a data set is available without further steps.

    Terms that are not accepted yet do not count: they stop the fetching, with the
    licence shown, and not the planning.
    """
    if config.get(f"{dataset}_path"):
        return True
    if config.get("data_source") == "synthetic" or config.get("mirror"):
        return True
    return dataset in registry and registry[dataset].unattended


def serve(
    benchmark: Mapping[str, Any], total: int, available: Callable[[str], bool]
) -> Served:
    """Choose the data set of each domain and leave out those that have none.

    Parameters
    ----------
    benchmark : mapping
        Narrowed to the selected domains.
    total : int
        Number of domains in the benchmark's file.

    Returns
    -------
    Served
        Sources and targets are narrowed with the domains.
    """
    domains, left_out = {}, {}
    for name, domain in benchmark["domains"].items():
        offers = [domain, *domain.get("alternatives", [])]
        chosen = next((o for o in offers if available(o["dataset"])), None)
        if chosen is None:
            left_out[name] = tuple(dict.fromkeys(o["dataset"] for o in offers))
            continue
        served = {key: value for key, value in domain.items() if key not in _NOTES}
        changed = {key: chosen[key] for key in SERVED_KEYS if key in chosen}
        domains[name] = served | changed
    narrowed = dict(benchmark) | {"domains": domains}
    for role in ("sources", "targets"):
        names = benchmark.get(role) or []
        narrowed[role] = [name for name in names if name in domains]
    if len(domains) < total:
        what = "tasks" if benchmark["pairs"] == ALL else "domains"
        narrowed["label"] = f"{benchmark['label']} ({len(domains)} of {total} {what})"
    return Served(narrowed, left_out)


def require_something(name: str, served: Served, registry: Mapping[str, Entry]) -> None:
    """Stop if a benchmark has nothing left to train on or to test.

    The `InputError` instructs how to get the sets that are missing.
    """
    benchmark = served.benchmark
    if benchmark["domains"] and (benchmark["pairs"] == ALL or benchmark["sources"]):
        return
    missing = {name for names in served.left_out.values() for name in names}
    raise InputError(
        where=f"benchmark {name}",
        found="none of its data sets is available",
        expected=f"some of the data sets {', '.join(sorted(missing))}",
        remedy="; ".join(instructions(missing, registry)) or "Widen `select`",
    )


def instructions(datasets: Iterable[str], registry: Mapping[str, Entry]) -> list[str]:
    """List how to get each data set that only the user can get, sorted."""
    return [
        f"{name}: {registry[name].how_to_get}"
        for name in sorted(set(datasets))
        if name in registry and registry[name].instruction
    ]


def terms_to_accept(
    datasets: Iterable[str],
    config: Mapping[str, Any],
    registry: Mapping[str, Entry],
) -> list[str]:
    """List a line for each data set that will be fetched and whose terms are open."""
    if config.get("data_source") == "synthetic" or config.get("mirror"):
        return []
    lines = []
    for name in sorted(set(datasets)):
        entry = registry.get(name)
        given = config.get(f"{name}_path") or name in config.get("accept_terms", ())
        if entry is not None and entry.accept and not given:
            terms = f"{entry.licence}. {entry.terms}".strip()
            lines.append(
                f"{name}: {terms} Read {entry.homepage}, then add {name} to "
                "accept_terms"
            )
    return lines


def notice(
    served: Mapping[str, Served],
    config: Mapping[str, Any],
    registry: Mapping[str, Entry],
) -> list[str]:
    """List in words what the user has to do before or besides this run."""
    lines = [
        f"{name}: left out {', '.join(what.left_out)}"
        for name, what in served.items()
        if what.left_out
    ]
    missing = {d for s in served.values() for sets in s.left_out.values() for d in sets}
    domains = (s.benchmark["domains"].values() for s in served.values())
    used = {domain["dataset"] for part in domains for domain in part}
    for heading, more in (
        ("Data sets that only you can get:", instructions(missing, registry)),
        (
            "Terms to accept before the download:",
            terms_to_accept(used, config, registry),
        ),
    ):
        lines += [heading, *(f"  {line}" for line in more)] if more else []
    return lines


def offers_of(
    benchmark: Mapping[str, Any],
    narrowed: Mapping[str, Any],
    available: Callable[[str], bool],
    origin_of: Callable[[str], str],
) -> list[dict[str, str]]:
    """List every data set that can serve a domain, in the order of the domains.

    Parameters
    ----------
    benchmark : mapping
        The whole file of the benchmark.
    narrowed : mapping
        The benchmark as it runs: each domain with the data set that serves it.
    available, origin_of : callable
        Whether a data set is available, and what its cases count as.

    Returns
    -------
    list of dict
        `number` of the domain in the paper, `domain`, `modality`, `structures` with
        their label values, `dataset` and `group` that can serve it, and their `use`:
        "serves", "in reserve" if another set serves the domain, "not selected" if the
        domain does not run, or "not available" if only the user can get the set. The
        `origin` of the cases is empty if the set does not serve, `confidence` (whether
        a paper states that it does) if it is not said.
    """
    rows = []
    for name, domain in benchmark["domains"].items():
        served = narrowed["domains"].get(name)
        for offer in (domain, *domain.get("alternatives", [])):
            same = served and all(offer[k] == served[k] for k in ("dataset", "group"))
            if same:
                use = "serves"
            elif not available(offer["dataset"]):
                use = "not available"
            else:
                use = "in reserve" if served else "not selected"
            structures = (
                f"{structure} {' '.join(map(str, values))}"
                for structure, values in offer["structures"].items()
            )
            rows.append(
                {
                    "number": str(domain.get("number", "")),
                    "domain": domain["label"],
                    "modality": domain.get("modality", ""),
                    "structures": "; ".join(structures),
                    "dataset": offer["dataset"],
                    "group": offer["group"],
                    "use": use,
                    "origin": origin_of(offer["dataset"]) if same else "",
                    "confidence": domain.get("confidence", ""),
                }
            )
    return rows
