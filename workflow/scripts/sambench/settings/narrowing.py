"""What of a benchmark runs: the domains and methods that the configuration selects."""

from collections.abc import Mapping, Sequence
from typing import Any

from sambench.errors import InputError, require_known
from sambench.settings.grid import ALL, misfit, sources_of, targets_of


def narrow(benchmark: dict[str, Any], select: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the selected domains, sources, targets and protocols of a benchmark.

    Raises
    ------
    InputError
        If a name is not a domain of the benchmark, or cannot be the source or target
        that it is selected as; if no source has a target.
    """
    place = f"key 'select.{benchmark['id']}'"
    for role in ("domains", "sources", "targets"):
        named = select.get(role) or ()
        require_known(f"{place}, {role}", "domain", named, benchmark["domains"])
    domains, roles = select.get("domains") or list(benchmark["domains"]), {}
    for role in ("sources", "targets"):
        allowed = benchmark[role] or list(benchmark["domains"])
        valid = roles[role] = [name for name in allowed if name in domains]
        chosen = select.get(role)
        if not chosen:
            continue
        together = role == "sources" and benchmark["pairs"] == ALL
        outside = [name for name in chosen if together or name not in valid]
        if outside:
            raise InputError(
                where=f"{place}, {role}",
                found=f"'{outside[0]}', which is none here",
                expected="none: all domains train together"
                if together
                else f"some of {', '.join(valid) or 'none that `domains` leaves'}",
                remedy="Select `domains` instead" if together else "Correct the list",
            )
        roles[role] = list(chosen)
    used = domains
    if benchmark["pairs"] != ALL:
        used = [
            name for name in domains if name in {*roles["sources"], *roles["targets"]}
        ]
    kept = {name: benchmark["domains"][name] for name in used}
    protocols = select.get("protocols") or benchmark["protocols"]
    narrowed = {**benchmark, **roles, "domains": kept, "protocols": protocols}
    check_pairs(narrowed)
    return narrowed


def check_pairs(benchmark: Mapping[str, Any]) -> None:
    """Refuse a benchmark in which no source has a target."""
    if any(targets_of(benchmark, source) for source in sources_of(benchmark)):
        return
    raise InputError(
        where=f"key 'select.{benchmark['id']}'",
        found=f"no pair: sources {', '.join(benchmark['sources']) or 'none'}; "
        f"targets {', '.join(benchmark['targets']) or 'none'}",
        expected="a target besides its source: nothing is tested on what it trained on",
        remedy="Widen sources or targets",
    )


def methods_of(
    benchmark: Mapping[str, Any],
    config: Mapping[str, Any],
    recipes: Mapping[str, Mapping[str, Any]],
    known: Sequence[str],
) -> list[str]:
    """List the methods of the configuration that are to run on one benchmark.

    A method that cannot run there (`misfit`) is left out, unless it was selected for
    this benchmark.

    Raises
    ------
    InputError
        If a selected method has no recipe or cannot run there, or no method is left.
    """
    selected = config["select"].get(benchmark["id"], {}).get("methods")
    chosen = selected or config["methods"]
    place = f"select.{benchmark['id']}.methods"
    require_known(f"key '{place}'", "method", chosen, known)
    methods = [method for method in config["methods"] if method in chosen]
    unfit = [method for method in methods if misfit(benchmark, recipes[method])]
    if unfit and (selected or unfit == methods):
        raise InputError(
            where=f"key '{place if selected else 'methods'}'",
            found=f"'{unfit[0]}', which {misfit(benchmark, recipes[unfit[0]])}",
            expected=f"methods that can run on '{benchmark['id']}'",
            remedy="Leave it out for this benchmark",
        )
    methods = [method for method in methods if method not in unfit]
    if not methods:
        raise InputError(
            where=f"key '{place}'",
            found=", ".join(chosen),
            expected=f"some of the methods that run: {', '.join(config['methods'])}",
            remedy="Add one of them, or leave out the benchmark",
        )
    return methods
