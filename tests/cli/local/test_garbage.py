"""A command that does not end searches for garbage as usual, and no longer in what its start has made."""

from __future__ import annotations

import subprocess
import sys

from gitflow.cli.local.garbage import USUAL

SCRIPT = """
import gc
gc.set_threshold(100_000)
from gitflow.cli.local.garbage import USUAL, collect_from_now_on
class Ring: pass
ring = Ring(); ring.ring = ring; del ring
kept = Ring()
collect_from_now_on()
print(gc.get_threshold() == USUAL, gc.get_freeze_count() > 1000, any(isinstance(one, Ring) for one in gc.get_objects()))
"""


def test_the_objects_of_the_start_are_left_out_and_its_garbage_is_gone():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "False"]


def test_the_usual_thresholds_are_those_of_python():
    given = "import gc; print(*gc.get_threshold())"
    done = subprocess.run([sys.executable, "-c", given], capture_output=True, text=True, check=True)
    assert tuple(map(int, done.stdout.split())) == USUAL
