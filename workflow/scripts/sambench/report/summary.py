"""What ran, with which software, for how long, and whether it is sound."""

from collections.abc import Iterable, Sequence

import pandas as pd

from sambench import __version__
from sambench.errors import count_of


def summarise_runs(records: Sequence[dict]) -> dict:
    """Summarise the records of all trainings.

    Texts are sorted, each once; the peak memory is None if it was not measured.
    """
    versions = {f"sambench {__version__}"}
    for record in records:
        versions |= {f"{k} {v}" for k, v in record.get("versions", {}).items()}
        if record.get("python"):
            versions.add(f"Python {record['python']}")
    peaks = [r["peak_memory_bytes"] for r in records if r.get("peak_memory_bytes")]
    return {
        "trainings": len(records),
        "seconds": sum(record.get("seconds") or 0 for record in records),
        "devices": _distinct(record.get("device") for record in records),
        "platforms": _distinct(record.get("platform") for record in records),
        "versions": sorted(versions),
        "peak_memory_gib": round(max(peaks) / 2**30, 1) if peaks else None,
    }


def _distinct(values: Sequence) -> list[str]:
    return sorted({_words(value) for value in values if value})


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part)
    return str(value)


def control_checks(rankings: Iterable[pd.DataFrame]) -> list[dict]:
    """Check that `oracle` scores 100 and nothing is above it, and `empty` 0.

    Each control that ran has a text `what`, and whether it is `ok`.
    """
    every = pd.concat(rankings)
    checks = []
    for control, value, words in (
        ("oracle", 100.0, "the ground truth scores 100"),
        ("empty", 0.0, "the empty mask scores 0"),
    ):
        means = every.loc[every["method"] == control, "mean"]
        if len(means):
            checks.append(
                {
                    "what": f"{control}: {words}, in {count_of(len(means), 'ranking')}",
                    "ok": bool((abs(means - value) < 1e-6).all()),
                }
            )
    return checks
