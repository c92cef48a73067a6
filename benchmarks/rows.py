"""The measured rows, one line for each row of the table. contenders.py and servers.py say who runs them, and how."""

from __future__ import annotations

from dataclasses import dataclass

#: 100 bytes a line, the line's end included.
MILLION_LINES = f"yes {'x' * 99} | head -n 1000000"
MILLION = 1_000_000
#: How many jobs a server has stored.
STORED = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1m": MILLION}


@dataclass(frozen=True, slots=True)
class Flow:
    """Steps that all run one shell command, in sequence or in any order."""

    command: str
    steps: int = 1
    in_sequence: bool = True
    at_most: int | None = None  #: steps at once
    lines: int | None = None  #: how many lines must be stored and readable afterwards


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    about: str
    times: int
    flow: Flow | None = None  #: without one, contenders.SPECIAL says what runs
    served: bool = False  #: servers.py measures it
    base_s: float = 0.0  #: what the work itself takes, subtracted from every time
    memory: bool = False  #: the row is about peak memory instead of time
    rate: bool = False  #: it also says how many of these a second
    goal: float | None = None  #: the ratio to Dagu to reach
    goal_text: str = ""


CHAIN = Flow("true", steps=40)
LOG = Flow(MILLION_LINES, lines=MILLION)


def _of_stored(name: str, about: str, goal: str) -> tuple[Row, ...]:
    """A row for each number of stored jobs: what is flat takes as long with a million as with a thousand."""
    return tuple(
        Row(f"{name}{short}", f"{about}: {count:,} jobs", 3, served=True, goal_text=goal)
        for short, count in STORED.items()
    )


