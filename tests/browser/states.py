"""Takes a picture of each page in each of its states, to be looked at.

``python tests/browser/states.py FOLDER [STATE …]``

A state is a server (empty, with jobs, with 10,000 hostile jobs, with a failed job of 40 steps, with accounts, behind a
proxy that holds answers back, stopped); of each the pages are taken at three widths, light and dark. The pages must be
built, and Chromium must be there.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "api"), str(HERE.parents[1])]

import filled  # noqa: E402
import hostile  # noqa: E402
from benchmarks import million  # noqa: E402
from browsing import IS_SETTLED, THEMES, WIDTHS, wait_until  # noqa: E402
from running import DEFINITIONS, Running  # noqa: E402

#: The pages of every server, by the names of their pictures.
PAGES = {
    "overview": "/",
    "jobs": "/jobs",
    "tasks": "/tasks",
    "triggers": "/triggers",
    "approvals": "/approvals",
    "git": "/git",
    "workspace": "/git/default",
    "queue": "/queue",
    "secrets": "/secrets",
    "people": "/people",
    "keys": "/keys",
    "audit": "/audit",
    "settings": "/settings",
}
FORTY = "tasks:\n  forty:\n    flow:\n" + "".join(
    f"      step-{n:02}: {{type: shell, cmd: '{'echo the disk is full >&2; exit 3' if n == 23 else f'echo {n}'}'"
    + (f", depends_on: [step-{n - 4:02}]" if n > 4 else "")
    + "}\n"
    for n in range(1, 41)
)
ADA = {"email": "ada@example.com", "password": "a long password"}
BO = {"email": "bo@example.com", "password": "another password"}
ACCOUNTS = {
    "auth": {"providers": {"internal": {"provider_type": "internal"}}, "initial_user": ADA},
    "permissions": [{"workspace": "nothing", "action": "view", "users": [BO["email"]]}],
}


def pages_of_job(job: str) -> dict[str, str]:
    return {
        "job": f"/jobs/{job}",
        "job-why": f"/jobs/{job}?tab=why",
        "job-graph": f"/jobs/{job}?view=graph",
        "job-history": f"/jobs/{job}?view=history",
        "job-data": f"/jobs/{job}?tab=data",
        "job-yaml": f"/jobs/{job}?tab=yaml",
    }


def pages_of_task(task: str, workspace: str = "default") -> dict[str, str]:
    address = f"/tasks/{workspace}/{task}"
    tabs = ("flow", "runs", "versions", "triggers", "definition")
    return {f"task-{tab}": f"{address}?tab={tab}" for tab in tabs} | {"run": f"/tasks?run={workspace}/{task}"}


class Camera:
    def __init__(self, browser: Any, folder: Path, state: str) -> None:
        self._browser, self._folder, self._state = browser, folder, state

    def take(self, url: str, pages: Mapping[str, str], *, settled: str | None = IS_SETTLED, **more: Any) -> None:
        for theme in THEMES:
            for width in WIDTHS:
                with self.page(theme, width, **more) as page:
                    for name, path in pages.items():
                        page.goto(url + path)
                        self.snap(page, name, settled)

    @contextmanager
    def page(self, theme: str, width: str, **more: Any) -> Iterator[Any]:
        across, down = WIDTHS[width]
        context = self._browser.new_context(
            viewport={"width": across, "height": down}, color_scheme=theme, reduced_motion="reduce", **more
        )
        page = context.new_page()
        page.named = f"{width}-{theme}"
        yield page
        context.close()

    def snap(self, page: Any, name: str, settled: str | None = IS_SETTLED) -> None:
        with suppress(Exception):  # what does not settle is looked at as it is
            page.locator("h1, form, [role=status], [role=alert]").first.wait_for(timeout=5000)
            if settled:
                wait_until(page, settled)
        page.wait_for_timeout(300)  # lists and graphs are drawn a moment after their data is there
        wide = page.evaluate("document.documentElement.scrollWidth") - page.viewport_size["width"]
        if wide > 0:
            print(f"{self._state}/{name} {page.named}: {wide} px too wide", flush=True)
        page.screenshot(path=self._folder / f"{self._state}-{name}-{page.named}.png")


#: What the frame around every page is made from: without it there is nothing else to look at.
NOT_HELD = (b"GET /api/config", b"GET /api/auth/")


class Holding:
    """A proxy in front of a server that hands on pages, and holds back what the pages ask of the server's API."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").rpartition(":")
        self._to = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.holds = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(self._to)
        threading.Thread(target=self._copy, args=(server, client), daemon=True).start()
        with suppress(OSError):
            while sent := client.recv(65536):
                if self.holds and sent.startswith(b"GET /api/") and not sent.startswith(NOT_HELD):
                    continue  # asked for, and never answered
                server.sendall(sent)

    def _copy(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while got := server.recv(65536):
                client.sendall(got)


def empty(camera: Camera, folder: Path) -> None:
    running = Running(folder, "{}\n", {}, {}).start()
    camera.take(running.url, PAGES | {"wrong": "/aproval", "no-job": "/jobs/01a22aaa-ed42-7092-8078-7ca02f692577"})
    running.stop()


def normal(camera: Camera, folder: Path) -> None:
    running = filled.start(folder)
    jobs = filled.fill(running, folder, 2)
    camera.take(
        running.url,
        PAGES
        | pages_of_job(jobs.failed)
        | pages_of_task("release")
        | {
            "shop": "/git/shop",
            "job-running": f"/jobs/{jobs.running}",
            "job-waiting": f"/jobs/{jobs.approvals[0]}",
            "job-looped": f"/jobs/{jobs.looped}",
            "job-compare": f"/jobs/{jobs.failed}?compare={jobs.completed}",
            "task-shop": "/tasks/shop/deploy?tab=versions",
            "runs": "/tasks/default/flaky?tab=runs",
            "import-triggers": "/tasks/default/import-orders?tab=triggers",
        },
    )
    running.stop()


def forced(camera: Camera, folder: Path) -> None:
    running = filled.start(folder)
    jobs = filled.fill(running, folder, 1)
    pages = PAGES | pages_of_job(jobs.failed) | pages_of_task("release") | {"shop": "/git/shop"}
    camera.take(running.url, pages, forced_colors="active")
    running.stop()


def huge(camera: Camera, folder: Path) -> None:
    """10,000 jobs with hostile names and errors."""
    found = hostile.start(folder)
    found.running.stop()
    database = found.running.state / "gitflow.db"
    million.fill(database, 10_000)
    with sqlite3.connect(database) as connection:
        connection.execute(
            "UPDATE job SET workspace = 'default', task_name = iif(rowid % 3, ?, 'loops'),"
            " error_message = iif(error_message IS NULL, NULL, ?) WHERE id LIKE '00000001-%'",
            (hostile.LONG, f"{hostile.ANSI} {hostile.VALUE}"),
        )
    connection.close()
    again = hostile.serve(folder)
    camera.take(
        again.url,
        PAGES
        | pages_of_job(found.failed)
        | pages_of_task(hostile.LONG)
        | {
            "job-waiting": f"/jobs/{found.asking}",
            "job-looped": f"/jobs/{found.looped}",
            "job-compare": f"/jobs/{found.failed}?compare={found.looped}",
        },
    )
    again.stop()


def forty(camera: Camera, folder: Path) -> None:
    running = Running(folder, FORTY, {}, {}).start()
    job = running.execute("forty")
    running.finished(job)
    camera.take(running.url, {"overview": "/", "jobs": "/jobs"} | pages_of_job(job) | pages_of_task("forty"))
    running.stop()


def loading(camera: Camera, folder: Path) -> None:
    running = filled.start(folder)
    job = running.execute("hello-world")
    running.finished(job)
    pages = PAGES | pages_of_task("hello-world") | {"job": f"/jobs/{job}"}
    proxy = Holding(running.url)
    for theme in THEMES:
        for width in WIDTHS:
            with camera.page(theme, width) as page:
                for name, path in pages.items():
                    proxy.holds = False  # the scripts of the page are read once, and stay in the browser
                    page.goto(proxy.url + path)
                    wait_until(page, IS_SETTLED)
                    page.goto("about:blank")  # a browser has six connections to a server: none may stay held
                    proxy.holds = True
                    page.goto(proxy.url + path)
                    camera.snap(page, name, None)
                    page.goto("about:blank")
    running.stop()


def gone(camera: Camera, folder: Path) -> None:
    """Stopped while a page is shown; then another page is opened, which was not read before."""
    for theme in THEMES:
        for width in WIDTHS:
            with camera.page(theme, width) as page:
                running = filled.start(folder / f"{theme}{width}")
                jobs = filled.fill(running, folder / f"{theme}{width}", 1)
                pages = {"overview": "/", "jobs": "/jobs", "tasks": "/tasks", "job": f"/jobs/{jobs.failed}"}
                opened = {}
                for name, path in pages.items():
                    opened[name] = page.context.new_page()
                    opened[name].set_viewport_size(page.viewport_size)
                    opened[name].named = page.named
                    opened[name].goto(running.url + path)
                    opened[name].locator("h1").first.wait_for()
                    wait_until(opened[name], IS_SETTLED)
                running.stop()
                for name, each in opened.items():
                    camera.snap(each, name)
                opened["jobs"].keyboard.press("g")
                opened["jobs"].keyboard.press("q")
                camera.snap(opened["jobs"], "unread")


def accounts(camera: Camera, folder: Path) -> None:
    running = Running(folder, DEFINITIONS, ACCOUNTS, {}).start()
    for theme in THEMES:
        for width in WIDTHS:
            with camera.page(theme, width) as page:
                page.goto(f"{running.url}/jobs")
                camera.snap(page, "sign-in")
                page.request.post(f"{running.url}/api/auth/login", data=ADA)
                page.request.post(f"{running.url}/api/users", data=BO, headers={"Origin": running.url})
                for name, path in PAGES.items():
                    page.goto(running.url + path)
                    camera.snap(page, name)
                page.context.clear_cookies()
                page.request.post(f"{running.url}/api/auth/login", data=BO)
                for name, path in PAGES.items() | {("task", "/tasks/default/hello-world")}:
                    page.goto(running.url + path)
                    camera.snap(page, f"403-{name}")
    running.stop()


STATES = {each.__name__: each for each in (empty, normal, forced, huge, forty, loading, gone, accounts)}


def main() -> None:
    from playwright.sync_api import sync_playwright

    folder, wanted = Path(sys.argv[1]), sys.argv[2:] or list(STATES)
    folder.mkdir(parents=True, exist_ok=True)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        for state in wanted:
            with tempfile.TemporaryDirectory() as place:
                STATES[state](Camera(browser, folder, state), Path(place))
        browser.close()


if __name__ == "__main__":
    main()
