"""What every code host offers: the words for pull requests, and the shape of a dialect.

A dialect only writes requests and reads answers; client.py sends them. So a new code host is one module and a line in
registry.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.errors import GitflowError
from gitflow.core.record import Record
from gitflow.core.values import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from typing import Protocol, TypeAlias, TypeVar

    from gitflow.core.values import Json, JsonObject

    T = TypeVar("T")
    #: Requests one after another: each is yielded, and its answer sent back; at last the result is returned.
    Asking: TypeAlias = Generator["Call", Json, T]

#: States of a commit.
PENDING, SUCCESS, FAILURE = "pending", "success", "failure"
#: Comments that are asked for at once. A code host sends fewer on its last page.
PAGE_SIZE = 100
_MAX_URL = 2000
#: Lists are looked through up to this page.
MAX_PAGES = 50


class Unavailable(GitflowError):
    """The code host does not answer now, or wants to be asked later. ``retry_after_s``: when, where it says so."""

    code = "provider_unavailable"

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RefusedByHost(GitflowError):
    """The code host says no, and will say so again: a wrong token, a missing right, no such pull request."""

    code = "provider_unavailable"

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Repository(Record):
    """One repository at a code host."""

    api_url: str  #: without ``/`` at its end
    name: str  #: ``owner/name``, as the code host writes it


class PullRequest(Record):
    number: int
    head: str  #: the SHA of its newest commit
    base_branch: str  #: the branch that it is to be merged into
    is_open: bool


class NewPull(Record):
    """A pull request to be opened, within one repository."""

    branch: str
    base_branch: str
    title: str
    text: str  #: Markdown


class OpenedPull(Record):
    number: int
    url: str | None  #: of its page


class CommitStatus(Record):
    sha: str
    state: str  #: PENDING, SUCCESS or FAILURE
    context: str  #: who says so: a later status of the same context replaces it
    description: str  #: one line


class Comment(Record):
    id: int
    author: int  #: the id of the account
    text: str


class Call(Record):
    """One request. ``path`` stands behind the API's address."""

    method: str
    path: str
    body: JsonObject | None = None


class Delivery(Record):
    """What a webhook says, as far as it is used: that something happened to a pull request."""

    repository: str
    number: int


def natural(value: Json) -> int:
    """A number of a pull request or an id. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 63:
        raise ValueError("not a positive number")
    return value


def text(value: Json) -> str:
    """Raises ValueError for anything but text."""
    if not isinstance(value, str):
        raise ValueError("not text")
    return value


def page_url(value: Json) -> str | None:
    """An address that a browser may be sent to; None for anything else."""
    is_one = isinstance(value, str) and value.startswith(("https://", "http://")) and len(value) <= _MAX_URL
    return value if is_one and value.isprintable() and " " not in value else None


def pages_of(call: Callable[[int], Call]) -> Asking[list[JsonObject]]:
    """All members of a list that comes by the page. The end is an empty page: a code host may send fewer at once than
    it is asked for. Raises ValueError for anything else, and for a list without an end."""
    found: list[JsonObject] = []
    for page in range(1, MAX_PAGES + 1):
        answer = yield call(page)
        if not is_list(answer) or not all(map(is_object, answer)):
            raise ValueError("not a list")
        if not answer:
            return found
        found += answer
    raise ValueError("a list without an end")


if TYPE_CHECKING:

    class Dialect(Protocol):
        """How one kind of code host is spoken to. What reads an answer raises ValueError, LookupError or TypeError
        for one that it cannot use."""

        def is_genuine(self, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
            """Whether the sender of a webhook knows the secret; takes as long for a wrong guess as for a right one."""
            ...

        def delivery_of(self, headers: Mapping[str, str], given: JsonObject) -> Delivery | None:
            """What a webhook says; None where it is about something else than a pull request."""
            ...

        def head_ref(self, number: int) -> str:
            """The ref of the repository that holds the head of a pull request."""
            ...

        def headers(self, token: str) -> Mapping[str, str]: ...

        def pull_request(self, repository: str, number: int) -> Call: ...

        def read_pull_request(self, answer: Json) -> PullRequest: ...

        def open_pull(self, repository: str, pull: NewPull) -> Call: ...

        def read_opened_pull(self, answer: Json) -> OpenedPull: ...

        def approvers(self, repository: str, pull: PullRequest) -> Asking[frozenset[str]]:
            """The logins of those whose last review approves exactly the head of the pull request."""
            ...

        def open_pulls(self, repository: str, branch: str) -> Asking[list[int]]:
            """The open pull requests into a branch."""
            ...

        def set_status(self, repository: str, status: CommitStatus) -> Call: ...

        def is_set_already(self, status: int, answer: Json) -> bool:
            """Whether a refusal of ``set_status`` means that the commit has this status."""
            ...

        def comments(self, repository: str, number: int, page: int) -> Call | None:
            """None where there is no such page."""
            ...

        def read_comments(self, answer: Json) -> Iterable[Comment]: ...

        def add_comment(self, repository: str, number: int, text: str) -> Call: ...

        def edit_comment(self, repository: str, number: int, comment: int, text: str) -> Call: ...
