"""One route: what is asked, who may ask it, and what is answered. The table of all of them is route_table.py.

The same record answers requests, makes ``/openapi.json`` and the reference page, and says who may call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.record import record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp.web import StreamResponse

    from gitflow.api.http.parameters import Parameter
    from gitflow.api.http.request import Request
    from gitflow.api.http.response import Response

    Handler = Callable[[Request], Awaitable[Response | StreamResponse]]
    Finder = Callable[[Request], Awaitable["Resource"]]

#: Who may call: anybody; who may see; who may start and act; who may change how things are.
NEEDS = ("public", "view", "run", "admin")

#: The scope of an API key that may start jobs.
STARTS = "workflows:trigger"

#: Modules whose operations were published under another noun. A published name stays.
PUBLISHED = {"webhooks": "hooks", "sign_in": "auth", "audit": "audits"}


@record
class Resource:
    """What a request is about: the task, or the whole workspace, whose permissions count.

    ``kind`` and ``name`` are what a caller who may not see it is told is not there.
    """

    kind: str
    name: str
    workspace: str
    task: str | None  #: None: the workspace as a whole


@record
class Route:
    """``path`` holds ``{name}`` for one segment, or ``{name*}`` at its end for all that follow."""

    method: str
    path: str
    handler: Handler
    needs: str
    summary: str
    tag: str = ""
    query: tuple[Parameter, ...] = ()
    body: str | None = None  #: the name of the shape that a JSON body must have
    answer: str | None = None  #: the name of the shape of a good answer
    status: int = 200  #: of a good answer
    also: tuple[int, ...] = ()  #: other statuses than the ones every route may answer with
    media: str = "application/json"  #: of a good answer
    limit: str = "body_bytes"  #: the setting of ``limits`` that bounds the body
    raw_body: bool = False  #: the handler reads the body itself; it need not be JSON
    others: Mapping[str, str] = {}  #: other media types of a good answer: media type -> shape, or empty
    scope: str = ""  #: what an API key that is limited to scopes must have; empty: what ``needs`` comes to
    resource: Finder | None = None  #: what a request is about, where its path does not say (auth/resources.py)
    error: str = "Error"  #: the name of the shape of a refusal
    audited: bool = True  #: whether what is done here becomes an audit event; otherwise it makes its own
    takes_others: bool = False  #: query parameters that it does not know are ignored
    starts: bool = (
        False  #: whether it starts jobs, also without the scope for that: refused while the server is drained
    )
    listed: bool = True  #: whether the API's description tells of it

    @property
    def starts_jobs(self) -> bool:
        return self.starts or self.scope == STARTS

    @property
    def noun(self) -> str:
        """What it is about: in the reference, in the audit trail."""
        module = self.handler.__module__.rpartition(".")[2]
        return self.tag or PUBLISHED.get(module, module)

    @property
    def operation(self) -> str:
        """Its name, which never changes once published: ``tasks.execute``."""
        return f"{self.noun}.{self.handler.__name__}"
