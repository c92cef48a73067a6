"""A real server with the built pages, and Chromium on it.

Without Chromium or without built pages the tests are skipped and say so; in continuous integration they fail instead
(tests/parts.py).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "api"))

from browsing import ROOT, TIMEOUT_MS, WATCH_POLICY, WIDTHS, Watched
from filled import Jobs, fill, start
from running import Running

import parts
from gitflow.api.pages.built import FOLDERS, INDEX

DEFINITIONS = (ROOT / "workspaces" / "default" / ".workflows" / "hello-world.yaml").read_text()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, started once."""
    if not any((folder / INDEX).is_file() for folder in FOLDERS):
        parts.lack("the pages are not built: make ui")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=parts.find_program("chromium"), args=sandbox)
        yield browser
        browser.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(definitions: str = DEFINITIONS, settings: dict[str, object] | None = None) -> Running:
        running = Running(tmp_path / f"server{len(started)}", definitions, settings or {}, {})
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def server(serve: Callable[..., Running]) -> Running:
    """Serves the workspace of the first flow."""
    return serve()


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[Running, Jobs]]:
    """A server with jobs of every kind (filled.py)."""
    running = start(tmp_path / "filled")
    try:
        yield running, fill(running, tmp_path / "filled", jobs_per_task=1)
    finally:
        running.stop()


@pytest.fixture
def browse(chromium: Any, server: Running) -> Iterator[Callable[..., Watched]]:
    """``browse(theme, width)`` opens a page of a browser of its own. ``more``: other properties of that browser."""
    opened: list[tuple[Any, Watched]] = []

    def start(theme: str = "light", width: str = "wide", to: Running | None = None, **more: Any) -> Watched:
        across, down = WIDTHS[width]
        context = chromium.new_context(
            **{
                "viewport": {"width": across, "height": down},
                "color_scheme": theme,
                "reduced_motion": "reduce",
                **more,
            }
        )
        context.set_default_timeout(TIMEOUT_MS)
        context.add_init_script(WATCH_POLICY)
        watched = Watched(context.new_page(), (to or server).url)
        opened.append((context, watched))
        return watched

    yield start
    for context, _ in opened:
        context.close()
