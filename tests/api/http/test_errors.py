"""Every refusal has a status."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import gitflow
from gitflow.api.http.errors import CODE_OF, MEANING, STATUS_OF
from gitflow.core.errors import GitflowError


def kinds(kind: type[GitflowError]) -> Iterator[type[GitflowError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from kinds(below)


def test_every_code_has_a_status_that_is_described():
    for module in pkgutil.walk_packages(gitflow.__path__, "gitflow."):
        if not module.name.startswith("gitflow.cli"):
            importlib.import_module(module.name)
    codes = {kind.code for kind in kinds(GitflowError) if kind.__module__.startswith("gitflow.")}
    assert codes - STATUS_OF.keys() == set()
    assert set(STATUS_OF.values()) | set(CODE_OF) <= set(MEANING)
