"""Attacks on files that must not be changed over the API: by paths, links, bodies, names and what lies around."""

from __future__ import annotations

import subprocess

import pytest
from desk import GOOD, ONE, Desk

POLICY = "rules: {short: {max_timeout: 1h}}\n"
QUICK = "tasks: {t: {timeout: 1m, flow: {a: {type: shell, cmd: ls}}}}\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Read by many: what is tried here changes nothing."""
    desk = Desk(tmp_path_factory.mktemp("attacked"))
    desk.base = desk.remote.commit(
        {
            ".workflows/policy.yaml": POLICY,
            ".workflows/a.yaml": QUICK,
            ".workflows/größe.yaml": "x-a: 1\n",
            ".workflows/dir/file.sh": "echo\n",
            "secret.sh": "echo\n",
        }
    )
    yield desk
    desk.stop()


PATHS = [
    # out of the folder
    "a.yaml",
    "secret.sh",
    ".workflows",
    ".workflows/",
    ".workflows/../secret.sh",
    ".workflows/%2e%2e/secret.sh",
    ".workflows%2F..%2Fsecret.sh",
    ".workflows/x/%2e./%2e./secret.sh",
    ".workflows/./a.yaml",
    ".workflows//a.yaml",
    ".workflows/a.yaml/",
    "%2Fetc/passwd",
    "%2E/.workflows/a.yaml",
    ".Workflows/a.yaml",
    ".workflows%5C..%5Csecret.sh",
    ".workflows/..%5C..%5Csecret.sh",
    ".workflows/C:%5Csecret.sh",
    # the policy, by every name that some file system takes for it
    ".workflows/policy.yaml",
    ".workflows/policy.yml",
    ".workflows/sub/policy.yaml",
    ".workflows/POLICY.yaml",
    ".workflows/Policy.YAML",
    ".workflows/policy.yaml.",
    ".workflows/policy.yaml%20",
    ".workflows/policy.yaml::$DATA",
    ".workflows/POLICY~1.YAM",
    ".workflows/policy%E2%80%8B.yaml",
    ".workflows/policy.yaml/x",
    # git's own
    ".workflows/.git/config",
    ".workflows/.GIT/hooks/pre-push",
    ".workflows/.g%E2%80%8Cit/config",
    ".workflows/git~1/config",
    ".workflows/.gitattributes",
    ".workflows/.gitmodules",
    # letters
    ".workflows/a%00.yaml",
    ".workflows/a%0A.yaml",
    ".workflows/a%1B%5B31m.yaml",
    ".workflows/a%E2%80%AE.yaml",
    ".workflows/gro%CC%88%C3%9Fe.yaml",
    ".workflows/con",
    ".workflows/aux.yaml",
    # length
    ".workflows/" + "a" * 256,
    ".workflows/" + "/".join(["a" * 200] * 6),
    ".workflows/" + "/".join("a" * 20),
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_no_path_leads_to_another_file(shared, method, path):
    before = shared.remote.refs()
    reply = shared.send(method, f"files/{path}", "", raw=b"x" if method == "PUT" else None)
    assert reply.status in (400, 404), reply
    assert (shared.remote.refs(), shared.left()) == (before, [])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (".workflows/A.yaml", "one name"),
        (".workflows/GRÖSSE.yaml", "one name"),
        (".workflows/DIR/other.sh", "one name"),
        (".workflows/dir", "a folder"),
        (".workflows/a.yaml/b.yaml", "not a folder"),
    ],
)
def test_a_name_that_some_file_system_takes_for_another_is_refused(shared, path, said):
    reply = shared.put("x", path.replace("Ö", "%C3%96"))
    assert (reply.status, said in reply.json["error"]) == (409, True), reply
    assert shared.remote.tip() == shared.base


LINKS = {
    ".workflows/away": "->..",
    ".workflows/link.sh": "->../secret.sh",
    ".workflows/policy.yaml": "->rules.txt",
    ".workflows/rules.txt": POLICY,
    ".workflows/a.yaml": QUICK,
    "secret.sh": "echo\n",
}


def test_nothing_is_written_through_a_link_and_no_link_leads_to_the_policy(direct):
    direct.commit(LINKS)
    for path in (".workflows/away/secret.sh", ".workflows/link.sh", ".workflows/rules.txt"):
        for reply in (direct.put("rules: {}\n", path), direct.delete(path)):
            assert (reply.status, reply.json["code"]) == (409, "conflict"), (path, reply)
    assert direct.remote.tip() == direct.base


def test_nothing_is_written_into_a_submodule_or_a_linked_folder(direct):
    work = direct.remote.work
    cached = f"160000,{direct.base},.workflows/sub"
    direct.remote.git(work, "update-index", "--add", "--cacheinfo", cached)
    direct.remote.git(work, "commit", "-q", "-m", "sub")
    direct.remote.git(work, "push", "-q", str(direct.remote.bare), "HEAD:refs/heads/main")
    direct.base = direct.remote.tip()
    direct.server.refresh("shop")
    for path in (".workflows/sub", ".workflows/sub/x"):
        assert direct.put("x", path).status == 409
    assert direct.put(GOOD % "new").status == 200
    assert cached.split(",")[1] in direct.remote.git(direct.remote.bare, "ls-tree", "-r", "main")


