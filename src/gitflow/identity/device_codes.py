"""Sign-ins of command lines by a code that a person confirms in a browser (RFC 8628).

They are kept in memory, for ten minutes at most: after a restart of the server a person begins anew. The device code is
random and given to the command line alone; the user code is short, and counts only for a person who has signed in.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitflow.core.record import Record, replace
from gitflow.identity.login_limits import TooManyAttempts, network_of
from gitflow.identity.tokens import digest_of, random_text

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How long a code counts, and how long a command line waits between two questions, in seconds.
LIFETIME_S, INTERVAL_S = 600.0, 2.0
#: How many sign-ins may be open, in all and from one address.
MAX_OPEN, MAX_PER_ADDRESS = 1_000, 20
#: Letters of a user code: no vowels, so that it spells no word, and none that looks like a digit.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
HALF = 4


class DeviceSignIn(Record):
    user_code: str
    client: str  #: what the command line says of itself; not verified
    address: str  #: from which it began
    began_at: float
    asked_at: float | None = None  #: when the command line last asked
    approved_by: str | None = None  #: the id of a user
    is_denied: bool = False


class Refused(Exception):
    """The command line gets no tokens, or not yet. ``code`` is one of RFC 8628 (3.5)."""

    def __init__(self, code: str) -> None:
        super().__init__(MESSAGES[code])
        self.code = code


MESSAGES: Mapping[str, str] = {
    "authorization_pending": "nobody has confirmed the code yet",
    "slow_down": f"ask once in {INTERVAL_S:g} seconds",
    "access_denied": "the sign-in was refused in the browser",
    "expired_token": "the code has expired or was used; begin anew",
}


class DeviceSignIns:
    def __init__(self) -> None:
        self._open: dict[str, DeviceSignIn] = {}  #: by the digest of the device code, oldest first

    def begin(self, client: str, address: str, at: float) -> tuple[str, DeviceSignIn]:
        """The device code, and the sign-in. Raises TooManyAttempts: others are never dropped for it."""
        self._drop_expired(at)
        network = network_of(address)
        own = [each for each in self._open.values() if network_of(each.address) == network]
        if len(own) >= MAX_PER_ADDRESS or len(self._open) >= MAX_OPEN:
            raise TooManyAttempts(min(each.began_at for each in own or self._open.values()) + LIFETIME_S - at)
        used = {each.user_code for each in self._open.values()}
        user_code = next(code for code in iter(_user_code, "") if code not in used)
        device_code = random_text()
        begun = self._open[digest_of(device_code)] = DeviceSignIn(user_code, client, address, at)
        return device_code, begun

    def find(self, user_code: str, at: float) -> DeviceSignIn | None:
        """One that nobody has decided yet."""
        found = self._by_user_code(user_code, at)
        return None if found is None else found[1]

    def decide(self, user_code: str, approved_by: str | None, at: float) -> DeviceSignIn | None:
        """``approved_by``: None refuses it. None where there is no such sign-in, or it was decided before."""
        found = self._by_user_code(user_code, at)
        if found is None:
            return None
        digest, begun = found
        self._open[digest] = replace(begun, approved_by=approved_by, is_denied=approved_by is None)
        return begun

    def redeem(self, device_code: str, at: float) -> DeviceSignIn:
        """The approved sign-in, once. Raises Refused."""
        self._drop_expired(at)
        digest = digest_of(device_code)
        found = self._open.get(digest)
        if found is None:
            raise Refused("expired_token")
        if found.is_denied or found.approved_by is not None:
            del self._open[digest]
            if found.is_denied:
                raise Refused("access_denied")
            return found
        self._open[digest] = replace(found, asked_at=at)
        is_early = found.asked_at is not None and at - found.asked_at < INTERVAL_S / 2
        raise Refused("slow_down" if is_early else "authorization_pending")

    def _by_user_code(self, user_code: str, at: float) -> tuple[str, DeviceSignIn] | None:
        self._drop_expired(at)
        wanted = spelled(user_code)
        undecided = (pair for pair in self._open.items() if pair[1].approved_by is None and not pair[1].is_denied)
        return next((pair for pair in undecided if pair[1].user_code == wanted), None)

    def _drop_expired(self, at: float) -> None:
        for digest, begun in list(self._open.items()):
            if at < begun.began_at + LIFETIME_S:
                break
            del self._open[digest]


def spelled(given: str) -> str:
    """As it is shown, ``WDJB-MJHT``, however a person types it."""
    letters = "".join(letter for letter in given.upper() if letter.isalnum())
    return f"{letters[:HALF]}-{letters[HALF:]}"


def _user_code() -> str:
    """34 random bits. A byte that would favour some letters is thrown away."""
    letters = ""
    while len(letters) < 2 * HALF:
        letters += "".join(LETTERS[byte % len(LETTERS)] for byte in os.urandom(16) if byte < 240)
    return spelled(letters[: 2 * HALF])
