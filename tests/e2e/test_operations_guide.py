"""The session of docs/how-to/operations.md does what the page says."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "operations.md"


def blocks(language: str, replaced: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return [block.replace("/tmp/gitflow-tests-pass", replaced) for block in found]


def test_the_session_of_the_guide_can_be_followed(gitflow, tmp_path: Path):
    mark = str(tmp_path / "tests-pass")
    [definitions] = blocks("yaml", mark)
    gitflow.write(".workflows/operations.yaml", definitions)
    script = "".join(f"{block}echo --- block {n}\n" for n, block in enumerate(blocks("sh", mark)))
    done = gitflow.follow(script)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "--- block 3" in done.stdout
    left = [(job["task_name"], job["status"]) for job in gitflow.jobs()]
    assert left.count(("deploy", "completed")) == 1
    assert {status for _, status in left} == {"completed"}


def test_the_guide_tells_of_every_operation():
    from gitflow.cli.commands.jobs import explain, history
    from gitflow.cli.commands.operations import COMMANDS

    page = PAGE.read_text()
    assert [command.name for command in (*COMMANDS, explain, history) if f"`{command.name} ID" not in page] == []
