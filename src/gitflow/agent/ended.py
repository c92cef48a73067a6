"""Attempts whose containers ended while this agent was not running. ``inspect`` tells how they ended.

Their reports need two things that the agent has lost: the definition of the action, and the key that encrypts the
report. So its hello asks the server for both (``Held.has_ended``). What a container printed meanwhile is lost; an
attempt whose output may have been among those lines is reported as lost, too.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.errors import InvalidInput
from gitflow.core.logs import LogChunk
from gitflow.core.record import replace
from gitflow.dispatch.frames import LeftFile
from gitflow.dispatch.sealed import seal
from gitflow.runners.base import Outcome
from gitflow.runners.containers import records
from gitflow.runners.messages import failure
from gitflow.runners.output import read_output
from gitflow.runtime.worker.agent import checked
from gitflow.runtime.worker.wire import dump_outcome, read_action

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.agent.folders import AgentFolders
    from gitflow.agent.spool import Spool, SpoolFile
    from gitflow.core.language.definition import Action
    from gitflow.dispatch.frames import Held, Known

RESTARTED = "its agent was restarted"
_NOTE = b"gitflow: the agent was restarted while this container ran; lines that it printed meanwhile are lost\n"


class EndedContainers:
    def __init__(self, state_dir: str, folders: AgentFolders, spool: Spool) -> None:
        self._state_dir = state_dir
        self._folders = folders
        self._spool = spool
        self._codes: dict[str, int] = {}  #: token of an attempt without a report -> its exit code

    def find(self, files: Sequence[SpoolFile]) -> None:
        """Call it when the agent starts. It also removes all other containers that the agent left."""
        if not os.path.isdir(os.path.join(self._state_dir, records.FOLDER)):
            return
        for file in files:
            if file.report is None and (code := records.exit_code(self._state_dir, file.begun.mark)) is not None:
                self._codes[file.token] = code
        self._remove_others()

    def has(self, file: SpoolFile) -> bool:
        return file.token in self._codes

    def held(self, file: SpoolFile) -> Held:
        """How the server hears of the attempt."""
        return replace(file.held, has_ended=True) if self.has(file) else file.held

    def report(self, known: Known, now: float) -> None:
        """The attempt still counts, and the server has sent what its report needs."""
        file = self._spool.find(known.token)
        if file is None or not self.has(file):
            return
        if known.key is None or known.action is None:
            self._spool.end(file.key, None, RESTARTED)  # the server is older
        else:
            self._spool.log(LogChunk(*file.key, "stderr", now, 1, _NOTE))
            self._report(file, bytes.fromhex(known.key), read_action(known.action))
        self.forget(known.token)

    def _report(self, file: SpoolFile, key: bytes, action: Action) -> None:
        outcome = self._outcome(file, action)
        if outcome.error is None and outcome.output is None and action.output:
            lost = f"{RESTARTED}; its container ended with exit code 0, but an output that it printed is lost"
            self._spool.end(file.key, None, lost)
            return
        try:
            staged = self._folders.stage_artifacts(file.key) if outcome.error is None else []
        except OSError as error:
            self._spool.end(file.key, None, f"{RESTARTED}, and its artifacts cannot be read: {error.strerror}")
            return
        left = tuple(LeftFile(each.name, each.size, each.mode, each.digest) for each, _ in staged)
        outcome = checked(action, outcome)
        self._spool.end(file.key, seal(dump_outcome(outcome, None), key, file.token), None, left)

    def _outcome(self, file: SpoolFile, action: Action) -> Outcome:
        folder = self._folders.container_output(file.key)
        code = self._codes[file.token]
        error = failure(code, "", None, b"")
        try:
            output = read_output(f"{folder}/output", None, f"{folder}/outputs", action.output)
        except InvalidInput as wrong:
            return Outcome(code, None, error or str(wrong))
        return Outcome(code, output, error)

    def forget(self, token: str) -> None:
        """The attempt was reported, or does not count any more: its container is removed."""
        if self._codes.pop(token, None) is not None:
            self._remove_others()

    def _remove_others(self) -> None:
        files = (self._spool.find(token) for token in self._codes)
        records.sweep(self._state_dir, {file.begun.mark for file in files if file is not None})
