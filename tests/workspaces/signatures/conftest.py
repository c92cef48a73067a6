"""Keys that are made once: the allowed signer's, and a stranger's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signing import GpgHome, Repository, SshKey


@pytest.fixture(scope="session")
def ann(tmp_path_factory: pytest.TempPathFactory) -> SshKey:
    return SshKey(tmp_path_factory.mktemp("ann"), "ann")


@pytest.fixture(scope="session")
def eve(tmp_path_factory: pytest.TempPathFactory) -> SshKey:
    return SshKey(tmp_path_factory.mktemp("eve"), "eve")


@pytest.fixture(scope="session")
def gpg() -> Iterator[GpgHome]:
    home = GpgHome()
    yield home
    home.close()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")
