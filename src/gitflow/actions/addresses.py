"""Joins and checks the address of an HTTP request, so that values cannot lead it to another place.

An inserted value was percent-encoded, so it cannot leave its part of the address. It could still be ``..``, which
servers take as the parent path, or a whole address at a position that allows one.
"""

from __future__ import annotations

import re

from gitflow.core.errors import InvalidInput

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST = re.compile(r"\[[0-9A-Fa-f:.]+(%25[A-Za-z0-9._~-]+)?\]|[^\[\]%!$&'()*+,;=<>\"^`{|}]+")
#: How many layers of percent-encoding are decoded to find ``..``: some servers decode more than once.
_MAX_DECODED = 5


def address(url: str, base: str = "") -> str:
    """The full address, checked. Raises InvalidInput."""
    from urllib.parse import urlsplit

    url = _with_plain_start(url)
    if base and not _ABSOLUTE.match(url):
        url = _join(base, url)
    if any(character <= " " or character == "\x7f" for character in url):
        raise InvalidInput("url contains a space or control character; write it percent-encoded, such as %20")
    if "\\" in url:
        raise InvalidInput("url contains a backslash, which some programs read as /; write / or %5C")
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        host = parts.netloc.rpartition("@")[2].rpartition(":")[0] if parts.port else parts.netloc.rpartition("@")[2]
    except ValueError:
        known, host = False, ""
    if not known:
        raise InvalidInput("url must be a full address that begins with http:// or https://")
    if not _HOST.fullmatch(host.removesuffix(":")):
        raise InvalidInput("the host in url contains a character that is not allowed in a host name")
    return url


def origin_of(url: str) -> tuple[str, str | None, int]:
    """Scheme, host and port of a checked address."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def refuse_other_origin(url: str, base: str) -> None:
    """Refuses to send a connection's credentials to another origin. Both addresses are checked already.

    Raises InvalidInput.
    """
    from urllib.parse import urlsplit

    if origin_of(url) != origin_of(base):
        raise InvalidInput(
            "url leads to another scheme, host or port than the connection's base_url, "
            "and its credentials may be sent only there; leave out the host in url, or the connection"
        )
    if urlsplit(url).username is not None and urlsplit(base).username is None:
        raise InvalidInput(
            "url contains a user name, but the connection has credentials of its own; leave one of them out"
        )


def refuse_ways_up(url: str) -> None:
    """Refuses ``.`` and ``..`` in a path, in any encoding. Raises InvalidInput."""
    from urllib.parse import urlsplit

    if leads_up(urlsplit(url).path):
        raise InvalidInput('the path in url contains the part "." or "..", which would lead to another path')


def leads_up(path: str) -> bool:
    """Whether a server could read ``.`` or ``..`` in a path.

    Some servers decode twice, take a backslash for ``/``, and drop everything after ``;``, or white space and control
    characters at the end.
    """
    from urllib.parse import unquote

    for _ in range(_MAX_DECODED):
        parts = re.split(r"[/\\]", path)
        if any(re.fullmatch(r"\.\.?[\x00-\x20\x7f]*(;.*)?", part, re.DOTALL) for part in parts):
            return True
        decoded = unquote(path)
        if decoded == path:
            return False
        path = decoded
    return True  # this is not meant as an address


def _join(base: str, url: str) -> str:
    if not url:
        return base
    if "?" in base or "#" in base:
        raise InvalidInput("base_url contains a query or fragment, after which no path is possible; write it in url")
    return f"{base.rstrip('/')}/{url.lstrip('/')}"


def _with_plain_start(url: str) -> str:
    """Decodes a value that is a whole address, as in ``{{ input.base_url }}/items``."""
    from urllib.parse import unquote

    if not url.lower().startswith(("http%3a%2f%2f", "https%3a%2f%2f")):
        return url
    end = min((at for at in map(url.find, "/?#") if at >= 0), default=len(url))
    start = unquote(url[:end])
    if end < len(url) and ("?" in start or "#" in start):
        raise InvalidInput(
            "the address at the beginning of url contains a query or fragment, after which no path is possible"
        )
    return start.rstrip("/" if url[end : end + 1] == "/" else "") + url[end:]
