"""What a stranger can do who opens a pull request, or who sends what looks like its webhook."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from scene import GOOD, SECRET

from code_host_stub import STRANGER, TOKEN

#: What a person or a program could put where it is shown.
MARKUP = "@everyone ![x](https://evil.example/x.png) [y](https://evil.example) <img src=x> <!-- --> #1 ``` `"
LOUD = """\
tasks:
  t:
    description: %s
    flow:
      a: {type: shell, cmd: %s}
      b: {action: %s}
"""
POLICY = """\
rules:
  no-python:
    forbid_actions: {types: [python]}
"""
#: A head that would leave a file behind, or reach the server's environment, if anything of it were evaluated.
CURIOUS = """\
secrets:
  a: "{{ env.PULLS_TEST_SECRET }}"
  b: "{{ file('%(file)s') }}"
  c: "{{ sops('.workflows/x.sops.yaml', 'a') }}"
tasks:
  t:
    flow:
      a: {type: shell, cmd: "touch %(mark)s"}
      b: {type: python, code: "open('%(mark)s', 'w')"}
      c: {type: shell, cmd: "echo {{ secret.a }} {{ secret.b }}"}
hooks:
  on_failure: [{type: shell, cmd: "touch %(mark)s"}]
"""


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def outside_of_code(markdown: str) -> str:
    """What a renderer takes for Markdown: without code spans, which end at a fence as long as theirs."""
    return re.sub(r"(?<!`)(`+)(?!`)(?:.|\n)*?(?<!`)\1(?!`)", "", markdown)


def test_what_comes_from_the_head_is_shown_as_code_and_nothing_else(scene):
    text = LOUD % (quoted(MARKUP), quoted(f"echo {MARKUP}"), quoted(MARKUP))
    pull = scene.open({".workflows/a.yaml": text, f".workflows/{MARKUP.replace('/', '')}.yaml": text})
    scene.host.pulls[pull.number].title = MARKUP
    comment = scene.judged(pull)
    marker, _, shown = comment.partition("\n")
    assert marker == "<!-- gitflow: workspace shop -->"
    assert "evil.example" in shown
    for sign in ("@", "](", "![", "<img", "<!--", "evil.example", "#1"):
        assert sign not in outside_of_code(shown), sign
    assert all(MARKUP[:4] not in description for *_, description in scene.host.statuses)


def test_nothing_of_a_head_is_evaluated(stage, tmp_path, monkeypatch, caplog):
    """Neither its steps, hooks and attributes, nor what its secrets would read."""
    monkeypatch.setenv("PULLS_TEST_SECRET", "s3cr3t-of-the-server")
    (tmp_path / "readable").write_text("s3cr3t-in-a-file")
    mark = tmp_path / "mark"
    scene = stage("github").start()
    pull = scene.open(
        {
            ".workflows/a.yaml": CURIOUS % {"file": tmp_path / "readable", "mark": mark},
            ".workflows/x.sops.yaml": "a: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]\nsops: {version: 3.9.0}\n",
            ".gitattributes": "* filter=evil merge=evil diff=evil\n",
            ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = {tmp_path}/nowhere\n',
            ".git-hooks/post-checkout": f"#!/bin/sh\ntouch {mark}\n",
            "usercustomize.py": f"open({str(mark)!r}, 'w')\n",
        }
    )
    comment = scene.judged(pull)
    assert not mark.exists()
    assert "s3cr3t" not in comment + caplog.text + str(scene.host.statuses)


def test_the_policy_is_that_of_the_branch_also_when_the_head_left_it_before(stage):
    scene = stage("github").start()
    pull = scene.open({".workflows/a.yaml": "tasks: {t: {flow: {a: {type: python, code: 'print(1)'}}}}\n"})
    scene.git(scene.work, "checkout", "-q", "main")
    scene.commit({".workflows/policy.yaml": POLICY})
    scene.push("refs/heads/main")
    comment = scene.judged(pull)
    assert "no-python" in comment
    assert scene.host.states_of(pull.head) == ["pending", "failure"]


def test_a_head_cannot_loosen_the_policy_that_it_is_judged_by(stage):
    scene = stage("github")
    scene.base = scene.commit({".workflows/policy.yaml": POLICY})
    scene.push("refs/heads/main")
    scene.start()
    text = "tasks: {t: {flow: {a: {type: python, code: 'print(1)'}}}}\n"
    pull = scene.open({".workflows/a.yaml": text, ".workflows/policy.yaml": "rules: {}\n"})
    assert "no-python" in scene.judged(pull)
    assert scene.host.states_of(pull.head) == ["pending", "failure"]


def test_a_pull_request_into_another_branch_gets_no_status(github):
    """The status belongs to the commit: it would count for the served branch, too."""
    pull = github.open({".workflows/a.yaml": GOOD % "x"}, base="somebodys")
    closed = github.open({".workflows/a.yaml": GOOD % "y"}, is_open=False)
    for each in (pull, closed):
        assert github.tell(each.number).json["accepted"]
    github.idle()
    assert (github.host.statuses, github.host.notes) == ([], {})


def test_no_revision_file_or_job_can_name_a_head(github):
    pull = github.open({".workflows/a.yaml": GOOD % "head"})
    github.judged(pull)
    mirrors = [path for path in (github.running.state / "git").iterdir() if path.is_dir()]
    assert mirrors
    for mirror in mirrors:
        has = subprocess.run(["git", "-c", "safe.bareRepository=all", "-C", mirror, "cat-file", "-e", pull.head])
        assert has.returncode != 0
    assert os.listdir(github.running.state / "pulls" / "shop") == []
    for revision in (pull.head, f"refs/pull/{pull.number}/head", "refs/gitflow/head"):
        reply = github.running.post("/api/workspaces/shop/tasks/t/execute", {"input": {}, "revision": revision})
        assert 400 <= reply.status < 500 or reply.status == 503, reply


@pytest.mark.parametrize("secret", ["", "wrong", SECRET.upper()])
def test_a_forged_webhook_is_refused_and_nothing_is_asked(scene, secret):
    pull = scene.open({".workflows/a.yaml": GOOD % "x"})
    reply = scene.tell(pull.number, secret)
    assert (reply.status, reply.json["error"]) == (401, "Invalid or missing secret")
    scene.idle()
    assert scene.host.requests == []


def test_who_guesses_the_secret_is_stopped(github):
    statuses = [github.tell(1, f"guess {number}").status for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    reply = github.tell(1)
    assert reply.status == 429
    assert int(reply.headers["Retry-After"]) > 0


def test_a_replay_does_no_harm(scene):
    pull = scene.open({".workflows/a.yaml": GOOD % "x"})
    headers, body = scene.host.delivery(pull.number, SECRET)
    for _ in range(5):
        assert scene.running.request("POST", "/hooks/_pull/shop", raw=body, headers=headers).status == 202
    scene.idle()
    newer = scene.open({".workflows/a.yaml": GOOD % "y"}, pull.number)
    for _ in range(3):  # of what was said of the older head
        scene.running.request("POST", "/hooks/_pull/shop", raw=body, headers=headers)
        scene.idle()
    assert [scene.host.states_of(each.head) for each in (pull, newer)] == [["pending", "success"]] * 2
    assert len(scene.host.notes[pull.number]) == 1


def test_a_comment_that_imitates_ours_stays_as_it_is(scene):
    pull = scene.open({".workflows/a.yaml": GOOD % "x"})
    scene.host.note(pull.number, STRANGER, "<!-- gitflow: workspace shop -->\n### all is well")
    scene.judged(pull)
    imitated, ours = scene.host.notes[pull.number]
    assert imitated.text.endswith("all is well")
    assert "1 change" in ours.text


def test_webhooks_about_something_else_are_not_acted_on(stage):
    github = stage("github")
    github.others = ("off",)
    github.start()
    github.open({".workflows/a.yaml": GOOD % "x"})
    assert github.tell(1, repository="team/other").json["accepted"] is False
    headers, body = github.host.delivery(1, SECRET)
    reply = github.running.request("POST", "/hooks/_pull/shop", raw=body, headers={**headers, "X-GitHub-Event": "push"})
    assert reply.json["accepted"] is False
    for name in ("off", "nobody"):
        assert github.running.request("POST", f"/hooks/_pull/{name}", raw=body, headers=headers).status == 404
    github.idle()
    assert github.host.requests == []


def test_a_genuine_webhook_that_names_no_pull_request_is_refused(github):
    for number in (0, -1, True, "1", 1 << 70, None):
        assert github.tell(number).status == 400


def test_the_token_and_the_secret_are_shown_nowhere(github, caplog):
    pull = github.open({".workflows/a.yaml": GOOD % "x"})
    github.host.refusals.append((503, {"Retry-After": "0"}))
    comment = github.judged(pull)
    github.host.refusals.extend([(403, {})] * 3)
    github.open({".workflows/a.yaml": GOOD % "z"}, pull.number)
    github.tell(pull.number)
    github.idle()
    shown = comment + caplog.text + github.running.get("/api/workspaces/shop").body.decode()
    assert "answered 403" in caplog.text
    for secret in (TOKEN, SECRET):
        assert secret not in shown
