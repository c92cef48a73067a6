"""Trailers of a commit's message: the lines of its last paragraph that say ``Name: value``, as git writes them.

A commit that the API makes says so in a trailer which names its committer. The signature of the commit covers both, so
that nobody can take the mark away and keep the signature. Somebody who commits the same change again (``git commit
--amend``) is another committer, and the commit is then their own, whatever its message still says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Marks what the API has committed; its value is the committer, ``Name <address>``.
API_TRAILER = "Committed-by-API"

_LINE = re.compile(r"([A-Za-z0-9-]+)[ \t]*:[ \t]*(.*)")
_CONTINUED = re.compile(r"[ \t]+\S.*")


def trailers(message: str) -> list[tuple[str, str]]:
    """(name, value) of each; none where the last paragraph has another line, or is the subject."""
    paragraphs = re.split(r"\n[ \t]*\n", message.strip().replace("\r\n", "\n"))
    lines = paragraphs[-1].split("\n") if len(paragraphs) > 1 else []
    found = [_LINE.fullmatch(line) for line in lines if not _CONTINUED.fullmatch(line)]
    return [(match[1], match[2].rstrip()) for match in found if match] if all(found) else []


def with_trailer(message: str, name: str, value: str) -> str:
    """The message with one more trailer, in the paragraph of those that it has."""
    text = message.strip()
    return f"{text}{chr(10) if trailers(text) else chr(10) * 2}{name}: {value}\n"


def is_made_by_api(message: str, committer: str) -> bool:
    """Whether the API has made a commit; ``committer``: its ``Name <address>``."""
    return any(name.lower() == API_TRAILER.lower() and value == committer for name, value in trailers(message))


def has_trailer(messages: Iterable[str], name: str, value: str) -> bool:
    """Whether one of the messages has the trailer, in whatever case."""
    wanted = name.lower(), value.lower()
    return any((one.lower(), other.lower()) == wanted for message in messages for one, other in trailers(message))
