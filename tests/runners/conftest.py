"""The bench, also for the tests of actions."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bench import *  # noqa: F403
