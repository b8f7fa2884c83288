"""Two runs do not write the same results, and nothing has to be unlocked."""

import subprocess
import sys
from pathlib import Path

import pytest

from sambench.errors import InputError
from sambench.jobs.holding import hold

HOLDING = """
import sys
from pathlib import Path
from sambench.jobs.holding import hold
hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_folder_that_another_run_writes_is_refused_until_that_has_ended(tmp_path):
    results = tmp_path / "results"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(results)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout.readline() == "held\n"
    with pytest.raises(InputError, match=rf"another run .*process {other.pid}, since"):
        hold(results)
    other.kill()  # leaves no lock behind
    other.wait()
    hold(results)
    assert Path(results, ".running").read_text().count("process") == 1
