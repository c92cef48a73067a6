"""The settings that are in force, with their origin, and nothing secret."""

from __future__ import annotations

from pathlib import Path

from running import DEFINITIONS, Running

from gitflow.config import read_config
from gitflow.config.effective import effective

PASSWORD, SECRET, TOKEN = "correct horse battery", "jwt-secret-of-forty-characters-in-the-env", "t0ken-in-a-url"
FILE = """\
# the server
listen: "127.0.0.1:0"
drain_timeout: 5m
workspaces:
  default: {type: folder, path: workspace}
  shop:
    type: git
    url: https://user:t0ken-in-a-url@git.example.com/shop.git
    auth: {type: token, username: git, token_file: token}
retention: {jobs: 30d}
telemetry: {headers: {authorization: t0ken-in-a-url}}
auth:
  jwt_secret: ${JWT}
  initial_user: {email: root@example.com, password_file: password}
permissions:
  - {workspace: default, action: run, groups: [ops]}
"""


def written(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "password").write_text(PASSWORD)
    (folder / "token").write_text(TOKEN)
    (folder / "server-config.yaml").write_text(FILE)
    return folder / "server-config.yaml"


def test_each_value_says_where_it_comes_from_and_secrets_are_hidden(tmp_path: Path) -> None:
    path = written(tmp_path)
    environ = {"JWT": SECRET, "GITFLOW__LIMITS__BODY_BYTES": "2097152", "GITFLOW_STATE": str(tmp_path / "state")}
    found = {one.name: one for one in effective(read_config(str(path), environ, for_server=True), environ)}

    def shown(name: str) -> tuple[object, str, int | None, str | None]:
        one = found[name]
        return one.value, one.origin, one.place.line if one.place else None, one.variable

    assert shown("listen") == ("127.0.0.1:0", "file", 2, None)
    assert shown("drain_timeout") == (300.0, "file", 3, None)
    assert shown("retention.jobs") == (30 * 86400.0, "file", 10, None)
    assert shown("retention.logs") == (90 * 86400.0, "default", None, None)
    assert shown("limits.body_bytes") == (2097152, "environment", None, "GITFLOW__LIMITS__BODY_BYTES")
    assert shown("state_dir") == (str(tmp_path / "state"), "environment", None, "GITFLOW_STATE")
    assert shown("db.synchronous") == ("full", "default", None, None)
    assert shown("workspaces.shop.url") == ("https://••••••@git.example.com/shop.git", "file", 8, None)
    assert shown("workspaces.shop.auth.token_file") == ("token", "file", 9, None)
    assert shown("auth.jwt_secret") == ("••••••", "file", 13, None)
    assert shown("auth.initial_user.password") == ("••••••", "file", 14, None)
    assert shown("auth.initial_user.email")[0] == "root@example.com"
    assert shown("telemetry.headers.authorization")[:2] == ("••••••", "file")
    [rule] = found["permissions"].value
    assert (rule["action"], rule["groups"]) == ("run", ["ops"])
    assert found["permissions"].place is not None
    for secret in (PASSWORD, SECRET, TOKEN):
        assert not [one for one in found.values() if secret in repr(one)]


def test_the_values_in_force_stay_known_when_the_file_is_gone(tmp_path: Path) -> None:
    path = written(tmp_path)
    config = read_config(str(path), {"JWT": SECRET}, for_server=True)
    path.unlink()
    found = {one.name: one for one in effective(config, {})}
    assert (found["drain_timeout"].value, found["auth.jwt_secret"].value) == (300.0, "••••••")
    assert found["drain_timeout"].place is None


def test_without_a_file_all_is_default(tmp_path: Path) -> None:
    found = effective(read_config(None, {}), {})
    assert {one.origin for one in found} == {"default"}
    assert {"listen", "auth", "worker.slots", "limits.max_steps"} <= {one.name for one in found}


def test_an_administrator_sees_what_the_server_runs_with(serve) -> None:
    auth = {"jwt_secret": SECRET, "initial_user": {"email": "root@example.com", "password": PASSWORD}}
    server: Running = serve(DEFINITIONS, {"auth": auth, "dialects": ["cloudflare"]})
    assert server.get("/api/settings").status == 401
    tokens = server.post("/api/auth/login", {"email": "root@example.com", "password": PASSWORD}).json
    root = {"Authorization": f"Bearer {tokens['access_token']}"}
    reply = server.get("/api/settings", root)
    found = reply.json
    assert (found["faces"], found["config_file"], found["config_changed"]) == (["native", "cloudflare"], None, False)
    assert set(found["checks"].values()) == {"ok"}
    assert found["checks"].keys() == server.get("/readyz").json["checks"].keys()
    assert (found["store"]["kind"], found["store"]["complete"]) == ("sqlite", True)
    assert found["store"]["schema"] >= 21
    assert found["store"]["parts"]["gitflow.db"] > 0
    assert found["store"]["bytes"] == sum(found["store"]["parts"].values())
    assert found["version"] == server.server.context.version
    for secret in (PASSWORD, SECRET):
        assert secret not in reply.body.decode()
    server.post("/api/users", {"email": "ann@example.com", "password": PASSWORD}, root)
    tokens = server.post("/api/auth/login", {"email": "ann@example.com", "password": PASSWORD}).json
    assert server.get("/api/settings", {"Authorization": f"Bearer {tokens['access_token']}"}).status == 403
