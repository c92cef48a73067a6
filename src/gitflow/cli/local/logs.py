"""Reads logs from the local store, also while the job runs in another process."""

from __future__ import annotations

import os
import time

from gitflow.app import open_store
from gitflow.cli.console.locate import locate_config
from gitflow.core.errors import NotFound
from gitflow.core.logs import SERVER_STEP
from gitflow.core.names import closest
from gitflow.core.record import replace
from gitflow.core.standard import partial
from gitflow.views.history import with_commit
from gitflow.views.logs import history_line, log_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.app import OpenedStore
    from gitflow.cli.console.requests import LogQuery
    from gitflow.core.values import JsonObject

#: The pause between two polls of a log that is followed, in seconds.
POLL_S = 0.1


def read_logs(state_dir: str | None, query: LogQuery) -> Iterator[JsonObject]:
    """Raises NotFound for a job or a step that does not exist."""
    with open_store(locate_config(os.environ, state_dir), os.environ) as opened:
        job = opened.job(query.id)
        if query.step not in (None, SERVER_STEP) and query.step not in job.steps:
            raise NotFound("step", str(query.step), closest(str(query.step), job.steps))
        query = replace(query, id=job.id)
        while True:
            # Asked before the lines are read, so that none is missed.
            has_ended = not query.follow or opened.stores.jobs.state_of(job.id).status.ended
            last = max(query.since_seq, _last_seq(opened, query))
            for line in _read_lines(opened, query):
                last = max(last, line["seq"])
                yield line
            if has_ended:
                return
            query = replace(query, since_seq=last, tail=None)
            opened.recovery.settle_the_dead(None)
            time.sleep(POLL_S)


def _last_seq(opened: OpenedStore, query: LogQuery) -> int:
    """The number of the newest line, whether or not the query selects it."""
    stores = opened.stores
    return len(stores.jobs.history(query.id)) if query.step == SERVER_STEP else stores.logs.last_seq(query.id)


def _read_lines(opened: OpenedStore, query: LogQuery) -> Iterator[JsonObject]:
    if query.step == SERVER_STEP:
        entries = list(enumerate(opened.stores.jobs.history(query.id), 1))[query.since_seq :]
        for seq, entry in entries if query.tail is None else entries[max(0, len(entries) - query.tail) :]:
            yield history_line(with_commit(entry, partial(opened.stores.jobs.made_from, query.id)), seq)
        return
    found = opened.stores.logs.lines(
        query.id, step=query.step, stream=query.stream, since_seq=query.since_seq, tail=query.tail
    )
    for line in found:
        yield log_line(line)