ROWS = (
    Row("hello", "one `echo` step, from a cold start, recorded; 1.0 stays the aim", 7, Flow("echo hello"), goal=1.5),
    Row("chain40", "40 `true` steps in sequence", 7, CHAIN, goal=0.5),
    Row("fan100", "100 `true` steps in no order", 5, Flow("true", 100, in_sequence=False), goal=0.3),
    Row("fan100-2", "the same, at most 2 at once", 5, Flow("true", 100, in_sequence=False, at_most=2), goal=0.35),
    Row("long10", "10 × `sleep 0.5` in sequence, time over 5 s", 3, Flow("sleep 0.5", 10), base_s=5.0, goal=0.5),
    Row("log1m", "one step prints 1,000,000 lines of 100 bytes", 3, LOG, goal=0.8),
    Row("memory", "peak memory of chain40", 3, CHAIN, memory=True, goal=0.45),
    Row("log-memory", "peak memory of log1m", 3, LOG, memory=True, goal_text="≤ 30 MB"),
    Row("container", "one step in a container; `sh` calls podman as gitflow does", 7, goal_text="≤ 1.2 × sh"),
    Row("containers8", "eight such steps at once", 5, goal_text="≤ 1.2 × sh"),
    Row("help", "the command line says what it can do", 7, goal_text="≤ 45 ms"),
    Row("jobs", "a list of jobs", 7, goal_text="≤ 45 ms"),
    Row("job", "one job with its steps", 7, goal_text="≤ 45 ms"),
    Row("logs", "the log of a job", 7, goal_text="≤ 45 ms"),
    Row("tasks", "the tasks of a workspace", 7, goal_text="≤ 45 ms"),
    Row("validate-cold", "1,000 task files, nothing cached", 3, goal_text="≤ 350 ms"),
    Row("validate-again", "the same files, unchanged", 5, goal_text="≤ 35 ms"),
    Row("plan", "what 5 changed files among 1,000 mean, the base cached", 5, goal_text="≤ 300 ms"),
    Row("plan-cold", "the same, nothing cached", 3, goal_text="≤ 1.5 × validate-cold"),
    Row("check", "the same as `plan`, judged by a policy of twelve rules", 5, goal_text="≤ 2 × plan"),
    Row("workflow-tests", "200 mocked tests: a retry, an approval, a loop, a sleep", 5, goal_text="≤ 2,000 ms"),
    Row("reload", "a server has one changed file among 1,000 in force", 3, served=True, goal_text="≤ 40 ms"),
    Row("server-start", "a server is ready after its start", 5, served=True, goal_text="≤ 250 ms"),
    Row("server-memory", "what a server has in memory when idle", 3, served=True, memory=True, goal_text="≤ 60 MB"),
    Row("start1k", "the same with 1,000 tasks in 10 workspaces, cached", 3, served=True),
    Row("start10k", "the same with 10,000 tasks in 100 workspaces", 3, served=True, goal_text="≤ 10 × start1k"),
    Row("memory1k", "memory of a server with 1,000 tasks in 10 workspaces", 3, served=True, memory=True),
    Row("memory10k", "10,000 tasks in 100 workspaces", 3, served=True, memory=True, goal_text="linear: ≤ 10 × as much"),
    Row("trigger-to-end", "a job of one step, until its end is seen, over the API", 3, served=True, goal=0.3),
    Row(
        "first-line",
        "from a trigger to the job's first line at a WebSocket",
        1,
        served=True,
        goal_text="≤ 5 ms, 99 of 100 ≤ 15 ms",
    ),
    Row(
        "api-jobs", "a job of one shell step through the API, sustained", 3, served=True, rate=True, goal_text="≥ 500/s"
    ),
    Row("api-jobs-pg", "the same with the jobs in PostgreSQL", 3, served=True, rate=True, goal_text="≥ 150/s"),
    Row(
        "engine-pg",
        "what a job of one step costs the engine on PostgreSQL, 64 jobs a turn, without processes and HTTP",
        3,
        served=True,
        rate=True,
        goal_text="≥ 1,500/s",
    ),
    Row("turn-pg", "a turn of one job on PostgreSQL, 50th percentile", 1, served=True, goal_text="≤ 1.5 ms"),
    Row("turn-pg-p99", "the same, 99th percentile", 1, served=True, goal_text="≤ 5 ms"),
    Row("agent-begun", "a step is ready until its process runs on an idle agent", 1, served=True, goal_text="≤ 5 ms"),
    Row("agent-begun-p99", "the same, 99th percentile", 1, served=True, goal_text="≤ 25 ms"),
    Row("agents1", "200 `true` steps on one agent with 160 slots", 3, served=True),
    Row("agents20", "the same on 20 agents with 8 slots each", 3, served=True, goal_text="≤ 1.2 × agents1"),
    Row("agent-log-pg", "an agent prints 100 MB, stored in PostgreSQL", 3, served=True, goal_text="≤ 3,000 ms"),
    Row("agent-lost", "an agent is killed until its step is lost, lease 3 s", 3, served=True, goal_text="≤ 4,000 ms"),
    Row("agents1000", "processor time a second for 1,000 idle agents", 1, served=True, goal_text="≤ 100 ms"),
    Row("agents1000-memory", "the server's memory then", 1, served=True, memory=True, goal_text="≤ 150 MB"),
    Row(
        "takeover-killed",
        "`kill -9` of the active server until a change passes",
        5,
        served=True,
        goal_text="≤ 3,000 ms",
    ),
    Row("takeover-stopped", "the same with `TERM`", 5, served=True, goal_text="≤ 3,000 ms"),
    Row("takeover-frozen", "the same with `STOP`, lease 10 s", 3, served=True, goal_text="≤ 12,000 ms"),
    Row(
        "database-back",
        "PostgreSQL is back after a crash until a change passes",
        5,
        served=True,
        goal_text="≤ 2,000 ms",
    ),
    Row(
        "standby-promoted",
        "PostgreSQL's synchronous standby is promoted until a change passes",
        3,
        served=True,
        goal_text="≤ 5,000 ms",
    ),
    Row(
        "pod-begun",
        "a step with an image is ready until it runs as a Job, on the node of the tests",
        1,
        served=True,
    ),
    Row("list60", "one answer with a list of 60 runs", 3, served=True, goal=0.2),
    *_of_stored("list", "a page of 50 of many jobs, 26 filters, 99th percentile", "≤ 5 ms"),
    *_of_stored("search", "the first page of 50 of a search, 5 searches, 99th percentile", "as with 10,000 jobs"),
)
