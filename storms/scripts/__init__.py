"""Scripts without end, judged as ``validate`` judges them; those that are accepted run, and no value may ever run.

``python -m storms scripts --seed N [--count N | --seconds S]``
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storms.scripts.trial import Tally

COUNT = int(os.environ.get("STORM_SCRIPTS", "200000"))
SECONDS: float | None = None

#: Of how many findings the smallest script is looked for.
SMALLEST = 12


def storm(seed: int) -> tuple[list[str], dict[str, object]]:
    """What executed a value, and the figures."""
    from storms.scripts import sandbox, trial

    missing = sandbox.missing()
    if missing:
        return [f"this machine has no {' and no '.join(missing)}"], {}
    begun = time.monotonic()
    until = begun + SECONDS if SECONDS is not None else float("inf")
    tally = trial.run(seed, COUNT if SECONDS is None else 1 << 60, until)
    figures: dict[str, object] = dict(tally.counts.most_common())
    figures["executed"] = tally.counts["executed"]
    figures["runs per second"] = int(tally.counts["runs"] / (time.monotonic() - begun))
    figures |= {f"refused by {rule}": count for rule, count in tally.refused.most_common()}
    return describe(tally, SMALLEST), figures


def describe(tally: Tally, most: int) -> list[str]:
    """The smallest scripts of so many findings, each once."""
    from storms.scripts import sandbox, trial

    if not tally.findings:
        return []
    found: dict[str, str] = {}
    step = max(1, len(tally.findings) // most)
    with sandbox.Sandbox() as box:
        for case in tally.findings[::step][:most]:
            small = trial.smallest(case, box)
            shown = str(small).replace(box.folder, "")
            found.setdefault(small.text, f"{shown} (seed {case.seed}, script {case.number})")
    return list(found.values())
