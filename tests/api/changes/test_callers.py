"""Who may change files over the API, and in whose name it is committed."""

from __future__ import annotations

from typing import Any

import pytest
from desk import COMMITTER, GOOD, TRIGGERS, Desk

ROOT, PASSWORD = "root@example.com", "correct horse battery"
#: Groups and what rules give them.
RULES = [
    {"workspace": "shop", "action": "admin", "groups": ["whole", "mixed", "hidden"]},
    {"workspace": "shop", "action": "admin", "tasks": ["**/x", "t", "other"], "groups": ["some"]},
    {"workspace": "shop", "action": "view", "tasks": ["prod/*"], "groups": ["mixed"]},
    {"workspace": "shop", "action": "deny", "tasks": ["prod/*"], "groups": ["hidden"]},
    {"workspace": "shop", "action": "run", "groups": ["runner"]},
    {"workspace": "shop", "action": "view", "groups": ["viewer", "some"]},
    {"workspace": "plain", "action": "admin", "groups": ["elsewhere"]},
]
#: Caller -> the status that each of the routes answers with; None: it is done.
EXPECTED: dict[str, int | None] = {
    "nobody": 401,
    "stranger": 404,
    "elsewhere": 404,
    "viewer": 403,
    "runner": 403,
    "some": 403,
    "mixed": 403,
    "hidden": 403,
    "whole": None,
    "root": None,
    "whole's writing key": 403,
    "whole's admin key": None,
    "root's key of another workspace": 404,
    "own admin key": None,
}


class Guarded:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        auth = {"jwt_secret": "s" * 40, "initial_user": {"email": ROOT, "password": PASSWORD}}
        desk.server_settings = {"auth": auth, "permissions": RULES}
        desk.others = True
        self.root = self.sign_in(ROOT, PASSWORD)

    def sign_in(self, email: str, password: str) -> dict[str, str]:
        reply = self.desk.server.post("/api/auth/login", {"email": email, "password": password})
        assert reply.status == 200, reply
        return {"Authorization": f"Bearer {reply.json['access_token']}"}

    def user(self, name: str, groups: list[str], full_name: str | None = None) -> dict[str, str]:
        email, password = f"{name}@example.com", f"{name} password 12"
        body = {"email": email, "password": password, "groups": groups, "name": full_name or name}
        assert self.desk.server.post("/api/users", body, self.root).status == 201
        return self.sign_in(email, password)

    def key(self, owner: dict[str, str], **body: Any) -> dict[str, str]:
        reply = self.desk.server.post("/api/auth/api-keys", body, owner)
        assert reply.status == 201, reply
        return {"Authorization": f"Bearer {reply.json['key']}"}

    def log(self, form: str) -> str:
        return self.desk.remote.git(self.desk.remote.bare, "log", "-1", f"--format={form}", "main")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("guarded"))
    yield Guarded(desk)
    desk.stop()


@pytest.fixture(scope="module")
def callers(guarded: Guarded) -> dict[str, dict[str, str]]:
    groups = ("stranger", "elsewhere", "viewer", "runner", "some", "mixed", "hidden", "whole")
    found = {name: guarded.user(name, [name]) for name in groups}
    return {
        "nobody": {},
        "root": guarded.root,
        **found,
        "whole's writing key": guarded.key(found["whole"], name="writing", scopes=["workflows:write"]),
        "whole's admin key": guarded.key(found["whole"], name="admin", scopes=["admin"]),
        "root's key of another workspace": guarded.key(guarded.root, name="plain", workspace="plain"),
        "own admin key": guarded.key(guarded.root, name="own", scopes=["admin"], standalone=True),
    }


@pytest.mark.parametrize("caller", EXPECTED)
def test_only_who_administers_the_whole_workspace_changes_its_files(guarded, callers, caller):
    desk, headers = guarded.desk, callers[caller]
    desk.base = before = desk.remote.tip()
    replies = [
        desk.put(GOOD % caller.replace("'", ""), headers=headers),
        desk.delete(".workflows/nowhere.sh", f'"{desk.remote.tip()}"', headers),
        desk.switch("disable", headers=headers),
        desk.switch("enable", headers=headers),
    ]
    statuses = [reply.status for reply in replies]
    if EXPECTED[caller] is None:
        assert statuses == [200, 404, 200, 200]
    else:
        assert statuses == [EXPECTED[caller]] * 4, replies
        assert desk.remote.tip() == before


def test_whether_a_trigger_exists_is_not_told_to_those_who_may_not_change_it(guarded, callers):
    for caller in ("some", "mixed", "hidden", "runner"):
        there = guarded.desk.switch("disable", headers=callers[caller])
        never = guarded.desk.switch("disable", "never-was", callers[caller])
        assert (there.status, there.json) == (never.status, never.json)


def test_a_commit_is_in_the_name_of_its_caller(guarded, callers):
    ann = guarded.user("ann.b", ["whole"], "Ann Müller-Lüdenscheidt")
    key = guarded.key(ann, name="laptop")
    wanted = {
        "ann": (ann, "Ann Müller-Lüdenscheidt <ann.b@example.com>"),
        "her key": (key, "Ann Müller-Lüdenscheidt <ann.b@example.com>"),
        "a key of its own": (callers["own admin key"], "own <gitflow@example.com>"),
    }
    for number, (headers, author) in enumerate(wanted.values()):
        guarded.desk.base = guarded.desk.remote.tip()
        assert guarded.desk.put(GOOD % f"number {number}", headers=headers).status == 200
        assert guarded.log("%an <%ae>|%cn <%ce>") == f"{author}|{COMMITTER}"
    rows = guarded.desk.server.get("/api/audit?what=files.put", guarded.root).json
    assert [(row["actor"], row["api_key"]) for row in rows[:3]] == [
        ("key:own", "own"),
        ("ann.b@example.com", "laptop"),
        ("ann.b@example.com", None),
    ]


@pytest.mark.parametrize("name", ["Eve <root@example.com>", "<>", ".,:;'\"", "E\u2028ve", "\u202eeve", "a" * 150])
def test_no_name_becomes_another_author(guarded, name):
    who = f"eve{abs(hash(name)) % 10**8}"
    eve = guarded.user(who, ["whole"], name)
    guarded.desk.base = guarded.desk.remote.tip()
    assert guarded.desk.put(GOOD % who, headers=eve).status == 200
    assert guarded.log("%ae|%ce|%P") == f"{who}@example.com|gitflow@example.com|{guarded.desk.base}"
    assert guarded.log("%an").isprintable()
    assert TRIGGERS.startswith("# when")


def test_the_branch_of_a_proposal_names_its_caller(make):
    guarded = Guarded(make({"writable": True}))
    ann = guarded.user("ann+x.y", ["whole"])
    made = guarded.desk.put(GOOD % "new", headers=ann).json
    assert made["branch"] == f"gitflow/ann-x-y/change-workflows-a-yaml-{made['revision'][:8]}"
