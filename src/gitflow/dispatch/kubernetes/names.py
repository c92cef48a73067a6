"""The names and labels by which an attempt's objects are found in a cluster."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    Key = tuple[str, str, int]  #: job, step, attempt

#: Labels of every object: the program, the worker (of a server, for a namespace), the job and the attempt.
MANAGED_BY, WORKER, JOB, ATTEMPT = "app.kubernetes.io/managed-by", "gitflow.worker", "gitflow.job", "gitflow.attempt"
#: An annotation and not a label, because the name of a step may have characters that a label must not have.
STEP = "gitflow.step"


def name_of(key: Key) -> str:
    """The name of an attempt's Job and Secret. It is always the same for one attempt, so that no attempt begins
    twice."""
    words = "\0".join(map(str, key))
    return f"gf-{hashlib.sha256(words.encode()).hexdigest()[:20]}"


def labels_of(key: Key, worker_id: str) -> Mapping[str, str]:
    return {MANAGED_BY: "gitflow", WORKER: worker_id, JOB: key[0], ATTEMPT: str(key[2])}


def selector_of(worker_id: str) -> str:
    """A label selector for the objects of one worker."""
    return f"{MANAGED_BY}=gitflow,{WORKER}={worker_id}"
