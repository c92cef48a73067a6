"""Which server is active on a database that several servers may reach, and until when it counts as active."""

from __future__ import annotations

from gitflow.core.record import Record

#: How long a server that is silent stays the active one, in seconds.
LEASE_S = 10.0

#: A lease is renewed so many times before it would end, even if the server commits nothing.
RENEWALS = 5


class Lease(Record):
    """What a server stores about itself when it becomes active."""

    url: str | None = None  #: where other servers reach it
    lasts_s: float = LEASE_S


class ActiveServer(Record):
    """The server that became active last."""

    epoch: int
    owner_id: str | None
    url: str | None
    is_over: bool  #: its lease has ended, by the clock of the database
