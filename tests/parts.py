"""Parts that some tests need and not every machine has: a marker for each, ``@pytest.mark.browser("chromium")``.
Tests that start thousands of shells are such a part too, for their time.

``make test`` leaves these tests out, ``make check`` runs them. The words of a marker are programs. Where one of them is
missing, or a test calls ``lack``, the test is skipped and says why; in continuous integration (``CI=true``), which has
every part, it fails.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

#: Marker -> what its tests need.
PARTS = {
    "hosts": "the programs that run gitflow for a repository, such as act and pre-commit",
    "browser": "a browser",
    "postgres": "PostgreSQL",
    "containers": "a runtime of containers",
    "cluster": "a Kubernetes cluster",
    "deploy": "what a deployment is made of and checked by, such as nginx, buildah and hadolint",
    "shells": "time for thousands of real shells",
}
#: On every test that needs any of them.
ANY = "part"


def find_program(name: str) -> str | None:
    """Beside the Python that runs the tests, or on the path."""
    return shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")


def lack(reason: str) -> NoReturn:
    """Ends a test whose part is missing here."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and continuous integration must have it", pytrace=False)
    pytest.skip(reason)


def pytest_configure(config: pytest.Config) -> None:
    for name, what in PARTS.items():
        config.addinivalue_line("markers", f"{name}(*programs): needs {what}")
    config.addinivalue_line("markers", f"{ANY}: has one of the markers {', '.join(PARTS)}; set by itself")


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(mark.name in PARTS for mark in item.iter_markers()):
            item.add_marker(ANY)


@pytest.hookimpl(tryfirst=True)  # before fixtures, which may need the part
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers():
        if mark.name in PARTS:
            for program in mark.args:
                if find_program(program) is None:
                    lack(f"{program} is not installed")
