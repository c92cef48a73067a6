"""The JSON of sign-ins on command lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record
from gitflow.identity.device_codes import INTERVAL_S, LIFETIME_S
from gitflow.views.escape import on_one_line
from gitflow.views.noun import JsonField, Noun, writer
from gitflow.views.schema import TEXT, TIME, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitflow.core.values import JsonObject
    from gitflow.identity.device_codes import DeviceSignIn


class BegunSignIn(Record):
    device_code: str
    user_code: str
    verification_uri: str


DEVICE_CODE = Noun(
    "DeviceCode",
    "A sign-in that waits for a person.",
    (
        JsonField("device_code", TEXT, about="Secret of the command line, which it exchanges for tokens."),
        JsonField("user_code", TEXT, about="Code that the person types at `verification_uri`."),
        JsonField("verification_uri", TEXT),
        JsonField("interval", WHOLE, lambda it: int(INTERVAL_S), about="Seconds to wait between two requests."),
        JsonField("expires_in", WHOLE, lambda it: int(LIFETIME_S), about="Seconds for which the codes are valid."),
    ),
)

DEVICE_SIGN_IN = Noun(
    "DeviceSignIn",
    "Who asks for a sign-in by a code.",
    (
        JsonField("user_code", TEXT),
        JsonField("client", TEXT, lambda it: on_one_line(it.client), about="What it says of itself; not verified."),
        JsonField("address", TEXT, about="Address from which it began."),
        JsonField("began_at", TIME),
        JsonField("expires_at", TIME, lambda it: it.began_at + LIFETIME_S),
    ),
)

NOUNS = (DEVICE_CODE, DEVICE_SIGN_IN)

device_code_json: Callable[[BegunSignIn], JsonObject] = writer(DEVICE_CODE)
device_sign_in_json: Callable[[DeviceSignIn], JsonObject] = writer(DEVICE_SIGN_IN)
