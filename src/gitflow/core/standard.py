"""Functions of the standard library for a start that must be quick: ``functools``, ``contextlib`` and ``collections``
import each other, ``types``, ``operator`` and ``reprlib``, 10 million instructions at every start.

What is written in C is taken from there; the rest does what the standard one does, as far as it is used here. Type
checkers see the standard ones (docs/decisions/0124-a-run-without-re-and-subprocess.md).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque as deque
    from collections.abc import Callable, Generator
    from contextlib import contextmanager as contextmanager
    from contextlib import suppress as suppress
    from functools import lru_cache as lru_cache
    from functools import partial as partial
    from typing import Any
else:
    try:
        from _collections import deque as deque
        from _functools import _lru_cache_wrapper
        from _functools import partial as partial
    except ImportError:  # a Python that has them elsewhere
        from collections import deque as deque
        from functools import lru_cache as lru_cache
        from functools import partial as partial
    else:

        def _counted(*numbers):
            """What ``cache_info()`` answers: hits, misses, the most that is kept, and what is kept."""
            return numbers

        def lru_cache(maxsize):
            """A decorator: the results of the last ``maxsize`` different calls are kept."""

            def keep(function):
                kept = _lru_cache_wrapper(function, maxsize, False, _counted)
                kept.__wrapped__ = function
                return kept

            return keep

    class suppress:
        """A block that ends without an error where it raises one of these."""

        __slots__ = ("_errors",)

        def __init__(self, *errors: type[BaseException]) -> None:
            self._errors = errors

        def __enter__(self) -> None:
            return None

        def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
            return kind is not None and issubclass(kind, self._errors)

    class _Context:
        """Runs a generator to its ``yield`` on entry, and to its end on exit."""

        __slots__ = ("_generator",)

        def __init__(self, generator: Generator[Any]) -> None:
            self._generator = generator

        def __enter__(self) -> Any:
            try:
                return next(self._generator)
            except StopIteration:
                raise RuntimeError("generator didn't yield") from None

        def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> bool:
            if kind is None:
                if next(self._generator, self) is self:
                    return False
                raise RuntimeError("generator didn't stop")
            try:
                self._generator.throw(error)
            except BaseException as raised:
                if isinstance(raised, RuntimeError) and isinstance(error, StopIteration) and raised.__cause__ is error:
                    return False  # a generator cannot let it pass: Python puts this around it
                if raised is error:
                    return False
                if isinstance(raised, StopIteration):
                    return True
                raise
            raise RuntimeError("generator didn't stop after throw()")

    def contextmanager(function: Callable[..., Generator[Any]]) -> Callable[..., _Context]:
        """A decorator of a generator with one ``yield``: the function gives a context for ``with``."""

        def context(*given: Any, **named: Any) -> _Context:
            return _Context(function(*given, **named))

        return context
