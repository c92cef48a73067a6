"""``python -m benchmarks.pages [row…]``: measures the web pages in Chromium, on a server of its own with real jobs.

It prints each figure beside its goal. The pages are those that are built (``make ui``); Chromium must be installed.
A machine that does other work meanwhile shows larger times: look at the smallest of several runs.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import million, page_flows, running
from benchmarks.measure import Failed
from benchmarks.peers import CACHE, Program

WORK = CACHE / "pages"
TIMEOUT_MS = 60_000
WIDE = {"width": 1440, "height": 900}
FRAMES = 150
JOBS = 10_000
#: After so long a page has read what it shows.
SETTLE_MS = 1500

#: Scrolls an element by so many px a frame, and answers how long each frame took, in ms.
SCROLL = """
async ([selector, step, frames]) => {
  const element = document.querySelector(selector);
  const times = [];
  let before = await new Promise(requestAnimationFrame);
  for (let at = 0; at < frames; at += 1) {
    element.scrollTop += step;
    const now = await new Promise(requestAnimationFrame);
    times.push(now - before);
    before = now;
  }
  return times;
}
"""
#: The last of the largest paints so far.
PAINT = """
() => new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
  .observe({type: "largest-contentful-paint", buffered: true}))
"""
#: Has the moment at which an element is there, since the page began or since ``window.began``.
WHEN = """
(selector) => new Promise((done, fail) => {
  const until = performance.now() + 60000;
  const look = () => {
    if (performance.now() > until) return fail(new Error(`${selector} was not shown within a minute`));
    const found = document.querySelector(selector);
    if (found && found.getBoundingClientRect().height > 0)
      requestAnimationFrame(() => done(performance.now() - (window.began ?? 0)));
    else requestAnimationFrame(look);
  };
  look();
})
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    row: str
    what: str
    value: float
    unit: str
    goal: float | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """The browser, and how a server with some flows is had."""

    browser: Any
    program: Program

    @contextmanager
    def serving(self, name: str, flows: str) -> Iterator[running.Running]:
        folder = WORK / name
        folder.mkdir(parents=True, exist_ok=True)
        with running.gitflow(self.program, folder, flows) as server:
            yield server

    @contextmanager
    def page(self) -> Iterator[Any]:
        """Of a new context: nothing is cached."""
        context = self.browser.new_context(viewport=WIDE)
        context.set_default_timeout(TIMEOUT_MS)
        try:
            yield context.new_page()
        finally:
            context.close()


def start_job(server: running.Running, task: str) -> str:
    """Starts the task, once its workspace is loaded, and answers the id of the job. Raises Failed."""
    connection = server.connection()
    until = time.perf_counter() + 5 * running.TIMEOUT_S
    while not served(connection, task) and time.perf_counter() < until:
        time.sleep(0.5)
    made = running.ask(connection, "POST", f"/api/workspaces/default/tasks/{task}/execute", {})[0]
    connection.close()
    return json.loads(made)["job_id"]


def run_job(server: running.Running, task: str) -> str:
    """Runs the task to its end and answers the id of the job. Raises Failed."""
    job = start_job(server, task)
    connection = server.connection()
    until = time.perf_counter() + 5 * running.TIMEOUT_S
    while json.loads(running.ask(connection, "GET", f"/api/jobs?search={job}&limit=1")[0])[0]["completed_at"] is None:
        if time.perf_counter() > until:
            raise Failed(f"the job of {task} did not end")
        time.sleep(0.2)
    connection.close()
    return job


def served(connection: http.client.HTTPConnection, task: str) -> bool:
    """Whether the workspace is loaded: many large files take a while, and requests are refused meanwhile."""
    try:
        running.ask(connection, "GET", f"/api/workspaces/default/tasks/{task}")
    except Failed:
        return False
    return True


def opened(page: Any, server: running.Running, path: str, selector: str) -> float:
    """Opens the page, and answers after how many ms the element was drawn."""
    page.goto(f"http://127.0.0.1:{server.port}{path}", wait_until="commit")
    return page.evaluate(WHEN, selector)


def until_shown(page: Any, act: Callable[[], object], selector: str) -> float:
    """How many ms after the act the element was drawn."""
    page.evaluate("window.began = performance.now()")
    act()
    return page.evaluate(WHEN, selector)


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def heap_mb(page: Any) -> float:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return session.send("Runtime.getHeapUsage")["usedSize"] / 1e6


def first_load(server: running.Running) -> float:
    """What the first page names in its head, gzipped, in kB."""
    connection = server.connection()
    names = re.findall(r'(?:src|href)="/?(assets/[^"]+)"', running.ask(connection, "GET", "/")[0].decode())
    sizes = [len(gzip.compress(running.ask(connection, "GET", f"/{name}")[0], 9)) for name in names]
    connection.close()
    return sum(sizes) / 1000


def machine(bench: Bench) -> Iterator[Figure]:
    """What the machine gives to a page that does nothing: no page can be better than that."""
    with bench.page() as page:
        page.set_content("<body style='height: 100px'></body>")
        times = page.evaluate(SCROLL, ["body", 0, FRAMES])
        yield Figure("machine", "95th percentile of a frame of an empty page", p95(times), "ms")


