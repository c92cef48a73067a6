"""Generated scripts, judged and run: how many were accepted, and which of them executed a value."""

from __future__ import annotations

import os
import pickle
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from storms.scripts import judge
from storms.scripts.generate import Generator
from storms.scripts.sandbox import OF_DIALECT, Done, Run, Sandbox, missing
from storms.scripts.values import Canaries

#: How many accepted scripts are run at a time.
BATCH = 40
MAX_FINDINGS = 400


@dataclass(frozen=True)
class Finding:
    """A script that was accepted and executed a value, or that the judgement could not judge."""

    seed: int  #: of the worker
    number: int  #: which of its scripts
    kind: str
    dialect: str
    text: str
    values: tuple[tuple[str, str], ...]  #: expression and value
    shell: str
    error: str = ""  #: what the judgement raised, where it did

    def __str__(self) -> str:
        if self.error:
            return f"{self.text!r} ({self.dialect}) ended in {self.error}"
        given = ", ".join(f"{name}={value!r}" for name, value in self.values)
        return f"{self.text!r} ({self.dialect}, run by {self.shell}) executed a value: {given}"


@dataclass
class Tally:
    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)  #: by the rule that refused
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.counts += other.counts
        self.refused += other.refused
        self.findings += other.findings

    @property
    def accepted(self) -> int:
        return self.counts["accepted"]


@dataclass(frozen=True)
class Judged:
    """An accepted script that holds values."""

    text: str  #: the finished script
    values: tuple[tuple[str, str], ...]  #: variable and expression
    warned: bool
    allowed: bool  #: a warning about a flow says that the value may run


def is_number(expression: str) -> bool:
    return expression == "n"


def judged(text: str, dialect: str, readings: Any = None) -> tuple[Judged | None, str]:
    """What was accepted; or else the rule that refused, or ``no value``."""
    try:
        prepared = judge.judge(text, dialect, is_number, readings)
    except Exception as error:
        return None, f"an error: {type(error).__name__}: {error}"
    if prepared.script is None:
        return None, next(fault.rule for fault in prepared.faults if fault.severity is judge.Severity.ERROR)
    if not prepared.script.values or prepared.script.raw:
        return None, "no value"
    rules = {fault.rule for fault in prepared.faults}
    script = prepared.script
    return Judged(script.text, tuple(script.values), bool(rules), bool(rules & judge.FLOWS)), ""


class Trial:
    """The scripts of one seed, one after another."""

    def __init__(self, seed: int, sandbox: Sandbox, shells: int = 4) -> None:
        self._shells = shells
        self._seed = seed
        self._sandbox = sandbox
        self._chance = random.Random(f"values of {seed}")
        self._generator = Generator(random.Random(seed))
        self._canaries = Canaries(sandbox.folder)
        self._missing = frozenset(missing())
        self._number = 0
        self.tally = Tally()

    def go_on(self, accepted: int, until: float = float("inf")) -> None:
        """Until so many more are accepted and have run, or to a time. One batch runs while the next is judged."""
        waiting: list[tuple[Judged, Finding]] | None = None
        aim = self.tally.accepted + accepted
        while True:
            is_over = self.tally.accepted >= aim or time.monotonic() >= until
            batch = [] if is_over else list(self._batch(aim))
            if waiting is not None:
                self._settle(waiting, self._sandbox.receive())
            if is_over:
                return
            self._sandbox.send([_run(script, case) for script, case in batch])
            waiting = batch

    def _batch(self, aim: int) -> Iterator[tuple[Judged, Finding]]:
        """About a batch of accepted scripts, each with the values and shells it will be tried with."""
        wanted = min(BATCH, aim - self.tally.accepted)
        scripts = [self._generator.script() for _ in range(max(4, wanted * 3))]
        readings = judge.read((dialect, text) for _, dialect, text in scripts)
        for kind, dialect, text in scripts:
            self._number += 1
            if self.tally.accepted >= aim:
                return
            self.tally.counts["generated"] += 1
            script, why = judged(text, dialect, readings)
            if script is None:
                self.tally.counts["without a value" if why == "no value" else "refused"] += 1
                if why.startswith("an error"):
                    self.tally.counts["errors"] += 1
                    self._find(Finding(self._seed, self._number, kind, dialect, text, (), "", why))
                elif why != "no value":
                    self.tally.refused[why] += 1
                continue
            self.tally.counts["warned" if script.warned else "accepted"] += 1
            found = [shell for shell in OF_DIALECT[dialect] if shell not in self._missing]
            for shell in found if len(found) <= self._shells else self._chance.sample(found, self._shells):
                names = sorted({expression for _, expression in script.values})
                values = tuple((name, self._canaries.choose(self._chance, name)) for name in names)
                yield script, Finding(self._seed, self._number, kind, dialect, text, values, shell)

    def _settle(self, batch: list[tuple[Judged, Finding]], done: list[Done]) -> None:
        for (script, case), came in zip(batch, done, strict=True):
            self.tally.counts["runs"] += 1
            self.tally.counts["stopped"] += came.late
            if not came.executed:
                continue
            if script.allowed:
                self.tally.counts["executed after a warning"] += 1
                continue
            self.tally.counts["executed"] += 1
            self._find(case)

    def _find(self, case: Finding) -> None:
        print(f"scripts: {case}", file=sys.stderr, flush=True)
        if len(self.tally.findings) < MAX_FINDINGS:
            self.tally.findings.append(case)


