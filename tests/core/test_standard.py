"""What a quick start has instead of functools, contextlib and collections behaves as these do."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

import pytest

from gitflow.core import standard

BOTH = (contextlib, standard)


class Wanted(Exception):
    pass


def plain(seen: list[object]) -> Generator[str]:
    seen.append("entered")
    yield "given"
    seen.append("left")


def cleaning(seen: list[object]) -> Generator[str]:
    try:
        yield "given"
    finally:
        seen.append("cleaned")


def swallowing(seen: list[object]) -> Generator[str]:
    try:
        yield "given"
    except BaseException as error:
        seen.append(type(error))


def translating(seen: list[object]) -> Generator[str]:
    try:
        yield "given"
    except BaseException as error:
        raise ValueError(str(error)) from error


def yielding_nothing(seen: list[object]) -> Generator[str]:
    seen.append("entered")
    yield from ()


def yielding_twice(seen: list[object]) -> Generator[str]:
    yield "given"
    yield "again"


def yielding_after_an_error(seen: list[object]) -> Generator[str]:
    try:
        yield "given"
    except BaseException:
        yield "again"


def failing(seen: list[object]) -> Generator[str]:
    yield "given"
    raise Wanted("at the end")


def outcome(module: Any, generator: Callable[..., Generator[str]], raised: BaseException | None) -> object:
    """What one sees of a `with` over this generator whose block raises this."""
    seen: list[object] = []
    try:
        with module.contextmanager(generator)(seen=seen) as value:
            seen.append(value)
            if raised is not None:
                raise raised
        return seen, "ended"
    except BaseException as error:
        return seen, type(error), str(error), error is raised, type(error.__cause__)


@pytest.mark.parametrize("raised", [None, Wanted, StopIteration, KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize(
    "generator",
    [
        *(plain, cleaning, swallowing, translating),
        *(yielding_nothing, yielding_twice, yielding_after_an_error, failing),
    ],
)
def test_a_context_of_a_generator_is_that_of_contextlib(
    generator: Callable[..., Generator[str]], raised: type[BaseException] | None
) -> None:
    there, here = (outcome(module, generator, raised and raised("block")) for module in BOTH)
    assert here == there


@pytest.mark.parametrize("suppressed", [(), (KeyError,), (OSError, LookupError)])
@pytest.mark.parametrize("raised", [None, KeyError("x"), OSError("x"), KeyboardInterrupt()])
def test_suppress_ends_the_block_as_that_of_contextlib(suppressed: Any, raised: BaseException | None) -> None:
    def ends(module: Any) -> object:
        try:
            with module.suppress(*suppressed) as value:
                if raised is not None:
                    raise raised
            return value
        except BaseException as error:
            return error

    assert ends(standard) is ends(contextlib)


def test_a_cache_keeps_the_last_results() -> None:
    seen: list[str] = []

    @standard.lru_cache(maxsize=2)
    def upper(text: str) -> str:
        seen.append(text)
        return text.upper()

    assert [upper(text) for text in "aabcba"] == list("AABCBA")
    assert seen == ["a", "b", "c", "a"]
    assert tuple(upper.cache_info()) == (2, 4, 2, 2)


def test_what_is_written_in_c_is_the_same() -> None:
    assert standard.partial is functools.partial
    assert standard.deque is deque


def test_the_database_does_not_bring_functools_and_leaves_it_to_who_imports_it() -> None:
    code = (
        "import sys, gitflow.stores.sqlite.migrations as it\n"
        "assert 'functools' not in sys.modules\n"
        "print(it.sqlite3.connect(':memory:').execute('select 1').fetchone())\n"
        "import functools, sqlite3; print(functools.__name__, functools.wraps.__name__, sqlite3.connect.__name__)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split("\n") == ["(1,)", "functools wraps connect", ""]
