"""Why connections fail, in words."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp

from gitflow.core.hosts import is_readable_on_the_way
from gitflow.dispatch.frames import ACTIVE


def refusal_of(error: aiohttp.WSServerHandshakeError) -> str:
    """Why the server refuses the link, for the person who started the agent."""
    remedies = {
        401: "the server does not accept the API key in GITFLOW_TOKEN",
        403: "the server refuses the key or the address: it needs an API key with the scope agent, and https",
        404: "there is no gitflow server with agents at this address",
    }
    return remedies.get(error.status, f"the server refuses the link: status {error.status}")


def reason_of(error: BaseException) -> str:
    """Why a connection or a transfer failed, as a clause."""
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        why = getattr(error.certificate_error, "verify_message", error.certificate_error)
        return f"its certificate is not trusted: {why}; --ca-file names the file of a private authority"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) or type(error).__name__


def active_server(error: aiohttp.WSServerHandshakeError) -> str | None:
    """The address of the active server, as the answer of a standby names it.

    None if the answer names none, or if others could read the API key on the way to it.
    """
    named = None if error.headers is None else error.headers.get(ACTIVE)
    if named is None:
        return None
    parts = urlsplit(named)
    is_http = parts.scheme in ("http", "https")
    return None if not is_http or is_readable_on_the_way(parts.scheme, parts.hostname or "") else named
