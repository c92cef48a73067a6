"""The page of a job: it opens on what matters, reads a long log by place, and does operations after it has asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Watched
from job_samples import LONG_LINES, definitions, fill
from playwright.sync_api import expect
from running import Running

pytestmark = pytest.mark.browser("chromium")

Browse = Callable[..., Watched]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, dict[str, str]]]:
    folder: Path = tmp_path_factory.mktemp("jobs")
    running = Running(folder, definitions(), {}, {}).start()
    yield running, fill(running)
    running.stop()


@pytest.fixture
def see(browse: Browse, filled: tuple[Running, dict[str, str]]) -> Callable[..., Watched]:
    """``see(task, address)`` opens the job of this task."""
    running, jobs = filled

    def start(task: str, address: str = "", **how: Any) -> Watched:
        watched = browse(to=running, **how)
        watched.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        watched.open(f"/jobs/{jobs[task]}{address}")
        return watched

    return start


def test_a_failed_job_opens_at_the_first_error_of_its_failed_step(see: Callable[..., Watched]):
    watched = see("release")
    page = watched.page
    page.get_by_role("log").get_by_text("error: expected 4, got 5").wait_for()
    page.get_by_role("option", selected=True).get_by_text("test").wait_for()
    page.locator("[data-cursor=true]").get_by_text("error: expected 4, got 5").wait_for()
    watched.hold_clean()


def test_a_long_log_is_never_read_whole(see: Callable[..., Watched]):
    watched = see("long-log")
    page = watched.page
    read: list[str] = []
    page.on("request", lambda request: read.append(request.url) if "from_line" in request.url else None)
    page.get_by_role("log").get_by_text("fatal: the disk is full").wait_for()
    page.get_by_role("log").press("End")
    page.get_by_role("log").get_by_text(re.compile(f"line {LONG_LINES} of the")).first.wait_for()
    assert all("limit=1000" in url for url in read)
    assert len(read) < 10
    assert page.get_by_role("log").locator("[data-number]").count() < 200
    watched.hold_clean()


def test_the_search_of_a_log_goes_to_a_line_that_was_not_read(see: Callable[..., Watched]):
    watched = see("long-log")
    page = watched.page
    page.get_by_role("log").get_by_text("fatal: the disk is full").wait_for()
    page.keyboard.press("/")
    page.keyboard.type(f"line {LONG_LINES - 5} of the second")
    page.get_by_role("log").get_by_text(f"line {LONG_LINES - 5} of the second part").wait_for()
    page.get_by_role("status").get_by_text("1 of 1").wait_for()
    watched.hold_clean()


def test_a_link_to_lines_shows_them_and_the_keyboard_makes_one(see: Callable[..., Watched], filled: Any):
    watched = see("long-log", "#print:1:L20000-20002")
    page = watched.page
    for number in (20_000, 20_001):  # a line of each of the two pieces that are shown
        page.locator(f"div:has(> [data-number='{number}'])").get_by_text("part").wait_for(timeout=60_000)
    names = "performance.getEntriesByType('resource').map((each) => each.name)"
    watched.until(f"{names}.some((name) => name.includes('from_line=20001'))")
    read = page.evaluate(names)
    assert sorted(re.findall(r"from_line=(\d+)", " ".join(read))) == ["19001", "20001"]  # and not its beginning
    page.keyboard.press("e")
    page.locator("[data-cursor=true]").get_by_text("fatal: the disk is full").wait_for(timeout=60_000)
    page.locator("[data-number]:below([data-cursor=true])").first.click()
    page.wait_for_url(re.compile(r"#print:1:L\d+$"))
    page.keyboard.press("y")
    watched.until("navigator.clipboard.readText().then((text) => text === location.href)")
    watched.hold_clean()


def test_the_timeline_shows_a_part_of_the_time_and_keeps_it(see: Callable[..., Watched]):
    watched = see("release")
    page = watched.page
    bars = page.get_by_role("option").first.locator("span[style*=left]")
    assert bars.count() > 0  # of the first step, which ran at the beginning
    page.get_by_label("Show from").focus()
    for _ in range(8):
        page.keyboard.press("PageUp")
    page.wait_for_url("**span=*-1000*")
    expect(bars).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Show whole time").wait_for()
    expect(bars).to_have_count(0)
    assert watched.axe() == []
    page.get_by_role("button", name="Show whole time").click()
    expect(bars).not_to_have_count(0)
    watched.hold_clean()


def test_an_approval_is_decided_after_its_form_is_filled_in(see: Callable[..., Watched], filled: Any):
    running, jobs = filled
    watched = see("approve-it")
    page = watched.page
    page.get_by_role("button", name="Approve may-it-ship").click()
    dialog = page.get_by_role("dialog", name="Approve may-it-ship")
    dialog.get_by_text("Ship 1.4.2?").wait_for()
    send = dialog.get_by_role("button", name="Approve may-it-ship")
    expect(send).to_be_disabled()
    dialog.get_by_label("window").click()
    page.get_by_role("option", name="tonight").click()
    dialog.get_by_label("Reason").fill("all is well")
    assert watched.axe() == []
    page.keyboard.press("Control+Enter")
    page.locator("main header").first.get_by_text("Completed", exact=True).wait_for()
    history = running.get(f"/api/jobs/{jobs['approve-it']}/events").json
    assert [each["details"] for each in history if each["what"] == "step.approved"] == [{"reason": "all is well"}]
    watched.hold_clean()


def test_a_retry_says_what_it_will_do_and_opens_the_new_job(see: Callable[..., Watched], filled: Any):
    _, jobs = filled
    watched = see("release")
    page = watched.page
    page.get_by_role("button", name="Retry from failed").click()
    page.get_by_role("dialog").get_by_text("2 steps will run, 2 are kept").wait_for()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: "/jobs/" in url and jobs["release"] not in url)
    page.get_by_text("an earlier job").wait_for()
    watched.hold_clean()


def test_a_running_step_is_followed_and_cancelled_with_a_reason(see: Callable[..., Watched]):
    watched = see("follow")
    page = watched.page
    page.get_by_role("log").get_by_text(re.compile(r"^word \d\d")).last.wait_for()
    page.get_by_role("button", name="Following").wait_for()
    page.get_by_role("button", name="Cancel job").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("enough")
    page.keyboard.press("Control+Enter")
    page.locator("main header").first.get_by_text("Cancelled", exact=True).wait_for()
    watched.hold_clean()


def test_a_job_is_run_again_with_its_input_and_keeps_its_secrets(see: Callable[..., Watched], filled: Any):
    running, jobs = filled
    watched = see("release")
    page = watched.page
    page.get_by_role("button", name="More operations on this job").click()
    page.get_by_role("menuitem", name="Run job again").click()
    dialog = page.get_by_role("dialog", name="Run release again")
    version = dialog.get_by_label(re.compile("^version"))
    expect(version).to_have_value("1.4.2")
    version.fill("1.4.3")
    version.press("Control+Enter")
    page.wait_for_url(lambda url: "/jobs/" in url and jobs["release"] not in url)
    made = running.get("/api/jobs/" + page.url.split("/jobs/")[1][:36]).json
    assert made["input"]["version"] == "1.4.3"
    watched.hold_clean()


def test_a_step_that_ended_while_one_looked_at_another_shows_what_it_printed(
    browse: Browse, serve: Callable[..., Running], tmp_path: Path
):
    gate = tmp_path / "gate"
    steps = f"""\
