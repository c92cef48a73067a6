"""Databases for the rows about PostgreSQL: ``$GITFLOW_BENCH_POSTGRES`` names a server where they may be made."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import urlsplit

from benchmarks.measure import Failed

#: The address of a database, such as ``postgresql://postgres@127.0.0.1/postgres``, whose user may make others.
VARIABLE = "GITFLOW_BENCH_POSTGRES"

_numbers = count(1)


@contextmanager
def database() -> Iterator[str]:
    """The address of a new database, which goes afterwards. Raises Failed."""
    url = os.environ.get(VARIABLE)
    if not url:
        raise Failed(f"there is no PostgreSQL: ${VARIABLE} names one")
    import psycopg

    name = f"gitflow_bench_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
