"""The names and labels by which an attempt's objects are found in a cluster."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    Key = tuple[str, str, int]  #: job, step, attempt

#: On every object: who made it, and for which worker (a server and its namespace) and job.
MANAGED_BY, WORKER, JOB, ATTEMPT = "app.kubernetes.io/managed-by", "gitflow.worker", "gitflow.job", "gitflow.attempt"
#: An annotation: the name of a step may have characters that a label cannot have.
STEP = "gitflow.step"


def name_of(key: Key) -> str:
    """The name of an attempt's Job and Secret: always the same, so that an attempt cannot begin twice."""
    words = "\0".join(map(str, key))
    return f"gf-{hashlib.sha256(words.encode()).hexdigest()[:20]}"


def labels_of(key: Key, worker_id: str) -> Mapping[str, str]:
    return {MANAGED_BY: "gitflow", WORKER: worker_id, JOB: key[0], ATTEMPT: str(key[2])}


def selector_of(worker_id: str) -> str:
    """Selects the objects of one worker."""
    return f"{MANAGED_BY}=gitflow,{WORKER}={worker_id}"
