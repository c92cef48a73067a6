"""``cmd`` as a list of words, and an action's ``env``: no shell reads them, but programs do.

The words go through the same judgement of commands as those of a script, and the names of variables through the same
table.
"""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from gitflow.core.values import is_list
from gitflow.definitions.shell.commands import Judge
from gitflow.definitions.shell.safety import Fault, fault_of
from gitflow.definitions.shell.tables import is_special
from gitflow.definitions.shell.text import Template, templates_of
from gitflow.definitions.shell.words import VALUE, Hole, Word, word_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitflow.core.values import Json

#: Every hole in a word of a list is a value.
_HOLDS_VALUE = attrgetter("has_holes")


def judge_command(entrypoint: Json, cmd: Sequence[Json]) -> Iterator[tuple[tuple[str | int, ...], Fault]]:
    """What is wrong with the words of a container's command, each with its place. ``entrypoint``: a word, or a list."""
    first = entrypoint if is_list(entrypoint) else [] if entrypoint is None else [entrypoint]
    spots: list[tuple[str | int, ...]] = [
        ("entrypoint", at) if is_list(entrypoint) else ("entrypoint",) for at in range(len(first))
    ]
    spots += [("cmd", at) for at in range(len(cmd))]
    for at, fault in judge_words([*first, *cmd]):
        yield spots[at], fault


def judge_words(cmd: Sequence[Json]) -> Iterator[tuple[int, Fault]]:
    """What is wrong with a list of words, each with the index of its word; a template in it is a value."""
    from gitflow.definitions.shell.inner import judge_script

    texts = [word if isinstance(word, str) else "" for word in cmd]
    words = [_word(text) for text in texts]
    refusal = Judge(_HOLDS_VALUE, judge_script).refusal(words)
    if refusal is None:
        return
    marked = [at for at, word in enumerate(words) if word is refusal.word] or [
        at for at, word in enumerate(words) if word.has_holes
    ]
    for at in marked:
        template = next(iter(templates_of(texts[at])), Template(0, 0, ""))
        yield at, fault_of(template, refusal.reason, refusal.program, is_certain=refusal.is_certain)


def judge_environment(env: Mapping[str, Json]) -> Iterator[tuple[str, Fault]]:
    """Variables that may not hold a value, because a shell or a program runs what they hold."""
    for name, value in env.items():
        if isinstance(value, str) and has_value(value) and is_special(name):
            template = next(iter(templates_of(value)), Template(0, 0, ""))
            yield name, fault_of(template, "special-variable", name)


def has_value(text: str) -> bool:
    return "{{" in text or "{%" in text


def _word(text: str) -> Word:
    """A word of its own, also where another one reads the same: a refusal names one of them."""
    return Word(_pieces(text)) if has_value(text) else Word((text,) if text else ())


@lru_cache(maxsize=256)
def _pieces(text: str) -> tuple[str | Hole, ...]:
    """Of a word with a template, which the definitions of a workspace often repeat."""
    if "{%" in text:
        return (Hole(VALUE),)  # what a block leaves cannot be said
    pieces: list[str | Hole] = []
    at = 0
    for template in templates_of(text):
        pieces += (text[at : template.start], Hole(VALUE))
        at = template.end
    return word_of([*pieces, text[at:]]).pieces
