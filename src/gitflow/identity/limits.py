"""How often one address, or one account, may try to sign in: what is tried in vain is counted for a while."""

from __future__ import annotations

from collections import deque

from gitflow.core.errors import GitflowError

#: Vain tries are counted for so long.
WINDOW_S = 60.0
#: One address may try in vain so many times as often as one account may be tried: people share addresses.
SHARED = 5
#: No more accounts and addresses than this are remembered; whoever was quiet longest is forgotten first.
MOST_REMEMBERED = 10_000


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
            self._wait(f"address:{address}", self._of_address, at),
            self._wait(f"account:{account}", self._of_account, at),
        ]
        if max(waits) > 0:
            raise TooManyTries(max(waits))

    def failed(self, address: str, account: str, at: float) -> None:
        for name in (f"address:{address}", f"account:{account}"):
            tries = self._failed.pop(name, deque(maxlen=self._of_address))
            tries.append(at)
            self._failed[name] = tries  # at the end: the most recent
        while len(self._failed) > MOST_REMEMBERED:
            del self._failed[next(iter(self._failed))]

    def succeeded(self, account: str) -> None:
        """The account's count begins anew; the address's does not, or one account of his own would free a guesser."""
        self._failed.pop(f"account:{account}", None)

    def _wait(self, name: str, most: int, at: float) -> float:
        tries = self._failed.get(name)
        while tries and tries[0] <= at - WINDOW_S:
            tries.popleft()
        return tries[-most] + WINDOW_S - at if tries and len(tries) >= most else 0.0
