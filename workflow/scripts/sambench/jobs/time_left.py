"""Jobs done and time left, beside the bars that Snakemake's log `rich` draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from logging import Handler, LogRecord
from time import monotonic

TOTAL = "Total Progress"
"""What the log calls the bar of the whole run."""


class Pace:
    """How fast a run is: from its log the jobs by rule, and the seconds they took."""

    def __init__(self) -> None:
        self.jobs: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self.running: dict[int, tuple[str, float]] = {}
        self.began = 0.0

    def see(self, record: LogRecord) -> bool:
        """Take in one record of the log; as its filter, let every record pass."""
        event, now = getattr(record, "event", None), monotonic()
        if event == "run_info":
            counts = {key: n for key, n in record.stats.items() if key != "total"}
            self.jobs, self.began = Counter(counts), now
        elif event == "job_info":
            self.running[record.jobid] = record.rule_name, now
        elif event == "job_finished" and record.job_id in self.running:
            rule, start = self.running.pop(record.job_id)
            self.seconds[rule] += now - start
            self.done[rule] += 1
        elif event == "job_error":  # it may be tried again
            self.running.pop(record.jobid, None)
        return True

    def in_words(self, now: float) -> str:
        """Estimate what is left of the run, such as ``12/40 jobs, about 3 min left``.

        A job takes the mean of those of its rule that are done, and as many run at a
        time as did so far. Without any done, a rule is left out: ``at least 3 min``.
        """
        done, running = self.done.copy(), self.running.copy().values()
        words = f"{done.total()}/{self.jobs.total()} jobs"
        ages = [(rule, now - start) for rule, start in running]
        spent = self.seconds.total() + sum(age for _, age in ages)
        if not done or done.total() == self.jobs.total():
            return words
        mean = {rule: self.seconds[rule] / n for rule, n in done.items()}
        work = sum(mean[rule] * (self.jobs[rule] - n) for rule, n in done.items())
        work -= sum(min(age, mean.get(rule, 0)) for rule, age in ages)
        minutes = work * (now - self.began) / spent / 60
        some = "about" if self.jobs.keys() <= done.keys() else "at least"
        time = f"{minutes / 60:.1f} h" if minutes > 90 else f"{max(minutes, 1):.0f} min"
        return f"{words}, {some} {time} left"


def show_time_left(logs: Iterable[Handler]) -> None:
    """Add a column to the bars of a log that has some; leave other logs as they are."""
    drawn = [log for log in logs if hasattr(log, "progress")]
    if not drawn:
        return
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    pace = Pace()

    class Jobs(ProgressColumn):
        def render(self, task: Task) -> Text:
            if TOTAL in task.description:
                return Text(pace.in_words(monotonic()))
            return Text(f"{task.completed:.0f}/{task.total:.0f}")

    for log in drawn:
        log.addFilter(pace.see)
        log.progress.columns += (Jobs(),)
