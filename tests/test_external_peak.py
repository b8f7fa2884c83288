"""The peak memory of another program is its own, not that of who started it."""

import subprocess
import sys

import pytest

from sambench.external.peak import PeakMemory

MIB = 2**20
CHILD = (
    "import time; block = bytearray({}); block[::4096] = b'1' * len(block[::4096]); "
    "del block; time.sleep(1.2)"
)


def peak_of(arguments):
    process = subprocess.Popen(arguments, start_new_session=True)
    with PeakMemory(process.pid) as peak:
        assert process.wait() == 0
    return peak.bytes


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_peak_is_that_of_the_program():
    own = bytearray(300 * MIB)
    own[::4096] = b"1" * len(own[::4096])
    small = peak_of([sys.executable, "-c", CHILD.format(MIB)])
    assert 2 * MIB < small < 100 * MIB
    # of a program that the program started, too
    command = f'"{sys.executable}" -c "{CHILD.format(150 * MIB)}" & wait'
    large = peak_of(["sh", "-c", command])
    assert 150 * MIB < large < 250 * MIB
    assert len(own) == 300 * MIB
