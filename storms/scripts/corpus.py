"""The corpus: every way in which a value became code before, and scripts that must stay allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from storms.scripts import judge
from storms.scripts.trial import is_number

PATH = Path(__file__).resolve().parent.parent.parent / "tests" / "definitions" / "shell" / "corpus.yaml"

#: What a group may expect, and which verdicts that allows.
EXPECTED = {
    "refused": {"refused"},
    "warned": {"warned"},
    "accepted": {"accepted"},
    "not accepted": {"refused", "warned"},
}


#: How a command of a group that has ``fed`` gets a value as its input: the dialects, and the text around the command.
FEEDS = (
    (("sh", "bash"), "@ <<EOF\n{{ a }}\nEOF"),
    (("sh", "bash"), "echo {{ a }} | @"),
    (("bash",), "@ <<< {{ a }}"),
)
#: The same by way of a file, which is only ever warned of.
FEED_BY_FILE = "echo {{ a }} > value.txt\n@ < value.txt"


@dataclass(frozen=True)
class Case:
    about: str
    expect: str
    dialect: str
    thing: str | tuple[str, ...] | tuple[tuple[str, str], ...]  #: a text, a list, or an env as pairs
    rule: str | None = None  #: the rule that refuses or warns, where it matters

    @property
    def kind(self) -> str:
        if isinstance(self.thing, str):
            return "text"
        return "list" if isinstance(self.thing[0], str) else "env"

    def __str__(self) -> str:
        return f"{self.kind} {self.thing!r} ({self.dialect})"


@dataclass(frozen=True)
class Verdict:
    verdict: str  #: refused, warned or accepted
    rules: frozenset[str] = frozenset()
    script: Any = None  #: what came of a text


@cache
def cases() -> tuple[Case, ...]:
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    for group in yaml.load(PATH.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        yield from _fed(group)
        for case in group.get("cases", ()):
            given = case if isinstance(case, dict) else {"list" if isinstance(case, list) else "text": case}
            thing = given.get("text") or tuple(given.get("list", ())) or tuple(given["env"].items())
            dialects = group.get("dialects", ["sh"]) if isinstance(thing, str) else ["sh"]
            for dialect in [given["dialect"]] if "dialect" in given else dialects:
                yield Case(group["about"], given.get("expect", group["expect"]), dialect, thing, given.get("rule"))


def _fed(group: dict[str, Any]) -> Iterator[Case]:
    by_file = "not accepted" if group["expect"] == "refused" else group["expect"]
    for command in group.get("fed", ()):
        for dialects, text in FEEDS:
            for dialect in dialects:
                yield Case(group["about"], group["expect"], dialect, text.replace("@", command))
        yield Case(group["about"], by_file, "sh", FEED_BY_FILE.replace("@", command))


@cache
def readings() -> Any:
    """What the parsers make of all texts."""
    return judge.read((case.dialect, case.thing) for case in cases() if isinstance(case.thing, str))


@cache
def verdict(case: Case) -> Verdict:
    """What the judgement says."""
    if isinstance(case.thing, str):
        prepared = judge.judge(case.thing, case.dialect, is_number, readings())
        return _verdict(prepared.faults, prepared.script)
    if case.kind == "list":
        return _verdict(judge.judge_list(case.thing))
    return _verdict(judge.judge_env(dict(case.thing)))


def _verdict(faults: Any, script: Any = None) -> Verdict:
    rules = frozenset(fault.rule for fault in faults)
    if any(fault.severity is judge.Severity.ERROR for fault in faults):
        return Verdict("refused", rules)
    return Verdict("warned" if faults else "accepted", rules, script)


def is_right(case: Case, found: Verdict) -> bool:
    return found.verdict in EXPECTED[case.expect] and (case.rule is None or case.rule in found.rules)