tasks:
  both:
    flow:
      first: {{type: shell, cmd: "until [ -e {gate} ]; do sleep 0.05; done; echo over"}}
      second: {{type: wait, event: go}}
"""
    running = serve(steps)
    job_id = running.execute("both")
    watched = browse(to=running)
    watched.open(f"/jobs/{job_id}")
    page = watched.page
    page.get_by_role("option", name="first").click()
    page.get_by_text("Nothing was printed yet.").wait_for()
    page.get_by_role("option", name="second").click()
    page.get_by_text("Nothing was printed yet.").wait_for(state="detached")
    gate.touch()
    page.get_by_role("option", name="first").get_by_label("Completed").wait_for()
    page.get_by_role("option", name="first").click()
    page.get_by_role("log").get_by_text("over", exact=True).wait_for()
    watched.hold_clean()


def test_a_loop_is_folded_and_the_job_opens_on_its_failed_instance(see: Callable[..., Watched]):
    watched = see("shards")
    page = watched.page
    page.get_by_role("option", selected=True).get_by_text("shard[17]").wait_for()
    steps = page.get_by_role("listbox", name="Steps")
    expect(steps.get_by_text("shard[3]")).to_have_count(0)
    steps.get_by_text("× 24, 1 failed").click()
    steps.get_by_text("shard[3]").wait_for()
    assert watched.axe() == []
    watched.hold_clean()


def test_the_graph_folds_equal_siblings_and_is_walked_with_the_arrow_keys(see: Callable[..., Watched]):
    watched = see("wide")
    page = watched.page
    page.get_by_role("log").or_(page.get_by_text("This step printed nothing.")).first.wait_for()
    page.keyboard.press("g")
    graph = page.get_by_role("group", name="Graph of the steps")
    graph.get_by_text("× 39").wait_for()
    expect(graph).to_have_attribute("data-graph", "4")
    graph.focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="end").wait_for()
    assert watched.axe() == []
    watched.hold_clean()


def test_the_scrubber_shows_the_job_as_it_stood(see: Callable[..., Watched]):
    watched = see("release")
    page = watched.page
    page.get_by_role("log").get_by_text("error: expected 4, got 5").wait_for()
    page.keyboard.press("h")
    page.get_by_role("listbox", name="History").get_by_text("Job failed").wait_for()
    assert watched.axe() == []
    page.get_by_role("option", name="Step running build").click()
    page.wait_for_url(re.compile("at=\\d+"))
    page.keyboard.press("t")
    row = page.get_by_role("listbox", name="Steps").get_by_role("option").filter(has_text="ship")
    row.get_by_text("pending").wait_for()
    page.get_by_role("button", name="Back to now").click()
    row.get_by_text("skipped").wait_for()
    watched.hold_clean()


def test_the_log_ends_at_the_moment_to_which_the_history_was_moved(see: Callable[..., Watched]):
    watched = see("release")
    page = watched.page
    log = page.get_by_role("log")
    log.get_by_text("error: expected 4, got 5").wait_for()
    page.keyboard.press("h")
    page.get_by_role("option", name="Step ready test").first.click()
    page.get_by_text("Nothing was printed by this moment.").wait_for()
    page.get_by_role("option", name="Step retrying test").click()
    log.get_by_text("1 of 401 tests failed").wait_for()
    expect(page.get_by_role("combobox", name="Attempt")).to_have_text(re.compile("^Attempt 1"))
    page.get_by_text("at this moment").wait_for()
    page.get_by_role("button", name="Back to now").click()
    page.get_by_role("combobox", name="Attempt").get_by_text("Attempt 2").wait_for()
    watched.hold_clean()


def test_two_jobs_are_compared_step_by_step(see: Callable[..., Watched], filled: Any):
    running, _ = filled
    other = running.execute("release", {"version": "2.0.0"})
    running.finished(other)
    watched = see("release", f"?compare={other}")
    page = watched.page
    compare = page.get_by_role("region", name="Compare")
    compare.get_by_text("2.0.0").wait_for()
    compare.get_by_role("button", name="ship").wait_for()
    assert watched.axe() == []
    compare.get_by_role("button", name="build").click()
    page.get_by_role("log").get_by_text("compiled <script>alert(1)</script>").wait_for()
    watched.hold_clean()


def test_a_step_shows_its_definition_its_reasons_and_its_files(see: Callable[..., Watched]):
    watched = see("release", "?step=build")
    page = watched.page
    page.get_by_role("tab", name="YAML").click()
    page.get_by_role("region", name="Definition").get_by_text("compiled").wait_for()
    assert watched.axe() == []
    page.get_by_role("tab", name="Artifacts").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="site/index.html").click()
    assert Path(download.value.path()).read_text() == "<h1>Hello</h1>\n"
    page.get_by_role("tab", name="Why").click()
    page.get_by_role("tabpanel").get_by_text("completed").first.wait_for()
    watched.hold_clean()
