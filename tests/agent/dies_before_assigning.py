"""``gitflow``, whose server dies after the commit that claims a step for an agent, and before it has sent that."""

from __future__ import annotations

import os
import runpy
import signal

from gitflow.runtime.worker.far_worker import FarEnd


def die(end: FarEnd) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


FarEnd.start_claimed = die
runpy.run_module("gitflow.cli.main", run_name="__main__")
