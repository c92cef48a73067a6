"""An approval is answered where the job was started, on a terminal."""

import os
import pty
import select
import subprocess
import sys
import time

import pytest

FLOW = """
tasks:
  asks:
    flow:
      sure:
        type: approval
        message: Deploy?
        input: {count: {type: integer, required: true, minimum: 1}, note: {type: string}}
      go:
        type: shell
        depends_on: [sure]
        cmd: echo {{ sure.output.input.count }} by {{ sure.output.approved_by }}
"""


class Terminal:
    """A command on a real terminal, of which it reads and to which it writes."""

    def __init__(self, gitflow, *words: str, command: list[str] | None = None) -> None:
        self._main, other = pty.openpty()
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *(command or [sys.executable, "-m", "gitflow.cli.main", *words])],
            cwd=gitflow.folder,
            env=gitflow.environ | {"NO_COLOR": "1", "TERM": "xterm"},
            stdin=other,
            stdout=other,
            stderr=other,
        )
        os.close(other)
        self.seen = self.whole = ""

    def expect(self, text: str) -> None:
        """Reads until it has been printed, and forgets what came before."""
        until = time.monotonic() + 30
        while text not in self.seen:
            assert select.select([self._main], [], [], max(0.0, until - time.monotonic()))[0], self.seen
            try:
                got = os.read(self._main, 65536)
            except OSError:  # the other side is closed
                got = b""
            assert got, f"{text!r} was not printed: {self.seen}"
            self.seen += got.decode()
            self.whole += got.decode()
        self.seen = self.seen.partition(text)[2]

    def type(self, text: str) -> None:
        os.write(self._main, text.encode())

    def ended(self) -> int:
        try:
            while os.read(self._main, 65536):
                pass
        except OSError:
            pass
        return self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._main)


@pytest.fixture
def terminal(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    opened = Terminal(gitflow, "run", "asks")
    yield opened
    opened.close()


def test_what_is_asked_cannot_rewrite_the_screen_or_pass_for_an_answer(gitflow):
    flow = '{ask: {type: approval, message: "{{ input.text }}"}}'
    gitflow.write(
        ".workflows/a.yaml", f"tasks: {{asks: {{input: {{text: {{type: string, required: true}}}}, flow: {flow}}}}}\n"
    )
    opened = Terminal(gitflow, "run", "asks", "-i", "text=\x1b[2J\x9b1A\u202eok?\r\n+ ask  completed")
    try:
        opened.expect("? \\u001b[2J\\u009b1A\\u202eok?\r\n    + ask  completed\r\n")
        opened.expect("[l]ater: ")
        opened.type("n\n")
        opened.expect("Why? ")
        opened.type("no\n")
        assert opened.ended() == 1
        assert "\x1b" not in opened.whole
    finally:
        opened.close()


def test_an_approval_is_given_at_the_prompt_with_its_fields(terminal):
    terminal.expect("? Deploy?")
    terminal.expect("[l]ater: ")
    terminal.type("perhaps\n")
    terminal.expect("[l]ater: ")
    terminal.type("y\n")
    terminal.expect("count (integer, required): ")
    terminal.type("many\n")
    terminal.expect("integer")
    terminal.expect("count (integer, required): ")
    terminal.type("3\n")
    terminal.expect("note (string): ")
    terminal.type("\n")
    terminal.expect("3 by tester")
    assert terminal.ended() == 0


def test_an_approval_is_refused_at_the_prompt_with_a_reason(terminal, gitflow):
    terminal.expect("[l]ater: ")
    terminal.type("n\n")
    terminal.expect("Why? ")
    terminal.type("not today\n")
    terminal.expect("rejected by tester: not today")
    assert terminal.ended() == 1


def test_an_approval_is_left_to_another_shell(terminal, gitflow):
    terminal.expect("[l]ater: ")
    terminal.type("l\n")
    terminal.expect("decide later with: gitflow approve")
    job_id = gitflow.jobs()[0]["job_id"]
    assert gitflow("approve", job_id, "sure", "-i", "count=2").returncode == 0
    terminal.expect("2 by tester")
    assert terminal.ended() == 0


def test_an_approval_that_is_given_elsewhere_is_no_longer_asked_for(terminal, gitflow):
    terminal.expect("[l]ater: ")
    job_id = gitflow.jobs()[0]["job_id"]
    assert gitflow("approve", job_id, "sure", "-i", "count=2").returncode == 0
    terminal.expect("no longer waits")
    assert terminal.ended() == 0


def test_an_interrupt_ends_the_question_and_the_job(terminal):
    terminal.expect("[l]ater: ")
    terminal.type("\x03")
    assert terminal.ended() == 130


def test_nobody_is_asked_by_a_run_in_the_background(gitflow):
    gitflow.write(".workflows/a.yaml", FLOW)
    words = f"{sys.executable} -m gitflow.cli.main run asks & wait"
    shell = Terminal(gitflow, command=["bash", "-mc", words])
    try:
        shell.expect("waits for gitflow approve")
        job_id = gitflow.jobs()[0]["job_id"]
        assert gitflow("approve", job_id, "sure", "-i", "count=2").returncode == 0
        shell.expect("2 by tester")
        assert "[l]ater" not in shell.whole
    finally:
        shell.close()


def test_who_acts_for_an_approver_is_asked_why(gitflow):
    gitflow.write(".workflows/a.yaml", "tasks: {picky: {flow: {sure: {type: approval, approvers: [boss]}}}}\n")
    terminal = Terminal(gitflow, "run", "picky")
    try:
        terminal.expect("[l]ater: ")
        terminal.type("y\n")
        terminal.expect("must give a reason")
        terminal.expect("[l]ater: ")
        terminal.type("y\n")
        terminal.expect("Why? ")
        terminal.type("boss is ill\n")
        assert terminal.ended() == 0
    finally:
        terminal.close()
