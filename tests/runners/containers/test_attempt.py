"""Attempts in containers of a real podman: what they see, how they end, and that nothing is left of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from box import Containers

from gitflow.core.language.definition import Action, Script
from gitflow.runners.base import Outcome
from gitflow.runners.container_settings import ContainerSettings
from podman_part import Podman, needs_podman

pytestmark = needs_podman


@pytest.fixture
def box(tmp_path: Path, podman: Podman) -> Iterator[Containers]:
    made = Containers(tmp_path, podman.image)
    yield made
    made.runner.stop_all(0.0)
    while made.runner.running:
        made.runner.wait(60.0)
    made.runner.close()
    assert podman.containers() == []
    assert made.records == []


def test_a_script_runs_in_the_working_copy_with_both_streams_in_the_log(box: Containers) -> None:
    (box.folder / "work" / "a.txt").write_text("from the copy")
    outcome = box.do("pwd; cat a.txt; echo aside >&2; echo new > b.txt")
    assert outcome == Outcome(exit_code=0)
    assert box.log() == b"/gitflow/work\nfrom the copy\n"
    assert box.log("stderr") == b"aside\n"
    assert (box.folder / "work" / "b.txt").read_text() == "new\n"


def test_input_output_and_artifacts_are_where_the_variables_say(box: Containers) -> None:
    outcome = box.do(
        'cat "$GITFLOW_INPUT"; cat "$GITFLOW_NEEDS"/before/a; '
        'echo art > "$GITFLOW_ARTIFACTS/a.txt"; printf %s "$V" > "$GITFLOW_OUTPUTS/said"; echo n=1 > "$GITFLOW_OUTPUT"',
        input={"name": "Ada"},
        values={"V": "two\nlines"},
        needs=_needs(box),
    )
    assert outcome == Outcome(exit_code=0, output={"n": "1", "said": "two\nlines"})
    assert box.log() == b'{"name": "Ada"}of before\n'
    assert (box.folder / "attempts/step/artifacts/a.txt").read_text() == "art\n"


def _needs(box: Containers) -> str:
    folder = box.folder / "needs" / "before"
    folder.mkdir(parents=True)
    (folder / "a").write_text("of before\n")
    return str(folder.parent)


@pytest.mark.parametrize("code", [1, 4, 255])
def test_the_exit_code_is_the_programs(box: Containers, code: int) -> None:
    outcome = box.do(f"echo last words >&2; exit {code}")
    assert outcome == Outcome(exit_code=code, error=f"Exit code: {code}\nStderr: last words")


def test_a_word_is_the_argument_of_the_images_program(box: Containers, podman: Podman) -> None:
    image = podman.import_image("localhost/gitflow-test:echo", 'ENTRYPOINT ["/bin/echo","of","image"]')
    box.do(fields={"image": image, "cmd": ["and", 'own "words"\nof two lines']})
    assert box.log() == b'of image and own "words"\nof two lines\n'


def test_an_entrypoint_replaces_the_images_program(box: Containers, podman: Podman) -> None:
    image = podman.import_image("localhost/gitflow-test:echo", 'ENTRYPOINT ["/bin/echo","of","image"]')
    box.do(fields={"image": image, "entrypoint": ["/bin/printf", "%s-"], "cmd": ["a", 2]})
    assert box.log() == b"a-2-\n"
    box.chunks.clear()
    box.do(fields={"image": image, "entrypoint": [], "cmd": ["echo", "alone"]}, step="other")
    assert box.log() == b"alone\n"


def test_an_image_without_the_program_gives_127_and_says_so(box: Containers) -> None:
    for init in (True, False):
        outcome = box.do(fields={"cmd": ["no-such-program"], "init": init}, step=f"step-{init}")
        assert outcome == Outcome(exit_code=127, error=f"the image {box.image!r} has no program 'no-such-program'")


def test_a_program_that_cannot_be_executed_gives_126_and_says_so(box: Containers) -> None:
    for init in (True, False):
        outcome = box.do(fields={"cmd": ["/tmp"], "init": init}, step=f"step-{init}")
        assert outcome == Outcome(exit_code=126, error=f"program '/tmp' of the image {box.image!r} cannot be executed")


def test_a_shell_that_does_not_find_a_command_has_run(box: Containers) -> None:
    outcome = box.do("no-such-command")
    assert outcome.exit_code == 127
    assert outcome.error == "Exit code: 127\nStderr: step: line 0: no-such-command: not found"


def test_a_missing_image_with_pull_never_gives_125_and_says_so(box: Containers) -> None:
    outcome = box.do("true", fields={"image": "localhost/gitflow-test:none", "pull": "never"})
    assert outcome.exit_code == 125
    assert outcome.error is not None
    assert outcome.error.startswith(
        "the image 'localhost/gitflow-test:none' is not on this machine, and `pull: never` says not to pull it"
    )


def test_an_image_that_cannot_be_pulled_gives_125_and_the_reason(box: Containers) -> None:
    outcome = box.do("true", fields={"image": "127.0.0.1:1/gitflow/none:1"})
    assert outcome.exit_code == 125
    assert outcome.error is not None
    assert outcome.error.startswith("the image '127.0.0.1:1/gitflow/none:1' cannot be pulled: ")
    assert b"127.0.0.1:1" in box.log("stderr")


def test_a_stop_sends_term_and_the_program_may_tidy_up(box: Containers) -> None:
    box.begin("trap 'echo tidy; exit 3' TERM; echo ready; while :; do sleep 0.1; done")
    box.await_line(b"ready")
    box.runner.stop(("job", "step", 1), 60.0)
    outcome = box.outcome()
    assert outcome == Outcome(exit_code=3, error="stopped", killed=True)
    assert box.log() == b"ready\ntidy\n"


def test_a_program_that_ignores_term_is_killed_after_the_grace_time(box: Containers) -> None:
    box.begin("trap '' TERM; echo ready; while :; do sleep 0.1; done")
    box.await_line(b"ready")
    box.runner.stop(("job", "step", 1), 0.2)
    assert box.outcome() == Outcome(exit_code=137, error="stopped", killed=True)


def test_a_time_limit_ends_the_container(box: Containers) -> None:
    outcome = box.do("trap '' TERM; sleep 1000 & wait; sleep 1000", timeout_s=2.0, grace_s=0.2)
    assert (outcome.exit_code, outcome.error, outcome.timed_out) == (137, "timed out after 2s", True)


def test_a_stop_before_the_container_has_started_ends_it(box: Containers) -> None:
    box.begin("sleep 1000")
    box.runner.stop(("job", "step", 1), 60.0)
    outcome = box.outcome()
    assert (outcome.error, outcome.killed) == ("stopped", True)


def test_secrets_are_masked_and_stand_on_no_command_line(box: Containers) -> None:
    part = os.urandom(8).hex()  # no other process of this machine has it in its words
    secret = f"a '{part}'\nof \"two\" lines"
    box.begin(
        'printf "%s\\n" "$TOKEN"; echo ready; while ! [ -e go ]; do sleep 0.1; done',
        env={"TOKEN": secret},
        masks=(secret,),
    )
    box.await_line(b"ready")
    listed = [_words_of(pid) for pid in os.listdir("/proc") if pid.isdecimal()]
    assert any(b"start" in words and b"gitflow-job-step-1" in words for words in listed)
    assert not any(part.encode() in words for words in listed)
    (box.folder / "work" / "go").touch()
    assert box.outcome().exit_code == 0
    assert part.encode() not in box.log()


def _words_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_secret_in_the_words_of_a_command_is_refused(box: Containers) -> None:
    outcome = box.do(fields={"cmd": ["echo", "my-secret"]}, masks=("my-secret",))
    assert outcome.error == (
        "word 2 of the container's command contains a secret, which every user of this machine could see; "
        "pass it in `env`, and use the variable in the script"
    )


def test_variables_that_podman_reads_itself_reach_only_the_container(box: Containers) -> None:
    env = {"PATH": "/bin:/own", "CONTAINERS_CONF": "/nowhere", "HOME": "/own", "LD_PRELOAD": ""}
    outcome = box.do('echo "$PATH $CONTAINERS_CONF $HOME"', env=env)
    assert outcome == Outcome(exit_code=0)
    assert box.log() == b"/bin:/own /nowhere /own\n"


def test_nothing_else_of_the_surrounding_environment_is_there(box: Containers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_WORKER", "1")
    monkeypatch.setenv("HTTP_PROXY", "http://user:password@proxy.example.com")
    box.do("env")
    names = {line.partition(b"=")[0].decode() for line in box.log().splitlines()}
    assert {name for name in names if not name.startswith("GITFLOW_")} == {
        "container", "HOME", "HOSTNAME", "PATH", "PWD", "SHLVL", "TERM",
    }  # fmt: skip
    assert "GITFLOW_RUN" not in names


def test_any_user_of_the_container_can_write_its_files(box: Containers) -> None:
    outcome = box.do(
        'id -u; cat "$GITFLOW_INPUT"; echo 1 > mine; echo x > "$GITFLOW_OUTPUTS/x"; echo a > "$GITFLOW_ARTIFACTS/a"',
        fields={"user": "4321"},
    )
    assert outcome == Outcome(exit_code=0, output={"x": "x\n"})
    assert box.log() == b"4321\n{}\n"


def test_the_files_of_the_input_and_of_earlier_steps_are_read_only(box: Containers) -> None:
    outcome = box.do('echo x > "$GITFLOW_INPUT" || echo refused; echo x > "$GITFLOW_NEEDS/x" || echo refused')
    assert outcome.exit_code == 0
    assert box.log() == b"refused\nrefused\n"


def test_a_limit_of_processes_holds(box: Containers) -> None:
    # The runtime's own threads count too until the program runs: with room for five it cannot always start one.
    outcome = box.do("for i in $(seq 40); do sleep 5 & done; wait", fields={"pids": 24})
    assert outcome.exit_code != 0
    assert b"fork" in box.log("stderr")


@pytest.mark.skipif(os.geteuid() != 0, reason="limits of memory need root where control groups are of version 1")
def test_a_limit_of_memory_holds_and_the_error_names_it(box: Containers) -> None:
    outcome = box.do(fields={"memory": "16m", "cmd": ["sh", "-c", "tail /dev/zero"]})
    assert outcome.exit_code == 137
    assert outcome.error is not None
    assert "memory than its limit (16m)" in outcome.error


def test_a_folder_of_this_machine_is_mounted(box: Containers) -> None:
    folder = box.folder / "of, host"
    folder.mkdir()
    (folder / "a").write_text("of the host\n")
    mounts = [
        {"source": str(folder), "target": "/ro"},
        {"source": str(folder), "target": "/rw", "read_only": False},
    ]
    outcome = box.do("cat /ro/a; echo x > /ro/b || echo refused; echo x > /rw/c", fields={"mounts": mounts})
    assert outcome.exit_code == 0
    assert box.log() == b"of the host\nrefused\n"
    assert sorted(path.name for path in folder.iterdir()) == ["a", "c"]


def test_without_a_network_there_is_only_the_loopback(box: Containers) -> None:
    assert box.do("ls /sys/class/net", fields={"network": "none"}).exit_code == 0
    assert box.log() == b"lo\n"


def test_shell_actions_run_their_script_by_the_images_shell(box: Containers) -> None:
    fields = {"runner": "docker", "image": box.image}
    outcome = box.do("echo $0; false; echo never", action=Action("shell", script=Script("")), fields=fields)
    assert outcome == Outcome(exit_code=1, error="Exit code: 1")
    assert box.log() == b"step\n"


def test_shell_actions_run_a_file_of_the_workspace(box: Containers) -> None:
    script = box.folder / "files" / "run.sh"
    script.write_text('#!/bin/sh\necho "$0"; cat beside.txt\n')
    script.chmod(0o755)
    (box.folder / "work" / "beside.txt").write_text("of the copy\n")
    fields = {"runner": "docker", "image": box.image, "script": "run.sh"}
    assert box.do(action=Action("shell"), fields=fields).exit_code == 0
    assert box.log() == b"/gitflow/files/run.sh\nof the copy\n"


def test_a_container_of_somebody_else_with_the_same_name_is_left_alone(box: Containers, podman: Podman) -> None:
    podman.run("create", "--name", "gitflow-job-step-1", box.image, "true")
    outcome = box.do("true")
    assert outcome.exit_code == 125
    assert "gitflow-job-step-1" in (outcome.error or "")
    assert podman.containers() == ["gitflow-job-step-1"]
    podman.run("rm", "gitflow-job-step-1")


def test_a_runners_settings_decide_which_images_run(box: Containers) -> None:
    box.settings = ContainerSettings(str(box.state), "podman", images=("registry.example.com/**",))
    outcome = box.do("true")
    assert outcome.error == (
        f"this server does not run the image {box.image!r}; `worker.container.images` allows registry.example.com/**"
    )
