"""``gitflow versions`` and ``gitflow blame``: the commits that changed what a task does, in real repositories."""

import json

import pytest

from committing import commit_all, git, init

TASKS = """
tasks:
  deploy:
    input: {site: {type: web, default: prod}}
    flow:
      build: {type: python, script: scripts/build.py}
      ship: {action: ship, depends_on: [build], timeout: 60s}
      check: {type: task, task: check, depends_on: [ship]}
  check:
    flow: {look: {type: shell, cmd: 'echo look'}}
  other:
    flow: {one: {type: shell, cmd: 'echo one'}}
"""
ACTIONS = """
actions:
  ship: {type: shell, cmd: 'sh tools/ship.sh', env: {TOKEN: '{{ secret.TOKEN }}'}}
  unused: {type: shell, cmd: 'true'}
secrets: {TOKEN: "{{ env.TOKEN }}", UNUSED: x}
connection_types: {web: {host: {type: string, required: true}}}
connections: {prod: {type: web, host: a.example}}
"""


@pytest.fixture
def commit(gitflow):
    init(gitflow.folder)

    def now(message: str, files: dict[str, str | None]) -> str:
        for name, text in files.items():
            if text is None:
                (gitflow.folder / name).unlink()
            else:
                gitflow.write(name, text)
        return commit_all(gitflow.folder, message)

    now(
        "first",
        {
            ".workflows/tasks.yaml": TASKS,
            ".workflows/actions.yaml": ACTIONS,
            "scripts/build.py": "print(1)",
            "tools/ship.sh": "echo ship",
        },
    )
    return now


def versions(gitflow, task: str = "deploy", *words: str) -> list[dict]:
    done = gitflow("versions", task, "-o", "json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def subjects(gitflow, *words: str) -> list[str]:
    return [each["commit"]["subject"] for each in versions(gitflow, *words)]


def blamed(gitflow, task: str = "deploy") -> dict[str, str | None]:
    done = gitflow("blame", task, "-o", "json")
    assert done.returncode == 0, done.stderr
    return {row["step_name"]: row["commit"] and row["commit"]["subject"] for row in json.loads(done.stdout)}


#: What is changed: file, text, its replacement -> the steps that it changes; None: the task stays as it was.
CHANGES = [
    (".workflows/tasks.yaml", "timeout: 60s", "timeout: 61s", {"ship"}),
    (".workflows/tasks.yaml", "timeout: 60s", "timeout: 1m", None),
    (".workflows/tasks.yaml", "echo look", "echo looked", {"check"}),
    (".workflows/tasks.yaml", "echo one", "echo two", None),
    (".workflows/tasks.yaml", "default: prod", "required: true", set()),
    (".workflows/actions.yaml", "sh tools/ship.sh", "sh tools/ship.sh -v", {"ship"}),
    (".workflows/actions.yaml", "cmd: 'true'", "cmd: 'false'", None),
    (".workflows/actions.yaml", "env.TOKEN }}\"", "env.OTHER }}\"", {"ship"}),
    (".workflows/actions.yaml", "UNUSED: x", "UNUSED: y", None),
    (".workflows/actions.yaml", "a.example", "b.example", set()),
    ("scripts/build.py", "print(1)", "print(2)", {"build"}),
    ("tools/ship.sh", "echo ship", "echo shipped", {"ship"}),
    ("README.md", "", "read me", None),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "steps"), CHANGES)
def test_a_version_is_a_commit_that_changed_what_the_task_does(gitflow, commit, file, old, new, steps):
    path = gitflow.folder / file
    text = path.read_text() if path.exists() else ""
    assert old in text
    commit("change", {file: text.replace(old, new) if old else new})
    assert subjects(gitflow) == (["first"] if steps is None else ["change", "first"])
    changed = {step for step, subject in blamed(gitflow).items() if subject == "change"}
    assert changed == (steps or set())


