"""One route: its path, handler, permissions and schemas. The table of all routes is route_table.py.

The same record is used to answer requests, to authorize them, and to make ``/openapi.json`` and the reference page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp.web import StreamResponse

    from gitflow.api.http.parameters import QueryParameter
    from gitflow.api.http.request import Request
    from gitflow.api.http.response import Response

    Handler = Callable[[Request], Awaitable[Response | StreamResponse]]
    Finder = Callable[[Request], Awaitable["Resource"]]

#: The permission a caller needs: none, to view, to start and control jobs, to administer.
NEEDS = ("public", "view", "run", "admin")

#: The scope of an API key that may start jobs.
STARTS = "workflows:trigger"

#: Modules whose operations were published under another noun. Published names never change.
PUBLISHED = {"webhooks": "hooks", "sign_in": "auth", "audit": "audits"}


class Resource(Record):
    """The task or workspace whose permissions apply to a request.

    ``kind`` and ``name`` are for the 404 of a caller who may not see it.
    """

    kind: str
    name: str
    workspace: str
    task: str | None  #: None: the workspace as a whole


class Route(Record):
    """In ``path``, ``{name}`` matches one segment, and ``{name*}`` at the end all remaining ones."""

    method: str
    path: str
    handler: Handler
    needs: str
    summary: str
    tag: str = ""
    query: tuple[QueryParameter, ...] = ()
    body: str | None = None  #: the name of the schema of the JSON body
    answer: str | None = None  #: the name of the schema of a successful answer
    status: int = 200  #: of a successful answer
    also: tuple[int, ...] = ()  #: further statuses, beside those of every route (openapi.statuses)
    media: str = "application/json"  #: of a successful answer
    limit: str = "body_bytes"  #: the setting under ``limits`` for the size of the body
    raw_body: bool = False  #: the handler reads the body itself; it need not be JSON
    body_media: str = ""  #: of a body that is not JSON, for the OpenAPI document
    headers: Mapping[str, str] = {}  #: name of a header that counts -> what it says, for the OpenAPI document
    others: Mapping[str, str] = {}  #: further media types of a successful answer -> schema, or empty
    scope: str = ""  #: required of an API key that has scopes; empty: the one that follows from ``needs``
    resource: Finder | None = None  #: finds the resource, if the path does not determine it (auth/resources.py)
    error: str = "Error"  #: the name of the schema of an error
    audited: bool = True  #: whether a call is recorded as an audit event; False: the handler records its own
    takes_others: bool = False  #: whether to ignore undeclared query parameters
    #: whether it starts jobs, also without the scope for that: refused while the server is drained
    starts: bool = False
    listed: bool = True  #: whether it is in the OpenAPI document

    @property
    def starts_jobs(self) -> bool:
        return self.starts or self.scope == STARTS

    @property
    def noun(self) -> str:
        """Its section in the reference, and the first part of ``operation``."""
        module = self.handler.__module__.rpartition(".")[2]
        return self.tag or PUBLISHED.get(module, module)

    @property
    def operation(self) -> str:
        """Its name in the audit trail and in the OpenAPI document, which never changes: ``tasks.execute``."""
        return f"{self.noun}.{self.handler.__name__}"
