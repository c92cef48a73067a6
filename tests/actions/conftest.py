"""The bench of the runners."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "runners"))

from bench import *  # noqa: F403
