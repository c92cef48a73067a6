"""``gitflow bisect``: which commit broke a task, on real repositories, with real jobs."""

import json
import os
import signal

import pytest

from committing import commit_all, git, init
from signing import Repository, SshKey, needs_signing

FLOW = """
tasks:
  deploy:
    input: {{who: {{type: string, default: World}}}}
    flow:
      build: {{type: shell, cmd: 'echo {build}'}}
      ship: {{action: ship, depends_on: [build], continue_on_failure: {goes_on}}}
actions:
  ship: {{type: shell, cmd: 'sh scripts/ship.sh'}}
"""


def commit(gitflow, message: str, **files: str) -> str:
    for name, text in files.items():
        gitflow.write({"flow": ".workflows/a.yaml", "ship": "scripts/ship.sh", "readme": "README.md"}[name], text)
    return commit_all(gitflow.folder, message)


def flow(build: object = 0, goes_on: str = "false") -> str:
    return FLOW.format(build=build, goes_on=goes_on)


@pytest.fixture
def repository(gitflow):
    init(gitflow.folder)
    return gitflow


def found(gitflow, *words: str, status: int = 0) -> dict:
    done = gitflow("bisect", "deploy", "--format", "json", *words)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def imported(relevant: int, total: int, first_bad: int) -> bytes:
    """A history for ``git fast-import``: every ``total / relevant``-th commit changes the script, the others a page."""
    parts: list[str] = []
    for number in range(total + 1):
        at = f"Ada <ada@example.org> {1700000000 + number} +0000"
        parts += [f"commit refs/heads/main\ncommitter {at}\n{_data(f'commit {number}')}"]
        if number == 0:
            parts += [f"M 100644 inline .workflows/a.yaml\n{_data(flow())}"]
        if number % (total // relevant) == 0:
            text = "exit 1" if number >= first_bad else "exit 0"
            parts += [f"M 100644 inline scripts/ship.sh\n{_data(f'{text} # {number}')}"]
        else:
            parts += [f"M 100644 inline pages/{number % 7}.md\n{_data(f'page {number}')}"]
    return "".join(parts).encode()


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


@pytest.mark.parametrize("place", [1, 17, 40])
def test_at_most_six_jobs_find_one_of_forty_commits_among_a_thousand(repository, place):
    git(repository.folder, "fast-import", "--quiet", data=imported(40, 1000, place * 25))
    whole = found(repository, "--good", "main~1000", "--bad", "main")
    assert (whole["commits"], len(whole["versions"]), whole["left_out"]) == (1000, 40, 960)
    assert whole["first_bad"]["subject"] == f"commit {place * 25}"
    jobs = repository.jobs()
    assert len(jobs) <= 6
    assert {job["labels"]["bisect"] for job in jobs} == {whole["bisect"]}
    assert {job["revision"] for job in jobs} == {tried["commit"]["sha"] for tried in whole["tried"]}
    assert [(change["kind"], change["name"]) for change in whole["plan"]["changes"]] == [("file", "scripts/ship.sh")]


@pytest.fixture
def broken(repository) -> list[str]:
    """Six commits: works, a page, another build, the script breaks, a file without meaning, another build."""
    return [
        commit(repository, "works", flow=flow(), ship="exit 0"),
        commit(repository, "page", readme="read me"),
        commit(repository, "build differently", flow=flow(1)),
        commit(repository, "break it", ship="exit 1"),
        commit(repository, "spell it differently", flow=flow(1).replace("'echo 1'", "echo 1")),
        commit(repository, "build again", flow=flow(2)),
    ]


def test_the_first_bad_commit_is_shown_with_its_plan(repository, broken):
    done = repository("bisect", "deploy", "--good", broken[0], "--bad", "main")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "3 of 5 commits changed task deploy; 2 did not and are left out; at most 2 jobs" in lines[0]
    assert f"first bad: {broken[3]} break it" in lines
    assert "~ file scripts/ship.sh  scripts/ship.sh:1" in lines


def test_a_dry_run_lists_the_commits_and_runs_nothing(repository, broken):
    done = repository("bisect", "deploy", "--good", broken[0], "--bad", "main", "--dry-run")
    listed = [line for line in done.stdout.splitlines() if "<test@localhost>" in line]
    assert [line.rpartition("  ")[2] for line in listed] == ["build again", "break it", "build differently"]
    assert sum(line.startswith("→") for line in listed) == 1
    assert repository.jobs() == []


def test_the_same_command_goes_on_with_the_results_of_earlier_jobs(repository, broken):
    first = found(repository, "--good", broken[0], "--bad", "main")
    again = found(repository, "--good", broken[0], "--bad", "main")
    assert (first["first_bad"], [each["earlier"] for each in again["tried"]]) == (again["first_bad"], [True, True])
    assert len(repository.jobs()) == 2
    assert {
        each["earlier"] for each in found(repository, "--good", broken[0], "--bad", "main", "--fresh")["tried"]
    } == {False}
    assert len(repository.jobs()) == 4


def test_another_question_does_not_count_the_results_of_this_one(repository, broken):
    ends = ("--good", broken[0], "--bad", "main")
    searches = [found(repository, *ends, *more) for more in ((), ("-i", "who=Ada"), ("-i", "who=Bob"))]
    assert len({search["bisect"] for search in searches}) == 3
    assert not any(each["earlier"] for search in searches for each in search["tried"])


def test_a_secret_input_is_no_part_of_the_label(repository):
    secret = flow().replace("default: World", "default: World, secret: true")
    good = commit(repository, "works", flow=secret, ship="exit 0")
    commit(repository, "break it", ship="exit 1")
    commit(repository, "build again", flow=secret.replace("echo 0", "echo 1"))
    first, second = (
        found(repository, "--good", good, "--bad", "main", "-i", f"who={value}") for value in ("one-key", "two-key")
    )
    assert first["bisect"] == second["bisect"]


def test_an_end_that_is_not_what_it_is_said_to_be_is_found(repository, broken):
    done = repository("bisect", "deploy", "--good", broken[3], "--bad", "main", "--verify")
    assert done.returncode == 1
    assert f"the good revision {broken[3][:12]} is not good: the job failed at step ship" in done.stderr
    assert found(repository, "--good", broken[0], "--bad", "main", "--verify")["first_bad"]["sha"] == broken[3]


def test_a_step_may_be_bad_in_a_job_that_completes(repository):
    good = commit(repository, "works", flow=flow(goes_on="true"), ship="exit 0")
    bad = commit(repository, "break it", ship="exit 1")
    commit(repository, "build again", flow=flow(1, goes_on="true"))
    words = ("--good", good, "--bad", "main", "--step", "ship")
    assert found(repository, *words)["first_bad"]["sha"] == bad


def test_a_commit_that_does_not_load_is_left_out_and_named(repository):
    good = commit(repository, "works", flow=flow(), ship="exit 0")
    lost = commit(repository, "typo", flow=flow() + "  - [")
    bad = commit(repository, "repaired and broken", flow=flow(1), ship="exit 1")
    commit(repository, "build again", flow=flow(2))
    whole = found(repository, "--good", good, "--bad", "main")
    assert whole["first_bad"]["sha"] == bad
    assert [each["commit"]["sha"] for each in whole["not_loading"]] == [lost]


def test_a_commit_that_does_not_take_the_input_is_skipped(repository):
    good = commit(repository, "works", flow=flow(), ship="exit 0")
    other = flow().replace("who: {type: string, default: World}", "who: {type: integer, default: 1}")
    commit(repository, "numbers", flow=other)
    commit(repository, "texts and broken", flow=flow(), ship="exit 1")
    commit(repository, "build again", flow=flow(2))
    whole = found(repository, "--good", good, "--bad", "main", "-i", "who=Ada", status=1)
    assert whole["first_bad"] is None
    assert {each["subject"] for each in whole["suspects"]} == {"numbers", "texts and broken"}
    assert {each["verdict"] for each in whole["tried"] if each["commit"]["subject"] == "numbers"} == {"skip"}


def test_the_fault_is_found_on_a_branch_that_was_merged(repository):
    good = commit(repository, "works", flow=flow(), ship="exit 0")
    git(repository.folder, "checkout", "-q", "-b", "topic")
    bad = commit(repository, "break it", ship="exit 1")
    git(repository.folder, "checkout", "-q", "main")
    commit(repository, "build differently", flow=flow(1))
    git(repository.folder, "merge", "-q", "--no-edit", "topic")
    commit(repository, "build again", flow=flow(2))
    assert found(repository, "--good", good, "--bad", "main")["first_bad"]["sha"] == bad


def test_where_no_commit_changed_the_task_none_is_blamed(repository, broken):
    done = repository("bisect", "deploy", "--good", broken[0], "--bad", broken[1])
    assert done.returncode == 1
    assert "no commit between changed what task deploy does" in done.stdout
    assert repository.jobs() == []


def test_a_path_that_no_definition_names_counts_once_it_is_named(repository, broken):
    whole = found(repository, "--good", broken[0], "--bad", broken[1], "--path", "README.md")
    assert whole["first_bad"]["sha"] == broken[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("deplyo", "--good", "main~3", "--bad", "main"), "there is no task named 'deplyo'"),
        (("deploy", "--good", "nowhere", "--bad", "main"), "there is no revision 'nowhere'"),
        (("deploy", "--good", "main", "--bad", "main~3"), "the good revision 'main' comes after the bad one 'main~3'"),
        (("deploy", "--good", "main", "--bad", "main"), "good and bad are the same commit"),
        (("deploy", "--good", "other", "--bad", "main"), "the good revision 'other' does not lead to the bad one"),
        (("deploy", "--good", "main~3", "--bad", "WORKTREE"), "--good and --bad take commits"),
        (("deploy", "--good", "main~3", "--bad", "main", "--step", "shp"), "has no step 'shp'"),
        (("deploy", "--good", "main~3", "--bad", "main", "-i", "wo=1"), "the input of task 'deploy' is wrong"),
    ],
)
def test_a_slip_is_refused_before_anything_runs(repository, broken, words, message):
    git(repository.folder, "checkout", "-q", "--orphan", "other")
    git(repository.folder, "commit", "-q", "-m", "another beginning")
    done = repository("bisect", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert repository.jobs() == []


def test_a_shallow_clone_is_refused_with_the_remedy(repository, broken, tmp_path):
    git(repository.folder, "clone", "-q", "--depth=2", f"file://{repository.folder}", str(tmp_path / "shallow"))
    done = repository("bisect", "deploy", "-w", str(tmp_path / "shallow"), "--good", broken[0], "--bad", "HEAD")
    assert done.returncode == 2
    assert "git fetch --unshallow" in done.stderr


def test_an_interrupted_search_ends_its_job_and_goes_on_later(repository, tmp_path):
    fifo = tmp_path / "started"
    os.mkfifo(fifo)
    blocks = f"if [ -e {tmp_path}/slow ]; then echo > {fifo}; sleep 60; fi; exit"
    good = commit(repository, "works", flow=flow(), ship=f"{blocks} 0")
    bad = commit(repository, "break it", ship=f"{blocks} 1")
    commit(repository, "build again", flow=flow(1))
    (tmp_path / "slow").touch()
    process = repository.start("bisect", "deploy", "--good", good, "--bad", "main")
    fifo.read_text()  # until a job has come so far
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert (process.returncode, [job["status"] for job in repository.jobs()]) == (130, ["cancelled"])
    assert "the same command goes on from here" in stderr
    (tmp_path / "slow").unlink()
    whole = found(repository, "--good", good, "--bad", "main")
    assert (whole["first_bad"]["sha"], [each["earlier"] for each in whole["tried"]]) == (bad, [False])


def test_outside_of_git_there_is_nothing_to_search(gitflow):
    gitflow.write(".workflows/a.yaml", flow())
    done = gitflow("bisect", "deploy", "--good", "main~1", "--bad", "main")
    assert done.returncode == 2
    assert "not a git repository" in done.stderr


@pytest.fixture
def signing(gitflow, tmp_path):
    """A configured workspace whose commits need a signature, and a function that commits a version of the script."""
    repository, ann = Repository(tmp_path / "shop"), SshKey(tmp_path, "ann")
    allowed = tmp_path / "allowed"
    allowed.write_text(ann.allowed())
    allowed.chmod(0o600)
    verify = {"signatures": "required", "allowed_signers": str(allowed)}
    shop = {"type": "git", "url": str(repository.path), "verify": verify}
    gitflow.write("server-config.yaml", json.dumps({"workspaces": {"shop": shop}}))
    tips: list[str] = []

    def now(number: int, is_signed: bool, status: int) -> str:
        files = {".workflows/a.yaml": flow(), "scripts/ship.sh": f"exit {status} # {number}"}
        payload = repository.payload(files, f"number {number}", tuple(tips[-1:]))
        tips.append(repository.commit(payload, ann.sign(payload) if is_signed else b""))
        return tips[-1]

    return now, allowed


@needs_signing
def test_a_commit_without_the_signature_that_the_workspace_requires_is_skipped_and_never_run(gitflow, signing):
    made, allowed = signing
    good = made(0, True, 0)
    made(1, True, 0)
    unsigned = made(2, False, 0)
    bad = made(3, True, 1)
    words = ("deploy", "-w", "shop", "--good", good, "--bad", bad)
    done = gitflow("bisect", *words, "--format", "json")
    result = json.loads(done.stdout)
    assert {each["commit"]["sha"] for each in result["tried"] if each["verdict"] == "skip"} == {unsigned}
    assert all(each["job_id"] is None for each in result["tried"] if each["verdict"] == "skip")
    assert "no valid signature" in done.stdout
    assert unsigned not in gitflow("jobs", "-o", "json").stdout
    allowed.chmod(0o666)
    done = gitflow("bisect", *words, "--fresh")
    assert (done.returncode, "first bad" in done.stdout) == (2, False)