def test_a_version_says_who_when_and_what(gitflow, commit):
    sha = commit("a build step\n\nbody", {"scripts/build.py": "print(2)"})
    newest = versions(gitflow)[0]
    assert (newest["commit"]["sha"], newest["commit"]["author"]) == (sha, "Test <test@localhost>")
    assert newest["loads"] is True
    [change] = newest["changes"]
    assert change == {"kind": "file", "name": "scripts/build.py", "change": "changed", "summary": "content changed"}
    lines = gitflow("versions", "deploy").stdout.splitlines()
    assert lines[0].endswith(f"{sha[:12]}  Test <test@localhost>  a build step")
    assert lines[1] == "    ~ file scripts/build.py: content changed"


def test_definitions_that_move_to_another_file_are_followed_there(gitflow, commit):
    commit("longer", {".workflows/tasks.yaml": TASKS.replace("60s", "90s")})
    commit("move", {".workflows/tasks.yaml": None, ".workflows/deep/all.yaml": TASKS.replace("60s", "90s")})
    commit("shorter", {".workflows/deep/all.yaml": TASKS.replace("60s", "30s")})
    assert subjects(gitflow) == ["shorter", "longer", "first"]


def test_a_revision_that_does_not_load_is_said_and_not_fatal(gitflow, commit):
    commit("typo", {".workflows/tasks.yaml": TASKS + "  - ["})
    commit("repaired", {".workflows/tasks.yaml": TASKS.replace("60s", "90s")})
    found = versions(gitflow)
    assert [(each["commit"]["subject"], each["loads"]) for each in found] == [
        ("repaired", True),
        ("typo", False),
        ("first", True),
    ]
    assert found[1]["problems"][0]["file"] == ".workflows/tasks.yaml"
    assert [change["summary"] for change in found[0]["changes"]] == ["step ship: timeout changed"]
    assert blamed(gitflow) == {"build": "first", "ship": "repaired", "check": "first"}


def test_what_a_new_task_uses_and_was_there_before_is_not_added(gitflow, commit):
    more = (
        "tasks: {fresh: {flow: {it: {action: ship}, new: {action: own}}}}\nactions: {own: {type: shell, cmd: 'true'}}\n"
    )
    commit("a new task", {".workflows/more.yaml": more})
    [version] = versions(gitflow, "fresh")
    assert [(each["change"], each["kind"], each["name"]) for each in version["changes"]] == [
        ("added", "task", "fresh"), ("added", "action", "own"),
    ]  # fmt: skip


def test_a_task_that_is_renamed_says_from_what(gitflow, commit):
    commit("another name", {".workflows/tasks.yaml": TASKS.replace("  deploy:", "  release:")})
    [version] = versions(gitflow, "release")
    assert [(each["change"], each["name"], each["summary"]) for each in version["changes"]] == [
        ("renamed", "release", "renamed from deploy")
    ]


def test_a_task_that_was_away_for_a_while_is_removed_and_added_again(gitflow, commit):
    commit(
        "away",
        {".workflows/tasks.yaml": TASKS.replace("  other:\n    flow: {one: {type: shell, cmd: 'echo one'}}\n", "")},
    )
    commit("back", {".workflows/tasks.yaml": TASKS})
    assert [
        [(each["change"], each["name"]) for each in version["changes"]] for version in versions(gitflow, "other")
    ] == [[("added", "other")], [("removed", "other")], [("added", "other")]]


def test_a_merge_is_no_version_where_it_only_brings_sides_together(gitflow, commit):
    git(gitflow.folder, "checkout", "-q", "-b", "topic")
    commit("longer", {".workflows/tasks.yaml": TASKS.replace("60s", "90s")})
    git(gitflow.folder, "checkout", "-q", "main")
    commit("page", {"README.md": "x"})
    git(gitflow.folder, "merge", "-q", "--no-edit", "topic")
    assert subjects(gitflow) == ["longer", "first"]


def test_a_merge_is_no_version_where_the_other_side_changed_another_task_of_the_same_file(gitflow, commit):
    git(gitflow.folder, "checkout", "-q", "-b", "topic")
    commit("longer", {".workflows/tasks.yaml": TASKS.replace("60s", "90s")})
    git(gitflow.folder, "checkout", "-q", "main")
    commit("another task", {".workflows/tasks.yaml": TASKS.replace("echo one", "echo two")})
    git(gitflow.folder, "merge", "-q", "--no-edit", "topic")
    assert subjects(gitflow) == ["longer", "first"]
    assert subjects(gitflow, "other") == ["another task", "first"]


