"""How often one address, or one account, may try a password: what is tried in vain is counted for a while.

A try counts from its beginning and is taken back when the password was right, so that many tries at once are no way
round. Of an IPv6 address the network (/64) counts: a single host has all addresses of it.
"""

from __future__ import annotations

from collections import deque
from ipaddress import IPv6Address, ip_address

from gitflow.core.errors import GitflowError

#: Vain tries are counted for so long.
WINDOW_S = 60.0
#: One address may try in vain so many times as often as one account may be tried: people share addresses.
SHARED = 5
#: No more accounts and addresses than this are remembered; whoever was quiet longest is forgotten first.
MAX_REMEMBERED = 10_000


class TooManyTries(GitflowError):
    """Answered with 429; ``retry_after_s`` says when to come back."""

    code = "rate_limited"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("too many attempts; try again later")
        self.retry_after_s = retry_after_s


class Tries:
    """Counts vain tries by name (``account:ann@example.com``, ``address:192.0.2.1``)."""

    def __init__(self, per_minute: int = 10) -> None:
        """``per_minute``: how many of one account, before further ones are refused until the oldest is forgotten."""
        self._of_account = per_minute
        self._of_address = SHARED * per_minute
        self._failed: dict[str, deque[float]] = {}

    def check(self, address: str, account: str, at: float) -> None:
        """Raises TooManyTries. Checked before the password, so that a right one is no way round."""
        waits = [
            self._wait(f"address:{network_of(address)}", self._of_address, at),
            self._wait(f"account:{account}", self._of_account, at),
        ]
        if max(waits) > 0:
            raise TooManyTries(max(waits))

    def begin(self, address: str, account: str, at: float) -> None:
        """Counts a try before its password is looked at. Raises TooManyTries."""
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
        """Takes back the try that began at ``at``, and all others of the account.

        Others of the address still count, or an account of one's own would let one guess on.
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
    """What counts as one address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
