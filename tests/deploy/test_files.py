"""The files of deploy/ are what the programs that read them take, and the settings of Compose are a server's."""

from __future__ import annotations

import json
import re
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import yaml

import parts
from gitflow.agent.options import AgentOptions
from gitflow.config import read_config
from gitflow.service import STOP_S

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
LINTERS = {
    "hadolint": ["hadolint", "Dockerfile", "kubernetes/Dockerfile"],
    "yamllint": ["yamllint", "--strict", "--config-file", "yamllint.yaml", "."],
    "kubernetes-validate": ["kubernetes-validate", "-k", "1.37", "--strict", "kubernetes/rbac.yaml"],
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


def test_the_servers_of_compose_take_their_settings_and_get_the_variables_that_they_name(tmp_path: Path):
    text = (DEPLOY / "compose" / "server-config.yaml").read_text()
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    servers = {name: each for name, each in compose["services"].items() if name.startswith("server-")}
    for name in (each if isinstance(each, str) else each["source"] for each in servers["server-1"]["secrets"]):
        assert f"/run/secrets/{name}" in text
        assert name in compose["secrets"]
        (tmp_path / name).write_text("0123456789" * 4)
    (tmp_path / "server-config.yaml").write_text(text.replace("/run/secrets", str(tmp_path)))
    addresses = {name: each["networks"]["default"]["ipv4_address"] for name, each in servers.items()}
    for name, server in servers.items():
        assert server["environment"].keys() >= VARIABLES.keys()
        given = {**VARIABLES, **{name: str(value) for name, value in server["environment"].items() if "__" in name}}
        config = read_config(str(tmp_path / "server-config.yaml"), given, str(tmp_path / "cache"), for_server=True)
        assert config.public_url == "https://flows.example.com"
        assert config.cluster.url == f"http://{name}:8080"
        proxy = compose["services"]["proxy"]["networks"]["default"]["ipv4_address"]
        assert list(config.trusted_proxies) == [f"{each}/32" for each in (proxy, *addresses.values())]
    proxied = re.findall(r"^    server (.*):8080;$", (DEPLOY / "compose" / "nginx.conf").read_text(), re.M)
    assert proxied == list(addresses.values())


def test_the_servers_of_compose_differ_in_names_and_places_and_share_artifacts():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    one, two = (json.dumps(services[f"server-{number}"]) for number in (1, 2))
    apart = [("server-1", "server-2"), ("state-1", "state-2"), ("172.28.8.3", "172.28.8.4")]
    for before, after in apart:
        assert before in one
        one = one.replace(before, after)
    assert one == two
    assert "artifacts:/var/lib/gitflow/state/artifacts" in two


def test_no_address_of_compose_is_one_that_another_service_may_get():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    [network] = compose["networks"]["default"]["ipam"]["config"]
    given = [each["networks"]["default"] for each in compose["services"].values() if "networks" in each]
    addresses = [ip_address(each["ipv4_address"]) for each in given]
    assert len(set(addresses)) == len(addresses) == 3
    for address in addresses:
        assert address in ip_network(network["subnet"])
        assert address not in ip_network(network["ip_range"])


AGENT_S = AgentOptions("", None, "", "").drain_s
#: Every place that says how long a stopped process may take to end, and how long the process takes for it itself.
STOPS = (
    ("deploy/gitflow-agent.service", r"^TimeoutStopSec=(\d+)$", AGENT_S),
    ("deploy/helm/gitflow/templates/agents.yaml", r"terminationGracePeriodSeconds: (\d+)", AGENT_S),
    ("deploy/helm/gitflow/templates/server.yaml", r"terminationGracePeriodSeconds: (\d+)", STOP_S),
    ("deploy/compose.yaml", r"^    stop_grace_period: (\d+)s", AGENT_S),
    ("deploy/compose.yaml", r"^  stop_grace_period: (\d+)s", STOP_S),
    ("docs/how-to/systemd.md", r"^TimeoutStopSec=(\d+)$", STOP_S),
)


@pytest.mark.parametrize(("name", "pattern", "takes_s"), STOPS)
def test_who_stops_a_process_waits_ten_seconds_longer_than_it_takes(name: str, pattern: str, takes_s: float):
    found = re.findall(pattern, (DEPLOY.parent / name).read_text(), re.MULTILINE)
    assert found
    assert all(int(waits_s) >= takes_s + 10 for waits_s in found), found
