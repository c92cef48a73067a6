"""The unit file and the settings of the guides are what systemd and the server take."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from gitflow.api.serve import address_of
from gitflow.config import config_of, read_config

HOW_TO = Path(__file__).resolve().parent.parent.parent / "docs" / "how-to"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (HOW_TO / page).read_text(), re.S)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The folder of the guide's unit and the agent's, but for a program that is surely there."""
    (text,) = blocks("systemd.md", "ini")
    agent = (HOW_TO.parent.parent / "deploy" / "gitflow-agent.service").read_text()
    for name, content in (("gitflow.service", text), ("gitflow-agent.service", agent)):
        (tmp_path / name).write_text(content.replace("/opt/gitflow/bin/gitflow", "/bin/true"))
    return tmp_path


@pytest.mark.parametrize("name", ["gitflow.service", "gitflow-agent.service"])
def test_every_line_of_the_unit_is_a_section_a_key_or_a_comment(units: Path, name: str):
    section, keys = "", []
    for line in filter(None, (units / name).read_text().splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            key, mark, _ = line.partition("=")
            assert mark, line
            keys.append((section, key))
    assert len(keys) == len(set(keys)), "a key stands twice"
    assert {section for section, _ in keys} == {"Unit", "Service", "Install"}


@pytest.mark.deploy("systemd-analyze")
@pytest.mark.parametrize("name", ["gitflow.service", "gitflow-agent.service"])
def test_systemd_finds_nothing_wrong_with_the_unit(units: Path, name: str):
    done = subprocess.run(["systemd-analyze", "verify", str(units / name)], capture_output=True, text=True, timeout=30)
    about_it = [line for line in done.stderr.splitlines() if name in line]
    assert about_it == []


def test_the_settings_behind_a_proxy_are_taken(tmp_path: Path):
    settings = [text for text in blocks("reverse-proxy.md", "yaml") if "tasks:" not in text]
    assert len(settings) == 2
    for text in settings:
        path = tmp_path / "server-config.yaml"
        path.write_text(text)
        config = read_config(str(path), {}, str(tmp_path / "cache"), for_server=True)
        assert address_of(config)
    config = config_of(yaml.safe_load(settings[0]), None, {})
    assert config.public_url == "https://flows.example.com"


def test_the_settings_of_telemetry_are_taken(tmp_path: Path):
    (text,) = blocks("telemetry.md", "yaml")
    path = tmp_path / "server-config.yaml"
    path.write_text(text)
    config = read_config(str(path), {"OTLP_KEY": "k"}, str(tmp_path / "cache"), for_server=True)
    assert dict(config.telemetry.headers) == {"x-api-key": "k"}


def test_examples_and_guides_give_outputs_in_the_form_that_no_value_can_add_to():
    """Where the other forms are described they are named, and nowhere written to."""
    root = HOW_TO.parent.parent
    written = re.compile(r"""GITFLOW_OUTPUT\b|['"]OUTPUT:""")
    pages = [root / "README.md", *root.glob("docs/**/*.md"), *root.glob("src/gitflow/cli/local/init.py")]
    folders = [*root.glob("examples/**/*"), *root.glob("workspaces/**/*")]
    shown = ["\n".join(re.findall(r"```.*?```", page.read_text(), re.S)) for page in pages if page.suffix == ".md"]
    shown += [page.read_text() for page in (*pages, *folders) if page.suffix in (".py", ".yaml", ".sh")]
    assert len(shown) > 30
    assert [text for text in shown if written.search(text)] == []