def _run(script: Judged, case: Finding) -> Run:
    values = dict(case.values)
    return Run(case.shell, script.text, tuple((name, values[expression]) for name, expression in script.values))


def executes(case: Finding, text: str, sandbox: Sandbox) -> bool:
    """Whether this text, in place of the case's, is accepted and executes a value."""
    script, why = judged(text, case.dialect)
    if case.error:
        return why == case.error
    if script is None or script.allowed:
        return False
    values = dict(case.values)
    if not {expression for _, expression in script.values} <= values.keys():
        return False
    return sandbox.run([_run(script, case)])[0].executed


def smallest(case: Finding, sandbox: Sandbox, most: int = 600) -> Finding:
    """The case with as much of its text taken away as can be, so that it still executes a value."""
    text, size = case.text, max(1, len(case.text) // 2)
    tries = 0
    while size >= 1 and tries < most:
        at, shorter = 0, False
        while at < len(text) and tries < most:
            without = text[:at] + text[at + size :]
            tries += 1
            if without.strip() and executes(case, without, sandbox):
                text, shorter = without, True
            else:
                at += size
        size = size if shorter and size > 1 else size // 2
    used = {name for name, _ in case.values if "{{" in text and name in text}
    return Finding(case.seed, case.number, case.kind, case.dialect, text,
                   tuple(pair for pair in case.values if pair[0] in used), case.shell, case.error)  # fmt: skip


def run(seed: int, accepted: int, until: float = float("inf"), workers: int = 0, shells: int = 4) -> Tally:
    """So many accepted scripts, by several processes; the same seed and number of workers give the same scripts.

    ``shells``: in how many of the shells of its dialect each is run, at most.
    """
    workers = workers or os.cpu_count() or 1
    tally = Tally()
    pipes: list[tuple[int, int]] = []
    for number in range(workers):
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                os.close(read)
                for earlier, _ in pipes:
                    os.close(earlier)
                share = accepted // workers + (number < accepted % workers)
                _tell(write, _work(seed * 1000 + number, share, until, shells))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(write)
        pipes.append((read, pid))
    for read, pid in pipes:
        with os.fdopen(read, "rb") as file:
            data = file.read()
        _, status = os.waitpid(pid, 0)
        if not data:
            code = os.waitstatus_to_exitcode(status)
            raise RuntimeError(f"a worker of the storm of scripts ended before its time, with exit code {code}")
        tally.add(pickle.loads(data))
    return tally


def _work(seed: int, accepted: int, until: float, shells: int) -> Tally:
    with Sandbox() as sandbox:
        trial = Trial(seed, sandbox, shells)
        trial.go_on(accepted, until)
        return trial.tally


def _tell(descriptor: int, tally: Tally) -> None:
    with os.fdopen(descriptor, "wb") as file:
        pickle.dump(tally, file)
