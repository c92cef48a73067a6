"""An installed wheel makes a workspace, runs and serves it, and writes the commented configuration that it carries."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path

import pytest
import yaml

from gitflow.cli.local.init import ADAPTED

ROOT = Path(__file__).parents[2]
LOOPBACK = re.compile(r"gitflow server listening on (http://127\.0\.0\.1:\d+)\n")


class Installed:
    """The wheel in a virtual environment of its own, away from the source of the project; what it depends on is that
    of the tests."""

    def __init__(self, environment: Path, folder: Path) -> None:
        self.folder, self.started = folder, list[subprocess.Popen[str]]()
        self.program = str(environment / "bin" / "gitflow")
        unset = ("GITFLOW_SERVER", "GITFLOW_TOKEN", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
        inherited = {name: value for name, value in os.environ.items() if name not in unset}
        self.environ = {**inherited, "GITFLOW_STATE": str(folder.parent / "state")}

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.program, *words],
            cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def serve(self, *words: str) -> str:
        """The address that it prints, once the workspace is served."""
        command = [self.program, "server", *words]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=self.folder, env=self.environ, stdout=pipe, stderr=pipe, text=True)
        self.started.append(process)
        assert process.stdout is not None
        assert process.stderr is not None
        found = LOOPBACK.fullmatch(process.stdout.readline())
        assert found is not None
        assert any("workspace default is at" in line for line in process.stderr)
        return found[1]

    def stop(self) -> None:
        for process in self.started:
            process.terminate()
            process.communicate(timeout=30)
        self.started.clear()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment in which nothing but the wheel is installed. It finds the packages of the tests behind its
    own, without the work tree: a path in a .pth file is added as it is, and what it names in turn is not."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    environ = {**os.environ, "GITFLOW_UI": ""}
    make = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(make, check=True, env=environ)
    [wheel] = folder.glob("gitflow_runner-*.whl")
    target = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(target)], check=True)
    python = target / "bin" / "python"
    install = ["--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*pip, *install], check=True)
    [packages] = (target / "lib").glob("python3*/site-packages")
    (packages / "packages_of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (target / "bin" / "shfmt").symlink_to(Path(sysconfig.get_path("scripts")) / "shfmt")  # a package that is a program
    where = [str(python), "-c", "import gitflow; print(gitflow.__file__)"]
    seen = subprocess.run(where, cwd=folder, capture_output=True, text=True, check=True)
    assert seen.stdout.startswith(str(packages))
    return target


@pytest.fixture
def installed(environment: Path, tmp_path: Path):
    (tmp_path / "project").mkdir()
    found = Installed(environment, tmp_path / "project")
    yield found
    found.stop()


def get(url: str):
    return json.loads(urllib.request.urlopen(url, timeout=20).read())


def test_init_names_every_file_that_it_made_and_a_run_of_them_works(installed: Installed):
    done = installed("init")
    assert done.returncode == 0, done.stderr
    made = {path.relative_to(installed.folder).as_posix() for path in installed.folder.rglob("*") if path.is_file()}
    *created, hint = done.stderr.splitlines()
    assert (
        {line.split()[1] for line in created} == made == {".workflows/hello.yaml", ".workflows/.workspace.schema.json"}
    )
    assert hint == "try: gitflow run hello-world --input name=you"
    assert sum(len((installed.folder / name).read_text().splitlines()) for name in made) < 120
    schema = re.match(
        r"# yaml-language-server: \$schema=(\S+)\n", (installed.folder / ".workflows/hello.yaml").read_text()
    )
    assert schema is not None
    assert "tasks" in json.loads((installed.folder / ".workflows" / schema[1]).read_text())["properties"]

    assert installed("validate").stdout == "no problems\n"
    ran = installed(*hint.removeprefix("try: gitflow ").split())
    assert (ran.returncode, ran.stdout) == (0, "say-hello | Hello you\nshout-it | HELLO YOU\n"), ran.stderr


def test_the_man_page_is_where_man_looks_for_it(environment: Path):
    page = (environment / "share" / "man" / "man1" / "gitflow.1").read_text()
    assert page == (ROOT / "docs/reference/gitflow.1").read_text()
    assert ".SS gitflow explain ID" in page


def test_a_folder_without_a_configuration_is_served_on_loopback_at_the_address_that_is_printed(installed: Installed):
    assert installed("init").returncode == 0
    address = installed.serve("--listen", "127.0.0.1:0")
    assert [each["name"] for each in get(f"{address}/api/workspaces")] == ["default"]
    assert [task["name"] for task in get(f"{address}/api/workspaces/default/tasks")] == ["hello-world"]
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Accept": "text/html"}), timeout=20) as page:
        assert page.headers["Content-Type"].startswith("text/html")


def test_init_writes_the_commented_configuration_and_a_server_reads_it(installed: Installed):
    done = installed("init", "--server")
    assert (done.returncode, "try: gitflow server\n" in done.stderr) == (0, True), done.stderr
    written = (installed.folder / "server-config.yaml").read_text()
    commented = [line for line in written.splitlines() if line.startswith("#")]
    original = (ROOT / "server-config.yaml").read_text()
    assert len(commented) == sum(line.startswith("#") for line in original.splitlines())
    assert yaml.safe_load(written) == {
        "listen": "127.0.0.1:8080",
        "workspaces": {"default": {"type": "folder", "path": "."}},
    }
    schema = re.match(r"# yaml-language-server: \$schema=(\S+)\n", written)
    assert schema is not None
    assert "properties" in json.loads((installed.folder / schema[1]).read_text())
    address = installed.serve("--listen", "127.0.0.1:0")
    assert [task["name"] for task in get(f"{address}/api/workspaces/default/tasks")] == ["hello-world"]


def test_init_of_a_server_leaves_a_workspace_and_a_configuration_as_they_are(installed: Installed):
    installed("init")
    hello = installed.folder / ".workflows/hello.yaml"
    hello.write_text(hello.read_text() + "# mine\n")
    assert installed("init", "--server").returncode == 0
    assert hello.read_text().endswith("# mine\n")
    config = installed.folder / "server-config.yaml"
    config.write_text("listen: 127.0.0.1:0\n")
    done = installed("init", "--server")
    assert (done.returncode, "server-config.yaml already exists" in done.stderr) == (1, True), done.stderr
    assert config.read_text() == "listen: 127.0.0.1:0\n"


def test_every_line_that_is_adapted_is_in_the_configuration_of_the_project():
    text = (ROOT / "server-config.yaml").read_text()
    assert [text.count(before) for before in ADAPTED] == [1] * len(ADAPTED)
