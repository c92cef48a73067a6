"""The judgement that the storm of scripts tries: what to change here when it moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gitflow.core.language.definition import Script
from gitflow.core.problems import Severity
from gitflow.definitions.shell.argv import judge_environment, judge_words
from gitflow.definitions.shell.safety import Fault, Prepared, prepare, read_scripts

#: The rules of warnings about values that flow through the variables and files of a script, or of a script in it.
#: Where one of them was given, and only there, a script may execute a value.
FLOWS = frozenset({"shell-flows-into-code", "shell-inner-script"})


def read(scripts: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Any]:
    """What the parsers make of many scripts, each given as its dialect and text: much quicker than one by one."""
    return read_scripts(scripts)


def judge(text: str, dialect: str, is_number: Callable[[str], bool], readings: Any = None) -> Prepared:
    return prepare(text, dialect, is_number, readings=readings)


def judge_list(words: Sequence[str]) -> list[Fault]:
    """What is wrong with a ``cmd`` that is a list."""
    return [fault for _, fault in judge_words(words)]


def judge_env(env: Mapping[str, str]) -> list[Fault]:
    """What is wrong with the variables of an action."""
    return [fault for _, fault in judge_environment(env)]


__all__ = ["FLOWS", "Prepared", "Script", "Severity", "judge", "judge_env", "judge_list", "read"]
