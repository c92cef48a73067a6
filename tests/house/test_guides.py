"""The unit file and the settings of the guides are what systemd and the server take."""

from __future__ import annotations

import re
import shutil
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
def unit(tmp_path: Path) -> Path:
    """The guide's, but for a program that is surely there."""
    (text,) = blocks("systemd.md", "ini")
    path = tmp_path / "gitflow.service"
    path.write_text(text.replace("/opt/gitflow/bin/gitflow", "/bin/true"))
    return path


def test_every_line_of_the_unit_is_a_section_a_key_or_a_comment(unit: Path):
    section, keys = "", []
    for line in filter(None, unit.read_text().splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            key, mark, _ = line.partition("=")
            assert mark, line
            keys.append((section, key))
    assert len(keys) == len(set(keys)), "a key stands twice"
    assert {section for section, _ in keys} == {"Unit", "Service", "Install"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path):
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=30)
    about_it = [line for line in done.stderr.splitlines() if "gitflow.service" in line]
    assert about_it == []


def test_the_settings_behind_a_proxy_are_taken(tmp_path: Path):
    settings = blocks("reverse-proxy.md", "yaml")
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


def test_nginx_hands_on_what_the_server_counts_on():
    (text,) = blocks("reverse-proxy.md", "nginx")
    given = dict(re.findall(r"proxy_set_header (\S+) (\S+);", text))
    assert set(given) == {"Host", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Upgrade", "Connection"}
    assert text.count("{") == text.count("}")
    for line in filter(None, map(str.strip, text.splitlines())):
        assert line.endswith(("{", "}", ";")), line


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_the_configuration(tmp_path: Path):
    (text,) = blocks("reverse-proxy.md", "nginx")
    plain = re.sub(r"\n *ssl_certificate.*?;", "", text).replace("443 ssl", f"unix:{tmp_path}/socket")
    path = tmp_path / "nginx.conf"
    path.write_text(f"events {{}}\npid {tmp_path}/pid;\nhttp {{\n{plain}\n}}\n")
    subprocess.run(["nginx", "-t", "-c", str(path)], check=True, timeout=30)


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
