"""Opens connections to the database of ``db.url``, sets their time limits, and checks what the server must
guarantee."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.numeric import Int8BinaryDumper

from gitflow.core.errors import StoreError
from gitflow.core.record import Record
from gitflow.stores.postgres.errors import translated

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# What breaks with a connection is also raised as an error.
logging.getLogger("psycopg").setLevel(logging.ERROR)

#: Parameters of libpq that db.url may override. A host that does not answer is given up after these times.
DEFAULTS = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
    "target_session_attrs": "read-write",
}

#: Settings of each session, in milliseconds.
LIMITS = {"statement_timeout": 30_000, "idle_in_transaction_session_timeout": 60_000, "lock_timeout": 10_000}

#: By how many seconds the clocks may differ before a warning, and before a server refuses to work.
MAX_SKEW_S, REFUSED_SKEW_S = 1.0, 5.0

#: Settings of ``synchronous_commit`` with which an acknowledged commit survives the death of the machine.
SAFE = ("on", "remote_apply", "remote_write", "local")

#: The name of this program in ``pg_stat_activity``, before the number of its schema.
PROGRAM = "gitflow schema "


class Address(Record):
    """Where the database is."""

    url: str
    path: str  #: without the password: for people
    synchronous: str  #: full or normal

    @staticmethod
    def of(url: str, synchronous: str) -> Address:
        """Raises StoreError."""
        if synchronous not in ("full", "normal"):
            raise ValueError(f"synchronous is full or normal, not {synchronous!r}")
        try:
            parts = conninfo_to_dict(url)
        except psycopg.ProgrammingError as error:
            said = " ".join(str(error).split())
            raise StoreError(f"db.url is not the address of a PostgreSQL database: {said}") from None
        port = f":{parts['port']}" if parts.get("port") else ""
        path = f"postgresql://{parts.get('host') or 'localhost'}{port}/{parts.get('dbname') or ''}"
        return Address(url, path, synchronous)

    def connect(self, schema: int) -> psycopg.Connection[tuple[Any, ...]]:
        """Raises StoreError."""
        given: dict[str, Any] = {**DEFAULTS, **conninfo_to_dict(self.url), "application_name": f"{PROGRAM}{schema}"}
        try:
            connection = psycopg.connect(make_conninfo(**given), autocommit=True)
            connection.adapters.register_dumper(int, Int8BinaryDumper)  # always one type, so that one plan is kept
            connection.prepare_threshold = 2
            connection.prepared_max = 300
            limits = {**LIMITS, "synchronous_commit": "off"} if self.synchronous == "normal" else LIMITS
            settings = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in limits.items())
            connection.execute(f"SELECT {settings}, set_config('client_encoding', 'UTF8', false)".encode())
        except psycopg.Error as error:
            raise translated(error, self.path) from error
        return connection


def check_server(
    connection: psycopg.Connection[tuple[Any, ...]],
    address: Address,
    notice: Callable[[str], None],
    now: Callable[[], float] = time.time,
) -> None:
    """Checks what gitflow relies on: durability, encoding, version and clock. Raises StoreError."""
    before = now()
    row = connection.execute(
        "SELECT current_setting('synchronous_commit'), current_setting('server_encoding'),"
        " current_setting('server_version_num')::int, extract(epoch FROM clock_timestamp())::double precision"
    ).fetchone()
    assert row is not None
    synchronous, encoding, version, their_time = row
    if version < 140_000:
        raise StoreError(f"{address.path} is PostgreSQL {version // 10_000}; gitflow needs 14 or newer")
    if encoding != "UTF8":
        raise StoreError(f"{address.path} has the encoding {encoding}; make the database with the encoding UTF8")
    if address.synchronous == "full" and synchronous not in SAFE:
        raise StoreError(
            f"{address.path}: synchronous_commit is {synchronous}, with which a crash loses acknowledged commits; "
            "set it to on, or accept that with db.synchronous: normal"
        )
    _check_clock(address, their_time - (before + now()) / 2, notice)


def _check_clock(address: Address, skew_s: float, notice: Callable[[str], None]) -> None:
    if abs(skew_s) <= MAX_SKEW_S:
        return
    sentence = f"the clocks of this machine and of {address.path} are {abs(skew_s):.1f} s apart"
    if abs(skew_s) > REFUSED_SKEW_S:
        raise StoreError(f"{sentence}; set them right (NTP): timers and schedules depend on them")
    notice(f"{sentence}; set them right (NTP)")
