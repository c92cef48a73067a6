"""The guide to a reverse proxy is followed from nothing to a job, through a real nginx with TLS.

Only what belongs to the machine is another: the name is ``localhost``, the ports are free ones, the folder of nginx is
one of the test, and its user is the test's.
"""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest

pytestmark = pytest.mark.deploy("nginx", "openssl", "curl")

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "reverse-proxy.md"
NGINX = """
daemon on; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{}}
http {{ access_log off; include {folder}/*.conf; {temporary} }}
"""
#: What a page of this server sends, and what one of another site does.
PAGES = """
page() {
  curl --silent --output answer --write-out '%{http_code}' --interface 127.0.0.2 --header "Origin: $1" \\
    --header "Authorization: Bearer $GITFLOW_TOKEN" --json '{}' ADDRESS/api/workspaces/shop/tasks/greet/execute
}
echo "ours $(page ADDRESS), theirs $(page https://evil.example.com)"
"""
#: nginx keeps bodies in folders that only its own user may write to, unless it is given others.
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.S)


def unused_ports(count: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


@pytest.fixture
def here(gitflow, tmp_path: Path):
    """The text of the guide as it is on this machine."""
    inside, outside = unused_ports(2)
    folder = tmp_path / "nginx"
    folder.mkdir()
    temporary = "".join(f"{name}_temp_path {folder}/{name}; " for name in TEMPORARY)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "main").write_text(NGINX.format(folder=folder, user=user, temporary=temporary))

    def rewrite(text: str) -> str:
        for before, after in (
            ("/etc/nginx/conf.d", str(folder)),
            ("/etc/nginx", str(folder)),
            ("https://flows.example.com", f"https://localhost:{outside}"),
            ("=flows.example.com", "=localhost"),
            ("DNS:flows.example.com", "DNS:localhost"),
            ("server_name flows.example.com", "server_name localhost"),
            ("443 ssl", f"127.0.0.1:{outside} ssl"),
            ("127.0.0.1:8080", f"127.0.0.1:{inside}"),
            ("nginx -s reload", f"nginx -c {folder}/main"),
            ("nginx -t", f"nginx -t -c {folder}/main"),
            ("--admin", "--admin --no-password"),
        ):
            text = text.replace(before, after)
        return text

    return rewrite


def test_who_follows_the_guide_runs_a_job_through_the_proxy(gitflow, tmp_path: Path, here):
    settings, definitions, _cors = blocks("yaml")
    [proxy] = blocks("nginx")
    serving, certificate, reload, trying = map(here, blocks("sh"))
    gitflow.write("server-config.yaml", here(settings))
    gitflow.write("shop/.workflows/greet.yaml", definitions)
    gitflow.write("gitflow.conf", here(proxy))
    address = re.search(r"https://localhost:\d+", trying)
    assert address
    script = (
        f"trap 'kill $(jobs -p) $(cat {tmp_path}/nginx/nginx.pid); wait' EXIT\n"
        f"{serving}{certificate}cp gitflow.conf {tmp_path}/nginx/\n{reload}{trying}"
        f"{PAGES.replace('ADDRESS', address[0])}"
        "gitflow audit -o json > audit.json\n"
    )
    done = gitflow.follow(script, {"GITFLOW_STATE": ""})
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-4000:] + (tmp_path / "nginx" / "error.log").read_text()
    assert "hello" in said
    assert "ours 200, theirs 403" in said, said
    assert '"127.0.0.2"' in (gitflow.folder / "audit.json").read_text()
