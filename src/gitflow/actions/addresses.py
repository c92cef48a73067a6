"""The address of an HTTP request: joined, checked, and never another than its author wrote.

A value inside it was percent-encoded when it was inserted, so it cannot end its part of the address. What it could
still say is ``..``, which servers read as the way up, and a whole address where one may stand.
"""

from __future__ import annotations

import re

from gitflow.core.errors import InvalidInput

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST = re.compile(r"\[[0-9A-Fa-f:.]+(%25[A-Za-z0-9._~-]+)?\]|[^\[\]%!$&'()*+,;=<>\"^`{|}]+")
#: Encodings inside encodings that are undone to find ``..``: some servers undo them more than once.
_MAX_DECODED = 5


def address(url: str, base: str = "") -> str:
    """The full address, checked. Raises InvalidInput."""
    from urllib.parse import urlsplit

    url = _with_plain_start(url)
    if base and not _ABSOLUTE.match(url):
        url = _join(base, url)
    if any(character <= " " or character == "\x7f" for character in url):
        raise InvalidInput("url holds a space or control character; write it as %20")
    if "\\" in url:
        raise InvalidInput("url holds a backslash, which some programs read as /; write / or %5C")
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        host = parts.netloc.rpartition("@")[2].rpartition(":")[0] if parts.port else parts.netloc.rpartition("@")[2]
    except ValueError:
        known, host = False, ""
    if not known:
        raise InvalidInput("url must be a full address that begins with http:// or https://")
    if not _HOST.fullmatch(host.removesuffix(":")):
        raise InvalidInput("the host in url holds a character that no host has")
    return url


def origin_of(url: str) -> tuple[str, str | None, int]:
    """Scheme, host and port. For addresses that are checked."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def refuse_other_origin(url: str, base: str) -> None:
    """What a connection's credentials may be sent to. Both have been checked. Raises InvalidInput."""
    from urllib.parse import urlsplit

    if origin_of(url) != origin_of(base):
        raise InvalidInput(
            "url leads to another scheme, host or port than the connection's base_url, "
            "and its credentials go nowhere else; leave out the host in url, or the connection"
        )
    if urlsplit(url).username is not None and urlsplit(base).username is None:
        raise InvalidInput("url holds a user's name, though the connection says who asks; leave one of them out")


def refuse_ways_up(url: str) -> None:
    """``.`` and ``..`` in a path, in whatever encoding. Raises InvalidInput."""
    from urllib.parse import urlsplit

    if leads_up(urlsplit(url).path):
        raise InvalidInput('the path in url holds "." or ".." as a part, which leads to another path')


def leads_up(path: str) -> bool:
    """Whether a server could read ``.`` or ``..`` in a path: some undo encodings twice, take a backslash for ``/``,
    and drop what stands behind ``;``, or white space and control characters at the end."""
    from urllib.parse import unquote

    for _ in range(_MAX_DECODED):
        parts = re.split(r"[/\\]", path)
        if any(re.fullmatch(r"\.\.?[\x00-\x20\x7f]*(;.*)?", part, re.DOTALL) for part in parts):
            return True
        decoded = unquote(path)
        if decoded == path:
            return False
        path = decoded
    return True  # nobody means an address by that


def _join(base: str, url: str) -> str:
    if not url:
        return base
    if "?" in base or "#" in base:
        raise InvalidInput("base_url holds a query or fragment, behind which no path can stand; write it in url")
    return f"{base.rstrip('/')}/{url.lstrip('/')}"


def _with_plain_start(url: str) -> str:
    """In ``{{ input.base_url }}/items`` the value is the address and no part of one, so its encoding is undone."""
    from urllib.parse import unquote

    if not url.lower().startswith(("http%3a%2f%2f", "https%3a%2f%2f")):
        return url
    end = min((at for at in map(url.find, "/?#") if at >= 0), default=len(url))
    start = unquote(url[:end])
    if end < len(url) and ("?" in start or "#" in start):
        raise InvalidInput("the address that url begins with holds a query or fragment, behind which nothing can stand")
    return start.rstrip("/" if url[end : end + 1] == "/" else "") + url[end:]
