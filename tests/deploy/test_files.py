"""The files of deploy/ are what the programs that read them take, and the settings of Compose are a server's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

import parts
from gitflow.config import read_config

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
LINTERS = {
    "hadolint": ["hadolint", "Dockerfile"],
    "yamllint": ["yamllint", "--strict", "--config-file", "yamllint.yaml", "."],
    "check-jsonschema": ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"],
}
VARIABLES = {
    "GITFLOW_HOST": "flows.example.com",
    "GITFLOW_REPOSITORY": "https://git.example.com/shop.git",
    "ADMIN_EMAIL": "root@example.com",
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.deploy(name)) for name in LINTERS])
def test_the_linter_finds_nothing(name: str):
    program, *words = LINTERS[name]
    done = subprocess.run(
        [parts.find_program(program), *words], cwd=DEPLOY, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_server_of_compose_takes_its_settings_and_gets_the_variables_that_they_name(tmp_path: Path):
    text = (DEPLOY / "compose" / "server-config.yaml").read_text()
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    server = compose["services"]["server"]
    assert server["environment"].keys() >= VARIABLES.keys()
    for name in (each if isinstance(each, str) else each["source"] for each in server["secrets"]):
        assert f"/run/secrets/{name}" in text
        assert name in compose["secrets"]
        (tmp_path / name).write_text("0123456789" * 4)
    (tmp_path / "server-config.yaml").write_text(text.replace("/run/secrets", str(tmp_path)))
    config = read_config(str(tmp_path / "server-config.yaml"), VARIABLES, str(tmp_path / "cache"), for_server=True)
    assert config.public_url == "https://flows.example.com"
    proxy = compose["services"]["proxy"]["networks"]["default"]["ipv4_address"]
    assert list(config.trusted_proxies) == [f"{proxy}/32"]
