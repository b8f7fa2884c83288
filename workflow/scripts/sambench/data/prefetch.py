"""Work on the next items while the results of earlier ones are used."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

#: More would hold more cases in memory, and decompression does not gain from it.
MOST_WORKERS = 2


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with its result, in the order of the items.

    `work` is called in threads: reading and decompressing files runs beside others. As
    many items as there are workers are in memory at once, and the one that is used. An
    exception of `work` is raised in the place of its result.
    """
    n_workers = max(1, min(MOST_WORKERS, os.cpu_count() or 1))
    pending: deque = deque()
    with ThreadPoolExecutor(n_workers) as pool:
        try:
            for item in items:
                pending.append((item, pool.submit(work, item)))
                if len(pending) > n_workers:
                    first, future = pending.popleft()
                    yield first, future.result()
            while pending:
                first, future = pending.popleft()
                yield first, future.result()
        finally:
            for _, future in pending:
                future.cancel()
