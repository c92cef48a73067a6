"""Runs coroutines of tests, also in a process that has run tests of the pages before."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(story: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: Playwright's event loop goes on in the main thread between the tests that use it."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()
