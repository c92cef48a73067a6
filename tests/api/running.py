"""A server in a thread of the tests' process, and what a test asks of it."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from gitflow.api.dialects.base import Dialects
from gitflow.api.http.openapi import statuses
from gitflow.api.route_table import schemas
from gitflow.api.serve import serving
from gitflow.api.server import Server
from gitflow.config import config_of
from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.jobs.job import Job
from gitflow.service import Service, open_server

DEFINITIONS = """\
actions:
  greet:
    type: shell
    input:
      name: {type: string}
    cmd: |
      echo "Hello {{ input.name }}"
      echo "OUTPUT: {\\"greeting\\": \\"Hello {{ input.name }}\\"}"
tasks:
  hello-world:
    folder: basics
    input:
      name: {type: string, default: World}
    flow:
      say-hello:
        action: greet
        input: {name: "{{ input.name }}"}
  failing:
    flow:
      break: {type: shell, cmd: "echo no >&2; exit 3"}
      after: {type: shell, cmd: "true", depends_on: [break]}
  asking:
    flow:
      ask: {type: approval, message: "May it go on?"}
      go: {type: shell, cmd: "echo going", depends_on: [ask]}
  waiting:
    flow:
      wait: {type: wait, event: go}
triggers:
  nightly:
    type: scheduler
    cron: "0 0 2 * * *"
    task: hello-world
    enabled: true
    input: {name: night}
"""

#: How long a test waits for what must come, in seconds.
TIMEOUT_S = 60.0


class Reply:
    """An answer, read whole."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"{self.status} {self.body[:500]!r}"


