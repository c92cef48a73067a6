"""``gitflow run`` starts in milliseconds because of what it does not import."""

from __future__ import annotations

import os
import subprocess
import sys

#: Each costs a small flow more than the flow itself.
TOO_DEAR = {
    "argparse",
    "asyncio",
    "click",
    "croniter",
    "git",
    "http",
    "importlib.metadata",
    "jsonschema_rs",
    "logging",
    "minijinja",
    "pathlib",
    "gitflow.definitions.shell.parsers",
    "typing",
    "urllib",
    "uuid",
    "yaml",
    "zstandard",
}


def test_a_second_run_imports_almost_nothing(root, tmp_path):
    env = {**os.environ, "GITFLOW_STATE": str(tmp_path)}
    command = [sys.executable, "-X", "importtime", "-m", "gitflow.cli.main", "run", "hello-world", "-i", "name=World"]
    for _ in range(2):  # the first one compiles the definitions
        done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "gitflow.runtime.worker.worker" in imported, "the list of imports was not read"
    assert imported & TOO_DEAR == set()
