"""The measured rows, one line for each row of the table. contenders.py and servers.py say who runs them, and how."""

from __future__ import annotations

from dataclasses import dataclass

#: 100 bytes a line, the line's end included.
MILLION_LINES = f"yes {'x' * 99} | head -n 1000000"
MILLION = 1_000_000


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

ROWS = (
    Row("hello", "one `echo` step, from a cold start, recorded", 7, Flow("echo hello"), goal=1.0),
    Row("chain40", "40 `true` steps in sequence", 7, CHAIN, goal=0.6),
    Row("fan100", "100 `true` steps in no order", 5, Flow("true", 100, in_sequence=False), goal=0.35),
    Row("fan100-2", "the same, at most 2 at once", 5, Flow("true", 100, in_sequence=False, at_most=2), goal=0.35),
    Row("long10", "10 × `sleep 0.5` in sequence, time over 5 s", 3, Flow("sleep 0.5", 10), base_s=5.0, goal=0.5),
    Row("log1m", "one step prints 1,000,000 lines of 100 bytes", 3, LOG, goal=1.2),
    Row("memory", "peak memory of chain40", 3, CHAIN, memory=True, goal=0.8),
    Row("log-memory", "peak memory of log1m", 3, LOG, memory=True, goal_text="≤ 60 MB"),
    Row("container", "one step in a container; `sh` calls podman as gitflow does", 7, goal_text="≤ 1.2 × sh"),
    Row("containers8", "eight such steps at once", 5, goal_text="≤ 1.2 × sh"),
    Row("help", "the command line says what it can do", 7, goal_text="≤ 60 ms"),
    Row("validate-cold", "1,000 task files, nothing cached", 3, goal_text="≤ 500 ms"),
    Row("validate-again", "the same files, unchanged", 5, goal_text="≤ 100 ms"),
    Row("plan", "what 5 changed files among 1,000 mean, the base cached", 5, goal_text="≤ 300 ms"),
    Row("plan-cold", "the same, nothing cached", 3, goal_text="≤ 1.5 × validate-cold"),
    Row("check", "the same as `plan`, judged by a policy of twelve rules", 5, goal_text="≤ 2 × plan"),
    Row("workflow-tests", "200 mocked tests: a retry, an approval, a loop, a sleep", 5, goal_text="≤ 2,000 ms"),
    Row("reload", "a server has one changed file among 1,000 in force", 3, served=True, goal_text="≤ 50 ms"),
    Row("server-start", "a server is ready after its start", 5, served=True, goal_text="≤ 500 ms"),
    Row("server-memory", "what a server has in memory when idle", 3, served=True, memory=True, goal_text="≤ 80 MB"),
    Row("first-line", "from a trigger to the job's first line at a WebSocket", 1, served=True, goal_text="≤ 10 ms"),
    Row(
        "api-jobs", "a job of one shell step through the API, sustained", 3, served=True, rate=True, goal_text="≥ 200/s"
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
    Row("list60", "one answer with a list of 60 runs", 3, served=True, goal=0.33),
    Row(
        "list1m",
        "a page of 50 among a million jobs, 26 filters, 99th percentile",
        3,
        served=True,
        goal_text="≤ 20 ms",
    ),
)