def weight(bench: Bench) -> Iterator[Figure]:
    """What the browser loads of scripts and styles, gzipped; and when the largest part is painted."""
    with bench.serving("weight", running.FLOWS) as server:
        job = run_job(server, "hello")
        yield Figure("weight", "first load", first_load(server), "kB", 160)
        for name, path, ready, goal in (
            ("Overview", "/", "h1", None),
            ("a job", f"/jobs/{job}", "[role=log]", 250.0),
        ):
            with bench.page() as page:
                loaded: list[Any] = []
                page.on("response", lambda response, loaded=loaded: loaded.append(response))
                opened(page, server, path, ready)
                page.wait_for_timeout(SETTLE_MS)
                code = [each for each in loaded if each.request.resource_type in ("script", "stylesheet")]
                size = sum(len(gzip.compress(each.body(), 9)) for each in code)
                yield Figure(
                    "weight", f"scripts and styles of {name}, with those after the first paint", size / 1000, "kB", goal
                )
        for name, path, ready in (
            ("Overview", "/", "h1"),
            ("Jobs", "/jobs", "[role=row] a"),
            ("a job", f"/jobs/{job}", "[role=log]"),
        ):
            paints: list[float] = []
            for _ in range(5):
                with bench.page() as page:
                    opened(page, server, path, ready)
                    page.wait_for_timeout(SETTLE_MS)
                    paints.append(page.evaluate(PAINT))
            yield Figure("weight", f"largest contentful paint of {name}, median of 5", sorted(paints)[2], "ms", 600)


