"""Limits failed logins for each account and each address.

An attempt counts as failed from its start and is removed once the password proves right, so that many attempts at the
same time cannot pass the limit. For an IPv6 address its network (/64) counts: one host can use all of its addresses.
"""

from __future__ import annotations

from collections import deque
from ipaddress import IPv6Address, ip_address

from gitflow.core.errors import GitflowError

#: How long a failed attempt counts, in seconds.
WINDOW_S = 60.0
#: How many times the limit of an account an address has: people share addresses.
SHARED = 5
#: How many accounts and addresses are kept; the one with the oldest attempt is dropped first.
MAX_REMEMBERED = 10_000


class TooManyAttempts(GitflowError):
    """The limit is reached (HTTP 429); ``retry_after_s``: when to try again."""

    code = "rate_limited"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("too many attempts; try again later")
        self.retry_after_s = retry_after_s


class LoginAttempts:
    """Counts failed attempts by name (``account:ann@example.com``, ``address:192.0.2.1``)."""

    def __init__(self, per_minute: int = 10) -> None:
        """``per_minute``: how many attempts for one account may fail before the next ones are refused."""
        self._of_account = per_minute
        self._of_address = SHARED * per_minute
        self._failed: dict[str, deque[float]] = {}

    def check(self, address: str, account: str, at: float) -> None:
        """Raises TooManyAttempts. Call it before the password is checked: the limit holds for a right one, too."""
        waits = [
            self._wait(f"address:{network_of(address)}", self._of_address, at),
            self._wait(f"account:{account}", self._of_account, at),
        ]
        if max(waits) > 0:
            raise TooManyAttempts(max(waits))

    def begin(self, address: str, account: str, at: float) -> None:
        """Counts an attempt before its password is checked. Raises TooManyAttempts."""
        self.check(address, account, at)
        self.failed(address, account, at)

    def failed(self, address: str, account: str, at: float) -> None:
        for name in (f"address:{network_of(address)}", f"account:{account}"):
            tries = self._failed.pop(name, deque(maxlen=self._of_address))
            tries.append(at)
            self._failed[name] = tries  # at the end: the most recent
        while len(self._failed) > MAX_REMEMBERED:
            del self._failed[next(iter(self._failed))]

    def succeeded(self, address: str, account: str, at: float) -> None:
        """Removes the attempt that began at ``at``, and all others of the account.

        Others of the address still count: otherwise logins to an own account would reset the limit of the address.
        """
        self._failed.pop(f"account:{account}", None)
        tries = self._failed.get(f"address:{network_of(address)}")
        if tries is not None and at in tries:
            tries.remove(at)

    def _wait(self, name: str, most: int, at: float) -> float:
        tries = self._failed.get(name)
        while tries and tries[0] <= at - WINDOW_S:
            tries.popleft()
        return tries[-most] + WINDOW_S - at if tries and len(tries) >= most else 0.0


def network_of(address: str) -> str:
    """The address, or the network of an IPv6 address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