def test_a_merge_that_joins_two_changes_of_the_task_is_a_version(gitflow, commit):
    git(gitflow.folder, "checkout", "-q", "-b", "topic")
    commit("longer", {".workflows/tasks.yaml": TASKS.replace("60s", "90s")})
    git(gitflow.folder, "checkout", "-q", "main")
    commit("ship", {"tools/ship.sh": "echo shipped"})
    git(gitflow.folder, "merge", "-q", "-m", "joined", "topic")
    assert subjects(gitflow)[0] == "joined"
    assert sorted(subjects(gitflow)[1:]) == ["first", "longer", "ship"]


def test_each_step_is_blamed_on_its_own_side_of_a_merge(gitflow, commit):
    git(gitflow.folder, "checkout", "-q", "-b", "topic")
    commit("build", {"scripts/build.py": "print(2)"})
    git(gitflow.folder, "checkout", "-q", "main")
    commit("ship", {"tools/ship.sh": "echo shipped"})
    git(gitflow.folder, "merge", "-q", "--no-edit", "topic")
    assert blamed(gitflow) == {"build": "build", "ship": "ship", "check": "first"}


def test_an_older_revision_is_asked_by_its_name(gitflow, commit):
    commit("longer", {".workflows/tasks.yaml": TASKS.replace("60s", "90s")})
    assert subjects(gitflow, "deploy", "--rev", "HEAD~1") == ["first"]
    shown = gitflow("show", "deploy", "--rev", "HEAD~1", "-o", "json")
    assert json.loads(shown.stdout)["flow"]["ship"]["timeout"] in (60, "60s", 60.0)


def test_the_limit_is_said(gitflow, commit):
    commit("longer", {".workflows/tasks.yaml": TASKS.replace("60s", "90s")})
    done = gitflow("versions", "deploy", "--limit", "1")
    assert done.stderr == "gitflow: 1 older version; list it with --limit\n"


def test_a_workspace_in_a_subfolder_has_its_own_history(gitflow, tmp_path):
    folder = tmp_path / "mono"
    below = folder / "teams" / "a"
    (below / ".workflows").mkdir(parents=True)
    init(folder)
    (below / ".workflows" / "a.yaml").write_text(
        TASKS.replace("{type: web, default: prod}", "{type: string}").replace(
            "action: ship", "type: shell, cmd: sh tools/ship.sh"
        )
    )
    (below / "tools").mkdir()
    (below / "scripts").mkdir()
    (below / "scripts" / "build.py").write_text("print(1)")
    for text in ("echo 1", "echo 2"):
        (below / "tools" / "ship.sh").write_text(text)
        commit_all(folder, text)
    (folder / "tools").mkdir()
    (folder / "tools" / "ship.sh").write_text("not ours")
    commit_all(folder, "not ours")
    assert subjects(gitflow, "deploy", "-w", str(below)) == ["echo 2", "echo 1"]


def test_a_shallow_clone_says_that_older_commits_are_missing(gitflow, commit, tmp_path):
    commit("longer", {".workflows/tasks.yaml": TASKS.replace("60s", "90s")})
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{gitflow.folder}", str(tmp_path / "shallow"))
    done = gitflow("versions", "deploy", "-w", str(tmp_path / "shallow"))
    assert done.returncode == 0
    assert "git fetch --unshallow" in done.stderr


@pytest.mark.parametrize("command", ["versions", "blame"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("deplyo",), "there is no task named 'deplyo'; did you mean \"deploy\"?"),
        (("deploy", "--rev", "nowhere"), "there is no revision 'nowhere'"),
        (("deploy", "--rev", ""), "the revision is empty"),
        (("deploy", "--rev", "WORKTREE"), "WORKTREE is no commit"),
    ],
)
def test_bad_input_is_refused(gitflow, commit, command, words, message):
    done = gitflow(command, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_tip_that_cannot_be_read_says_why(gitflow, commit):
    commit("typo", {".workflows/tasks.yaml": TASKS + "  - ["})
    done = gitflow("versions", "deploy")
    assert done.returncode == 2
    assert "task 'deploy' cannot be read at" in done.stderr
