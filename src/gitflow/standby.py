"""A server of a database that other servers reach, too: it follows the active one until it becomes that itself."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from gitflow.app import Led, build_app, open_parts, workspaces_of
from gitflow.core.errors import NotActive
from gitflow.runtime.engine.job_news import JobNews
from gitflow.runtime.engine.recovery import Takeover
from gitflow.runtime.workspaces.missing_files import MissingFiles
from gitflow.service import service_of
from gitflow.stores.owners import SERVER
from gitflow.stores.protocols.leases import Lease
from gitflow.stores.registry import listen

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from gitflow.config import Config
    from gitflow.service import Service
    from gitflow.stores.protocols.leases import ActiveServer


class Candidate:
    """The stores with which a server becomes active, once it can. Every method blocks, and raises StoreError."""

    def __init__(self, config: Config, environ: Mapping[str, str], url: str) -> None:
        """``url``: where other servers reach this one. Raises StoreError and ConfigError."""
        self._opened = open_parts(config, environ, is_server=True)
        self._owner = self._opened.stores.owners.claim(SERVER)
        self._lease = Lease(url, config.cluster.lease)

    def try_to_lead(self) -> Led | None:
        """Makes this server the active one, if no other is. Waits a moment for one that is just ending."""
        try:
            self._opened.stores.jobs.lead(self._owner.id, self._lease)
        except NotActive:
            return None
        return Led(self._opened, self._owner, self._lease)

    def find_active(self) -> ActiveServer | None:
        """The server that is active, or was before it fell silent."""
        return self._opened.stores.jobs.active_server()

    def close(self) -> None:
        self._opened.stores.close()


@asynccontextmanager
async def open_follower(config: Config, environ: Mapping[str, str]) -> AsyncGenerator[Service]:
    """What serves reading while another server is active: its engine never runs, and its commit queue refuses.

    Raises StoreError, and GitflowError for an invalid workspace.
    """
    opened = open_parts(config, environ, is_server=True)
    try:
        app = build_app(opened, Takeover(opened.recovery, "follower"), environ, {}, None, lasting=True)
        served = workspaces_of(config, environ)
        service, workspaces = service_of(app, served, environ, lambda: None)
        service.commit_queue.refuse(NotActive("this server follows the active one, and changes nothing itself"))
        opened.snapshots.read_elsewhere()

        poll_s = {name: found.poll_interval_secs for name, found in config.workspaces.items()}
        news = JobNews(service.notifications, partial(listen, config.db_url or ""))
        bringing = nullcontext()
        if opened.revision_files is not None:
            bringing = MissingFiles(opened.stores, opened.checkouts, served.values()).loop()
        try:
            async with workspaces.following(poll_s), news.loop, bringing:
                yield service
        finally:
            await asyncio.to_thread(service.served.close)
            app.engine.runner.close()
    finally:
        opened.stores.close()
