"""How often one address, or one account, may try to sign in: what is tried in vain is counted for a while."""

from __future__ import annotations

from collections import deque

from gitflow.core.errors import GitflowError

#: After so many vain tries within the window further ones are refused until the oldest is forgotten.
TRIES_OF_ACCOUNT, TRIES_OF_ADDRESS = 10, 50
WINDOW_S = 15 * 60.0
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

    def __init__(self) -> None:
        self._failed: dict[str, deque[float]] = {}

    def check(self, address: str, account: str, at: float) -> None:
        """Raises TooManyTries. Checked before the password, so that a right one is no way round."""
        waits = [
            self._wait(f"address:{address}", TRIES_OF_ADDRESS, at),
            self._wait(f"account:{account}", TRIES_OF_ACCOUNT, at),
        ]
        if max(waits) > 0:
            raise TooManyTries(max(waits))

    def failed(self, address: str, account: str, at: float) -> None:
        for name in (f"address:{address}", f"account:{account}"):
            tries = self._failed.pop(name, deque(maxlen=TRIES_OF_ADDRESS))
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