@cache
def validator_of(name: str, schemas: str) -> jsonschema_rs.Draft202012Validator:
    """Made once for all servers that describe themselves in the same schemas, given as JSON."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": json.loads(schemas)}}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


#: Schemas of servers, and the same as JSON: nearly all servers have the same ones.
_texts: list[tuple[Mapping[str, Any], str]] = []


def text_of(schemas: Mapping[str, Any]) -> str:
    for known, text in _texts:
        if known == schemas:
            return text
    _texts.append((schemas, json.dumps(dict(schemas), sort_keys=True)))
    return _texts[-1][1]


class Running:
    def __init__(self, folder: Path, definitions: str, settings: dict[str, Any], environ: dict[str, str]) -> None:
        self.folder = folder / "workspace"
        self.state = folder / "state"
        self.environ = {"HOME": str(folder), "GITFLOW_CACHE": str(folder / "cache"), "PATH": "/usr/bin:/bin", **environ}
        self.write(definitions)
        tree = {
            "listen": "127.0.0.1:0",
            "state_dir": str(self.state),
            "db": {"synchronous": "normal"},
            "workspaces": {"default": {"type": "folder", "path": str(self.folder)}},
            "worker": {"slots": 4},
            **settings,
        }
        self.config = config_of({name: value for name, value in tree.items() if value is not None}, None, self.environ)
        self.url = ""
        self.server: Server
        self.service: Service
        self.failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="server under test")
        self._moved = threading.Condition()
        self._ended: dict[str, str] = {}
        self._schemas: str | None = None  #: as JSON

    def start(self) -> Running:
        self._thread.start()
        assert self._ready.wait(TIMEOUT_S)
        if self.failure is not None:
            self._thread.join()
            raise self.failure
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(TIMEOUT_S)
        assert not self._thread.is_alive()

    def write(self, text: str, name: str = ".workflows/a.yaml") -> None:
        """A file of the workspace, whole at once; the server sees it when it looks next (``refresh``)."""
        path, aside = self.folder / name, self.folder.parent / "aside"
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text)
        aside.replace(path)

    def refresh(self, workspace: str = "default") -> bool:
        """Until the log of revisions has what was loaded."""
        moved = self.service.served.refresh(workspace)
        self.commit()
        return moved

    def commit(self) -> None:
        """Until everything is stored that was begun behind an answer, e.g. by a refresh."""
        self.service.commit_queue.submit(lambda transaction: None).result(TIMEOUT_S)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        raw: bytes | None = None,
    ) -> Reply:
        host, port = self.address
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        try:
            sent = dict(headers or {})
            data = raw if raw is not None else None if body is None else json.dumps(body).encode()
            if data is not None:
                sent.setdefault("Content-Type", "application/json")
            connection.request(method, path, data, sent)
            reply = Reply(connection.getresponse())
            self._hold_documented(method, path, reply)
            return reply
        finally:
            connection.close()

    def _hold_documented(self, method: str, path: str, reply: Reply) -> None:
        """Every answer to every test is one that ``/openapi.json`` tells of, in status and schema."""
        with suppress(UnicodeDecodeError):
            found = self.server.router.find(urlsplit(path).path)
            route = found and found[0].get("GET" if method == "HEAD" else method)
            assert reply.status < 500 or route is None or reply.status in statuses(route), reply
            if route is None or not route.listed:
                return
            assert reply.status in statuses(route), f"{method} {route.path} answered {reply}"
            is_json = reply.headers.get_content_type() == "application/json"
            name = route.error if reply.status >= 400 and route.path != "/readyz" else route.answer
            if is_json and reply.body and name and route.path != "/openapi.json":
                wrong = [
                    f"{list(error.instance_path)}: {error.message}"
                    for error in self._validator(name).iter_errors(reply.json)
                ]
                assert wrong == [], f"{method} {route.path}: {wrong}"

    def _validator(self, name: str) -> jsonschema_rs.Draft202012Validator:
        if self._schemas is None:
            known = schemas(Dialects(self.server.config.dialects))
            self._schemas = text_of(known)
        return validator_of(name, self._schemas)

    def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        return self.request("POST", path, body, headers)

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        return host, int(port)

    def execute(self, task: str = "hello-world", given: dict[str, Any] | None = None, **more: Any) -> str:
        """The id of a new job."""
        reply = self.post(f"/api/workspaces/default/tasks/{task}/execute", {"input": given or {}, **more})
        assert reply.status == 200, reply
        return reply.json["job_id"]

    def finished(self, job_id: str, headers: dict[str, str] | None = None) -> Any:
        """The job's detail, once it has ended."""
        with self._moved:
            assert self._moved.wait_for(lambda: job_id in self._ended, TIMEOUT_S)
        return self.get(f"/api/jobs/{job_id}", headers).json

    def opened(self, task_name: str, source_id: str) -> Job:
        """An open job of a task that something begins, e.g. a trigger, once there is one."""

        def found() -> Job | None:
            jobs = map(self.service.app.orchestrator.job, self.service.app.orchestrator.open_ids())
            wanted = (job for job in jobs if job and job.task_name == task_name and job.source.id == source_id)
            return next(wanted, None)

        with self._moved:
            assert self._moved.wait_for(lambda: found() is not None, TIMEOUT_S)
            job = found()
        assert job is not None
        return job

    def until(self, job_id: str, holds: Any) -> Job:
        """The open job, once ``holds(job)`` is true of it."""

        def found() -> Job | None:
            job = self.service.app.orchestrator.job(job_id)
            return job if job is not None and holds(job) else None

        with self._moved:
            assert self._moved.wait_for(lambda: found() is not None, TIMEOUT_S)
            job = found()
        assert job is not None
        return job

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Runs it in a loop of the test's own, e.g. with an aiohttp client."""

        async def bounded() -> Any:
            async with asyncio.timeout(TIMEOUT_S):
                return await coroutine

        return asyncio.run(bounded())

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self.failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        died = lambda: self._loop.call_soon_threadsafe(self._over.set)  # noqa: E731
        async with open_server(self.config, self.environ, died) as self.service:
            self.service.app.orchestrator.observers.append(self._observe)
            async with serving(self.service) as (self.server, self.url):
                await asyncio.gather(*map(asyncio.wrap_future, self.service.served.start()))
                await asyncio.wrap_future(self.service.commit_queue.submit(lambda transaction: None))
                self._ready.set()
                await self._over.wait()
                self.service.engine.stop(0.0)

    def _observe(self, job: Job, entries: Sequence[HistoryEntry]) -> None:
        with self._moved:
            if job.ended:
                self._ended[job.id] = job.status.value
            else:
                self._ended.pop(job.id, None)
            self._moved.notify_all()
