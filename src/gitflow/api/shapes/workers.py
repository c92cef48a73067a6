"""Shapes of workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.api.shapes.schema import TEXT, TIME, WHOLE, list_of, one_of, or_null, ref, shape, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

_ITEM: JsonObject = {
    "worker_id": TEXT,
    "name": TEXT,
    "status": told(one_of("active", "inactive"), "`inactive` when nothing was heard of it for a while."),
    "tags": list_of(TEXT),
    "version": TEXT,
    "last_heartbeat": or_null(TIME),
    "registered_at": TIME,
    "running": told(WHOLE, "How many steps it runs."),
}

SHAPES: Mapping[str, JsonObject] = {
    "WorkerList": list_of(ref("Worker")),
    "Worker": shape("Who runs steps.", _ITEM),
    "WorkerDetail": shape(
        "A worker, with its recent jobs.",
        {**_ITEM, "jobs": told(list_of(ref("JobItem")), "The last 50, newest first.")},
    ),
}