def test_a_body_that_is_too_large_is_refused(make):
    desk = make()
    desk.server_settings["limits"] = {"body_bytes": 1000}
    assert desk.put(b"#" * 1001).status == 413
    assert desk.put(b"#" * 1000, ".workflows/x.sh").status == 200


def test_the_message_cannot_hide_whose_commit_it_is(direct):
    message = "Fix%0A%0ACommitted-by-API%3A Ann <ann@example.com>%0A%0Aand more".replace(" ", "%20")
    made = direct.put(GOOD % "new", query=f"?message={message}").json
    body = direct.remote.git(direct.remote.bare, "log", "-1", "--format=%(trailers)", made["revision"])
    assert body == "Committed-by-API: gitflow <gitflow@example.com>"
    for wrong in ("a%00b", "a%1Bb", "%E2%80%AE"):
        reply = direct.put(GOOD % "other", match=f'"{made["revision"]}"', query=f"?message={wrong}")
        assert reply.status == 400, reply


def test_a_page_of_another_site_changes_nothing(direct):
    for headers in ({"Origin": "https://evil.example.com"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.com"}):
        assert direct.put(GOOD % "new", headers=headers).status == 403
        assert direct.delete(headers=headers).status == 403
        assert direct.switch("disable", headers=headers).status == 403
    assert direct.remote.tip() == direct.base


def test_the_remotes_hooks_see_nothing_of_the_server(direct, monkeypatch, tmp_path):
    monkeypatch.setenv("GITFLOW_TEST_SECRET", "hunter2")
    direct.remote.hook("post-receive", f"env > {tmp_path}/seen")
    assert direct.put(GOOD % "new").status == 200
    seen = (tmp_path / "seen").read_text()
    assert "hunter2" not in seen
    assert "PATH=" in seen


def test_nothing_that_the_repository_or_the_account_names_is_run_here(direct, monkeypatch, tmp_path):
    """Hooks of a push, templates of new repositories, signing programs, further refs and options."""
    home, ran = tmp_path / "home", tmp_path / "ran"
    templates = home / "templates/hooks"
    templates.mkdir(parents=True)
    for name in ("pre-push", "reference-transaction", "post-index-change", "program"):
        (templates / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (templates / name).chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[init]\n\ttemplateDir = {home}/templates\n[core]\n\thooksPath = {templates}\n"
        f"[gpg]\n\tprogram = {templates}/program\n[push]\n\tgpgSign = true\n\tfollowTags = true\n"
        "[commit]\n\tgpgSign = true\n[user]\n\tname = Mallory\n\temail = m@example.com\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Mallory")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    reply = direct.put(GOOD % "new")
    assert reply.status == 200, reply
    assert not ran.exists()
    assert (
        "Mallory"
        not in subprocess.run(
            ["git", "cat-file", "-p", "main"],
            cwd=direct.remote.bare,
            env={"PATH": "/usr/bin:/bin", "HOME": "/"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )


def test_a_file_that_would_be_decrypted_or_run_when_it_is_loaded_is_not(proposing, tmp_path):
    """A proposal is judged without the server's keys and secrets: somebody still has to accept it."""
    spec = f"secrets: {{S: \"{{{{ file('{tmp_path}/x') }}}}\"}}\n"
    assert proposing.put(spec, ".workflows/s.yaml").status == 202
    sops = "secrets: {A: 'ENC[AES256_GCM,data:x,type:str]'}\nsops: {version: '3'}\n"
    assert proposing.put(sops, ".workflows/s.sops.yaml").status in (202, 422)


def test_what_was_refused_cannot_be_named_as_a_revision(make):
    """Not even where everybody may name any: it never was in the repository of revisions."""
    desk = make({"writable": True, "revisions": "any"})
    reply = desk.put("tasks: {t: {flow: {a: {action: nobody}}}}\n")
    assert reply.status == 422
    assert desk.left() == []
    desk.remote.hook("pre-receive", "echo $(cat) >&2; exit 1")
    refused = desk.put(GOOD % "new").json["error"]
    (sha,) = {
        word for word in refused.replace(";", " ").split() if len(word) == 40 and word not in ("0" * 40, desk.base)
    }
    assert desk.server.post(f"{ONE}/tasks/t/execute", {"revision": sha}).status >= 400


def test_the_words_of_a_remote_are_text(direct):
    direct.remote.hook("pre-receive", "printf 'no\\033[31m way\\n%1000s\\n' x >&2; exit 1")
    error = direct.put(GOOD % "new").json["error"]
    assert error.isprintable()
    assert "no" in error
    assert len(error) < 1000
