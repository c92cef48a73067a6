"""``gitflow logs``: JSONL (or text) from the local store, also while the job runs in another process."""

from __future__ import annotations

import json
import os
import sys
import time

from gitflow.app import open_store
from gitflow.cli.console.locate import config_here
from gitflow.core.errors import NotFound
from gitflow.core.logs import SERVER_STEP
from gitflow.core.names import closest
from gitflow.core.record import record, replace
from gitflow.views.logs import history_line, log_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitflow.app import Opened
    from gitflow.core.values import JsonObject

#: How often a followed log is looked at again, in seconds.
FOLLOW_PAUSE_S = 0.1


@record
class LogOptions:
    id: str
    follow: bool = False
    step: str | None = None
    stream: str | None = None
    tail: int | None = None
    since_seq: int = 0
    form: str = "jsonl"
    state_dir: str | None = None


def print_logs(options: LogOptions) -> int:
    """Raises NotFound for a job or a step that is not there."""
    with open_store(config_here(os.environ, options.state_dir), os.environ) as opened:
        job = opened.job(options.id)
        if options.step not in (None, SERVER_STEP) and options.step not in job.steps:
            raise NotFound("step", str(options.step), closest(str(options.step), job.steps))
        options = replace(options, id=job.id)
        while True:
            ended = (
                not options.follow or opened.stores.jobs.standing(job.id).status.ended
            )  # asked first, so that nothing is missed
            last = max(options.since_seq, _last_seq(opened, options))
            for line in _lines(opened, options):
                sys.stdout.write(_written(line, options.form))
                last = max(last, line["seq"])
            sys.stdout.flush()
            if ended:
                return 0
            options = replace(options, since_seq=last, tail=None)
            opened.recovery.settle_the_dead(None)
            time.sleep(FOLLOW_PAUSE_S)


def _last_seq(opened: Opened, options: LogOptions) -> int:
    """The newest line there is, also one that is not asked for."""
    stores = opened.stores
    return len(stores.jobs.history(options.id)) if options.step == SERVER_STEP else stores.logs.last_seq(options.id)


def _lines(opened: Opened, options: LogOptions) -> Iterator[JsonObject]:
    if options.step == SERVER_STEP:
        entries = list(enumerate(opened.stores.jobs.history(options.id), 1))[options.since_seq :]
        for seq, entry in entries if options.tail is None else entries[max(0, len(entries) - options.tail) :]:
            yield history_line(entry, seq)
        return
    found = opened.stores.logs.lines(
        options.id, step=options.step, stream=options.stream, since_seq=options.since_seq, tail=options.tail
    )
    for line in found:
        yield log_line(line)


def _written(line: JsonObject, form: str) -> str:
    if form == "text":
        return f"{line['line']}\n"
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
