"""Which data set serves which domain of a benchmark, as a table for people."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: What becomes of a data set that can serve a domain.
SERVES = "serves"
RESERVE = "in reserve"
UNSELECTED = "not selected"
MISSING = "not available"


@dataclass(frozen=True)
class Offer:
    """A data set that can serve a domain.

    Attributes
    ----------
    number : str
        Number of the domain in the paper; empty if it has none.
    domain, modality : str
        The domain in words.
    structures : str
        Structures with their label values in this data set.
    dataset, group : str
        The data set, and the part of it.
    use : str
        `SERVES`; `RESERVE` if another set serves the domain; `UNSELECTED` where the
        domain does not run; `MISSING` where only the user can get the set.
    origin : str
        What the cases count as; empty if the set does not serve.
    confidence : str
        Whether a paper states that this set serves the domain; empty if not said.
    """

    number: str
    domain: str
    modality: str
    structures: str
    dataset: str
    group: str
    use: str
    origin: str
    confidence: str


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
        Tell of a data set whether it is available, and what its cases count as.

    Returns
    -------
    list of dict
        The attributes of an `Offer` each.
    """
    return [
        asdict(offer)
        for name, domain in benchmark["domains"].items()
        for offer in _offers(
            domain, narrowed["domains"].get(name), available, origin_of
        )
    ]


def _offers(
    domain: Mapping[str, Any],
    served: Mapping[str, Any] | None,
    available: Callable[[str], bool],
    origin_of: Callable[[str], str],
) -> Iterator[Offer]:
    for given in (domain, *domain.get("alternatives", [])):
        key = (given["dataset"], given["group"])
        serves = served is not None and key == (served["dataset"], served["group"])
        if serves:
            use = SERVES
        elif not available(given["dataset"]):
            use = MISSING
        else:
            use = RESERVE if served else UNSELECTED
        yield Offer(
            number=str(domain.get("number", "")),
            domain=domain["label"],
            modality=domain.get("modality", ""),
            structures="; ".join(
                f"{name} {' '.join(map(str, values))}"
                for name, values in given["structures"].items()
            ),
            dataset=given["dataset"],
            group=given["group"],
            use=use,
            origin=origin_of(given["dataset"]) if serves else "",
            confidence=domain.get("confidence", ""),
        )
