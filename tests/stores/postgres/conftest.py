"""Stores in one database, opened as often as a test wants, also through a proxy."""

from __future__ import annotations

import base64

import pytest

from database_proxy import proxy_before
from gitflow.stores.registry import open_stores


@pytest.fixture
def key_file(tmp_path):
    """What secrets are sealed with."""
    path = tmp_path / "secrets.key"
    path.touch(0o600)
    path.write_text(base64.b64encode(b"k" * 32).decode())
    return str(path)


@pytest.fixture
def opened(new_database, tmp_path, key_file):
    """Opens the same database again and again."""
    stores = []

    def open_again(url=new_database, **settings):
        stores.append(open_stores(str(tmp_path / "state"), url, **{"key_file": key_file, **settings}))
        return stores[-1]

    yield open_again
    for one in stores:
        one.close()


@pytest.fixture
def proxied(new_database):
    with proxy_before(new_database) as proxy:
        yield proxy