def acts(bench: Bench) -> Iterator[Figure]:
    """From a key or a click to what it shows, with the code already loaded: the median of some tries of each."""
    with bench.serving("acts", running.FLOWS) as server:
        job = run_job(server, "hello")
        with bench.page() as page:
            opened(page, server, f"/jobs/{job}", "[role=log]")
            page.wait_for_timeout(SETTLE_MS)
            for what, act, shown, undo in ACTS:
                times: list[float] = []
                for _ in range(TRIES):
                    times.append(until_shown(page, partial(act, page), shown))
                    undo(page)
                    page.wait_for_timeout(SETTLE_MS / 5)
                yield Figure("acts", f"{what}, median of {TRIES}", sorted(times)[TRIES // 2], "ms", 100)


TRIES = 7


def _press(key: str) -> Callable[[Any], None]:
    return lambda page: page.keyboard.press(key)


def _click(selector: str) -> Callable[[Any], None]:
    return lambda page: page.locator(selector).first.click()


#: What is done, what it shows, and what takes it back.
ACTS = (
    ("the palette", _press("Control+k"), "[cmdk-input]", _press("Escape")),
    ("the dialog of an operation", _press("."), "[role=menu] [role=menuitem]", _press("Escape")),
    ("another tab of the step", _press("w"), "[role=tab][id$=why][data-state=active]", _press("l")),
    ("the history", _press("h"), "[role=listbox][aria-label=History]", _press("t")),
    ("the form that runs a job again", _press("r"), "[role=dialog] aside", _press("Escape")),
)


def log(bench: Bench) -> Iterator[Figure]:
    """The log of a step that printed a million lines, and failed in between."""
    with bench.serving("log", page_flows.LONG_LOG) as server:
        job = run_job(server, "long")
        with bench.page() as page:
            line = "[role=log] [data-number]"
            failed = opened(page, server, f"/jobs/{job}?step=print", "[role=log] [data-cursor]")
            yield Figure("log", "a failed step opens at its first error", failed, "ms")
            page.evaluate(SCROLL, ["[role=log]", 5400, 5])
            yield Figure("log", "heap of the page", heap_mb(page), "MB")
            times = page.evaluate(SCROLL, ["[role=log]", 400, FRAMES])
            yield Figure("log", "scroll, 95th percentile of a frame", p95(times), "ms", 20)
            times = page.evaluate(SCROLL, ["[role=log]", 40_000, FRAMES])
            yield Figure("log", "scroll across the log, 95th percentile of a frame", p95(times), "ms", 20)
            page.locator("[role=log]").focus()
            jump = until_shown(page, lambda: page.keyboard.press("e"), "[data-cursor]")
            yield Figure("log", "jump to an error", jump, "ms", 300)
            page.keyboard.press("/")
            last = page_flows.LINES - 5
            found = until_shown(
                page,
                lambda: page.keyboard.insert_text(f"line {last} of"),
                f"div:has(> [data-number='{page_flows.LINES - 4}'])[data-cursor]",
            )
            yield Figure("log", "find a line near the end, with the 300 ms after typing", found, "ms")
            yield Figure("log", "lines in the document", page.locator(line).count(), "lines")
        done = run_job(server, "long-good")
        with bench.page() as page:
            last_line = f"[role=log] [data-number='{page_flows.LINES}']"
            yield Figure("log", "opens at the end", opened(page, server, f"/jobs/{done}", last_line), "ms", 500)


def follow(bench: Bench) -> Iterator[Figure]:
    """A step that prints 2,000 lines a second while one looks."""
    with bench.serving("follow", page_flows.LONG_LOG) as server:
        job = start_job(server, "speak")
        with bench.page() as page:
            opened(page, server, f"/jobs/{job}", "[role=log] [data-number]")
            times = page.evaluate(SCROLL, ["body", 0, 5 * FRAMES])
            yield Figure("follow", "95th percentile of a frame while lines come", p95(times), "ms", 20)
            yield Figure("follow", "heap of the page", heap_mb(page), "MB")
        connection = server.connection()
        running.ask(connection, "POST", f"/api/jobs/{job}/cancel", {})
        connection.close()


def steps(bench: Bench, task: str, what: str) -> Iterator[Figure]:
    """A job of 10,000 steps."""
    workflows = WORK / task / "workspace" / ".workflows"
    workflows.mkdir(parents=True)
    (workflows / f"{task}.yaml").write_text(page_flows.MANY_STEPS[task])
    with bench.serving(task, running.FLOWS) as server:
        job = run_job(server, task)
        with bench.page() as page:
            row = "[role=listbox] [role=option]"
            yield Figure(task, f"{what}: the list is there", opened(page, server, f"/jobs/{job}", row), "ms")
            page.wait_for_timeout(SETTLE_MS)
            if task == "loop":
                page.locator("[role=listbox]").get_by_text("× 10,000").click()
            scroller = ":has(> [role=listbox])"
            times = page.evaluate(SCROLL, [scroller, 300, FRAMES])
            yield Figure(task, f"{what}: scroll of the list, 95th percentile of a frame", p95(times), "ms", 20)
            graph = until_shown(page, lambda: page.keyboard.press("g"), ".react-flow__pane")
            yield Figure(task, f"{what}: the graph", graph, "ms", 1000)
            nodes = int(page.locator("[data-graph]").get_attribute("data-graph") or 0)
            yield Figure(task, f"{what}: nodes of the graph", nodes, "nodes")
            yield Figure(task, f"{what}: heap of the page", heap_mb(page), "MB")


def jobs(bench: Bench) -> Iterator[Figure]:
    """The list of 10,000 jobs."""
    with bench.serving("jobs", running.FLOWS) as server:
        run_job(server, "hello")
    million.fill(WORK / "jobs" / "state" / "gitflow.db", JOBS)
    with bench.serving("jobs", running.FLOWS) as server, bench.page() as page:
        yield Figure("jobs", "the list is there", opened(page, server, "/jobs", "[role=row] a"), "ms")
        scroller = ":has(> [role=grid])"
        times: list[float] = []
        for _ in range(4):
            times += page.evaluate(SCROLL, [scroller, 300, FRAMES])
            page.wait_for_timeout(SETTLE_MS)
        yield Figure("jobs", "scroll, 95th percentile of a frame", p95(times), "ms", 20)
        began = time.perf_counter()
        while (count := rows_of(page)) < JOBS:
            if time.perf_counter() > began + running.TIMEOUT_S:
                raise Failed(f"{count} of {JOBS} jobs were reached by scrolling")
            page.evaluate(f"document.querySelector('{scroller}').scrollTop = 1e9")
            page.wait_for_timeout(20)
        yield Figure("jobs", "all rows were reached by scrolling", time.perf_counter() - began, "s")
        page.evaluate(f"document.querySelector('{scroller}').scrollTop = 0")
        times = page.evaluate(SCROLL, [scroller, 600, FRAMES])
        yield Figure("jobs", "scroll of all rows, 95th percentile of a frame", p95(times), "ms", 20)
        yield Figure("jobs", "heap of the page", heap_mb(page), "MB")


def rows_of(page: Any) -> int:
    """How many rows the list has so far, without its head."""
    return int(page.locator("[role=grid]").get_attribute("aria-rowcount") or 1) - 1


ROWS: Mapping[str, Callable[[Bench], Iterator[Figure]]] = {
    "machine": machine,
    "weight": weight,
    "acts": acts,
    "log": log,
    "follow": follow,
    "lanes": partial(steps, task="lanes", what="10,000 steps in 2,000 lanes"),
    "web": partial(steps, task="web", what="10,000 steps that do not fold"),
    "loop": partial(steps, task="loop", what="10,000 instances of a loop"),
    "jobs": jobs,
}


def main(names: list[str]) -> None:
    if unknown := [name for name in names if name not in ROWS]:
        sys.exit(f"no such row: {', '.join(unknown)}; there are: {', '.join(ROWS)}")
    if (chromium := shutil.which("chromium")) is None:
        sys.exit("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    shutil.rmtree(WORK, ignore_errors=True)
    program = Program("gitflow", Path(sys.executable).with_name("gitflow"), "")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        for name in names or ROWS:
            for figure in ROWS[name](Bench(browser, program)):
                goal = "" if figure.goal is None else f"≤ {figure.goal:,.0f} {figure.unit}"
                print(f"{figure.row:8} {figure.what:72} {figure.value:10,.1f} {figure.unit:6} {goal}", flush=True)
        browser.close()
    shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
