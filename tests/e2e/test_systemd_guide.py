"""The guide to systemd, followed: its files are written, its commands are run, and the server of its unit answers.

What changes the machine (users, packages, units) is stood in for; systemd itself checks the unit in tests/house.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "systemd.md"
#: Commands that a test must not run, in the place of which it does what they would leave.
STAND_INS = """
set -eu
python3() { echo "python3 $*"; }
pip() { echo "pip $*"; }
useradd() { echo "useradd $*"; }
systemctl() { if [ "$1" = enable ]; then start; fi; }
journalctl() { cat "$ROOT/log"; }
runuser() { shift 3; "$@"; }
start() {
  env $ENVIRONMENT $EXEC_START > "$ROOT/out" 2> "$ROOT/log" &
  echo $! > "$ROOT/pid"
  while ! grep -q listening "$ROOT/out"; do kill -0 "$(cat "$ROOT/pid")"; sleep 0.05; done
  PORT=$(sed "s/.*://" "$ROOT/out")
}
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.S)


@pytest.fixture
def root(tmp_path: Path):
    yield tmp_path
    if (tmp_path / "pid").exists():
        subprocess.run(["kill", (tmp_path / "pid").read_text().strip()], check=False)


def test_who_follows_the_guide_has_a_server_that_answers_and_an_administrator(root: Path):
    program = f"{sys.executable} -m gitflow.cli.main"

    def here(text: str) -> str:
        """On this machine: below a folder of the test, and on a free port."""
        text = text.replace("/opt/gitflow/bin/gitflow", program).replace("/opt/gitflow/bin/pip", "pip")
        text = re.sub(r"/(etc|var/lib|var/cache|opt)/gitflow", rf"{root}/\1", text)
        text = text.replace("http://127.0.0.1:8080", "http://127.0.0.1:$PORT")
        return text.replace("127.0.0.1:8080", "127.0.0.1:0").replace("https://git.example.com/shop.git", f"{root}/shop")

    (config,), (unit,), (first, second) = blocks("yaml"), blocks("ini"), blocks("sh")
    named = re.search(r"# /etc/gitflow/server-config.yaml", config)
    exec_start = re.search(r"^ExecStart=(.*)$", unit, re.M)
    environment = re.search(r"^Environment=(.*)$", unit, re.M)
    assert None not in (named, exec_start, environment)
    subprocess.run(["git", "init", "-q", "-b", "main", str(root / "shop")], check=True)
    (root / "config").write_text(here(config))
    second = second.replace("--admin", "--admin --no-password")
    script = f"{STAND_INS}\n{here(first)}\ncp $ROOT/config $ROOT/etc/server-config.yaml\n{here(second)}"
    given = {
        **os.environ,
        "ROOT": str(root),
        "EXEC_START": here(exec_start[1]),
        "ENVIRONMENT": here(environment[1]),
        "GITFLOW_CACHE": str(root / "cache"),
    }
    done = subprocess.run(["bash", "-c", script], env=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no problems" in done.stdout
    assert "root@example.com has an account now" in done.stderr
