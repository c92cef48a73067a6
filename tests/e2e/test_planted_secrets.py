# ruff: noqa: E501
"""Secrets planted wherever one can stand, and looked for in every byte that is kept and every answer that is given."""

from __future__ import annotations

import base64
import json
import os
import signal
import sqlite3
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from gitflow.core.values import MASK
from gitflow.stores.log_chunks import UNPACK

#: Where each is planted -> its text.
PLANTED = {
    "a variable": "env/Secret+1",
    "a file": 'file "Secret" 2',
    "a file of several lines": '-----BEGIN KEY-----\nline/One+of\nline "two" of\n-----END KEY-----',
    "a number": "8675309420",
    "a connection": "Connected-Secret-3",
    "an input of the task": "Tasks input & secret",
    "an object as input": "objects-secret-inside",
    "a field of an action": "field-of-action-secret",
    "a declared output": "issued-by-a-step-9",
    "an approval": "approvers-pin-77",
    "an event": "env/Secret+1 in the event",
}
WORDS = [line for text in PLANTED.values() for line in text.split("\n") if line != "env/Secret+1 in the event"]

FLOW = """
secrets:
  variable: '{{ env.THE_VARIABLE }}'
  shop: '{{ env.THE_CONNECTION }}'
  file: '{{ file("FOLDER/one") }}'
  nested: {lines: '{{ file("FOLDER/lines") }}', number: '{{ env.THE_NUMBER }}'}
connection_types:
  shop: {base_url: {}, token: {secret: true}}
connections:
  shop: {type: shop, base_url: 'URL', token: '{{ secret.shop }}'}
actions:
  use:
    type: shell
    input: {plain: {}, hidden: {secret: true}, to: {type: shop}}
    cmd: |
      printf '%s\\n' {{ input.plain }} {{ input.hidden }} {{ input.to.token }}
      printf %s {{ input.hidden }} | base64
      cat "$GITFLOW_INPUT"
      echo
  issue:
    type: shell
    output: {issued: {secret: true}, other: {}}
    cmd: echo "issued=$(echo issued-by; )-a-step-9" >> "$GITFLOW_OUTPUT"
  tell: {type: shell, input: {about: {}}, cmd: 'echo hook {{ input.about }}; echo k={{ input.about }} >> "$GITFLOW_OUTPUT"'}
tasks:
  child:
    input: {word: {}, own: {secret: true}}
    flow:
      s:
        type: shell
        cmd: |
          printf 'child %s %s\\n' {{ input.word }} {{ input.own }}
          printf 'k=%s\\n' {{ input.word }} >> "$GITFLOW_OUTPUT"
  main:
    input: {password: {secret: true}, pair: {type: object, secret: true}}
    on_success: [{action: tell, input: {about: '{{ secret.variable }} {{ input.password }}'}}]
    on_error: [{action: tell, input: {about: '{{ secret.file }} {{ hook.error_message }}'}}]
    on_suspended: [{action: tell, input: {about: '{{ secret.nested.number }}'}}]
    flow:
      make:
        type: shell
        env: {TOKEN: '{{ secret.variable }}', LINES: '{{ secret.nested.lines }}', NUMBER: '{{ secret.nested.number }}'}
        cmd: |
          echo "$TOKEN $LINES $NUMBER"; echo "$LINES" >&2; printf %s "$LINES" | base64
          python3 -c 'import json,os,urllib.parse as u; e=os.environ; print(json.dumps(dict(e)), u.quote(e["LINES"], ""), u.quote_plus(e["TOKEN"]))'
          python3 - >> "$GITFLOW_OUTPUT" <<'P'
          import base64, json, os
          e = os.environ
          print(json.dumps({"k": e["TOKEN"], "items": [e["TOKEN"], "plain"], "lines": e["LINES"], "n": int(e["NUMBER"]),
                            "b": base64.b64encode(e["TOKEN"].encode()).decode(), e["TOKEN"]: 1}))
          P
      line: {type: shell, cmd: 'printf ''OUTPUT: {"t": "%s", "ok": true}\\n'' {{ secret.variable }}'}
      issued: {action: issue}
      fails:
        type: shell
        retry: {max_attempts: 2}
        cmd: 'echo "it failed with" {{ secret.variable }} {{ input.password }} >&2; exit 3'
      refused: {type: http, url: '{{ secret.file }}'}
      after-failures: {type: shell, depends_on: [fails, refused], continue_on_failure: true, cmd: 'echo {{ fails.error }}'}
      many:
        depends_on: [make]
        for_each: '{{ make.output.items }}'
        type: shell
        cmd: 'echo item {{ each.item }}; echo "k={{ each.item }}" >> "$GITFLOW_OUTPUT"'
      call: {type: http, url: 'URL/{{ secret.variable }}', method: POST, connection: shop, body: 'b {{ secret.file }}'}
      used: {action: use, depends_on: [make], input: {plain: 'x {{ make.output.lines }}', hidden: field-of-action-secret, to: shop}}
      below: {type: task, task: child, input: {word: '{{ secret.file }}', own: '{{ input.pair.inner }}'}}
      uses-child: {type: shell, depends_on: [below], cmd: 'echo {{ below.output.s.k }}'}
      gate: {type: approval, message: 'may {{ input.password }} pass?', input: {pin: {secret: true}}}
      waits: {type: wait, event: go}
      last:
        type: shell
        depends_on: [gate, waits, many, call, used, uses-child, line, issued, after-failures]
        continue_on_failure: true
        cmd: |
          printf '%s\\n' {{ gate.output.input.pin }} {{ waits.output.word }} {{ issued.output.issued }} {{ make.output.n }}
          printf '%s\\n' {{ make.output.k }} {{ make.output.b }} {{ line.output.t }} {{ call.output.body }} {{ input.pair.inner }}
          touch FOLDER/reached
          until [ -e FOLDER/go ]; do sleep 0.05; done
          printf '%s\\n' {{ make.output.lines }}
"""


class Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        data = json.dumps({"path": self.path, "token": self.headers["Authorization"], "body": sent.decode()}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url():
    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def planted(gitflow, tmp_path: Path, url: str):
    folder = tmp_path / "beside"
    folder.mkdir()
    (folder / "one").write_text(PLANTED["a file"] + "\n")
    (folder / "lines").write_text(PLANTED["a file of several lines"] + "\n")
    (folder / "in.json").write_text(
        json.dumps({"password": PLANTED["an input of the task"], "pair": {"inner": PLANTED["an object as input"]}})
    )
    flow = FLOW.replace("FOLDER", str(folder)).replace("URL", url)
    gitflow.write(".workflows/a.yaml", flow)
    gitflow.beside = folder
    gitflow.secrets = {
        "THE_VARIABLE": PLANTED["a variable"],
        "THE_NUMBER": PLANTED["a number"],
        "THE_CONNECTION": PLANTED["a connection"],
    }
    return gitflow


def forms(word: str) -> set[bytes]:
    """As programs write it; of base64, what is the same wherever the word begins."""
    whole = word.encode()
    shifted = {base64.b64encode(b"\0" * before + whole)[spoilt:-4] for before, spoilt in ((0, 0), (1, 2), (2, 3))}
    return {whole, quote(word, safe="").encode(), json.dumps(word)[1:-1].encode(), *shifted}


FORMS = {form: word for word in WORDS for form in forms(word)}


def found_in(data: bytes, what: str) -> list[tuple[str, str]]:
    #: what authors wrote into their definitions is no secret of gitflow's keeping
    return [(what, word) for form, word in FORMS.items() if form in data and word != PLANTED["a field of an action"]]


def found_on_disk(state: Path, *, running: bool = False) -> list[tuple[str, str]]:
    """In every byte of every file, in what the logs unpack to, and in the names. Scratch folders of steps that run are
    theirs alone, and gone afterwards."""
    found = []
    files = [path for path in state.rglob("*") if path.is_file() and not path.is_symlink()]
    assert files
    for path in files:
        if running and path.relative_to(state).parts[0] == "run":
            assert (state / "run").stat().st_mode & 0o077 == 0
            continue
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        found += found_in(data, str(path)) + found_in(str(path).encode(), "a name")
    for path in (state / "logs").glob("*.db"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as log:
            for codec, data in log.execute("SELECT codec, data FROM chunk"):
                found += found_in(UNPACK[codec](data), f"the log in {path}")
        log.close()
    return found


def answers(gitflow, job_id: str) -> list[tuple[str, str]]:
    """Of every command that shows anything of a job."""
    found = []
    for words in (
        ("job", job_id), ("job", job_id, "-o", "json"), ("job", job_id, "-o", "yaml"), ("jobs", "-o", "json"),
        ("logs", job_id), ("logs", job_id, "--format", "text"), ("logs", job_id, "--step", "_server"),
        ("history", job_id), ("history", job_id, "-o", "json"), ("explain", job_id), ("explain", job_id, "-o", "json"),
        ("show", "main", "-o", "json"),
    ):  # fmt: skip
        done = gitflow(*words)
        assert done.returncode == 0, (words, done.stderr)
        found += found_in((done.stdout + done.stderr).encode(), " ".join(words))
    return found


def until(wanted, process=None) -> None:
    end = time.monotonic() + 50
    while not wanted():
        assert time.monotonic() < end
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.05)


def begun(gitflow) -> tuple[object, str]:
    """The job waits in its last step; everything else has happened."""
    process = gitflow.start(
        "run", "main", "--input-file", str(gitflow.beside / "in.json"), "--json", env=gitflow.secrets
    )
    until(lambda: gitflow("jobs", "--task", "main", "-o", "json").stdout.strip() not in ("", "[]"), process)
    job_id = next(job["job_id"] for job in gitflow.jobs() if job["task_name"] == "main")
    approved = gitflow("approve", job_id, "gate", "-i", f"pin={PLANTED['an approval']}")
    assert approved.returncode == 0, approved.stderr
    payload = json.dumps({"word": PLANTED["an event"]})
    sent = gitflow("event", job_id, "go", "--payload", payload)
    assert sent.returncode == 0, sent.stderr
    until((gitflow.beside / "reached").exists, process)
    return process, job_id


def test_no_planted_secret_is_kept_in_clear_or_shown(planted):
    dry = planted("run", "main", "--input-file", str(planted.beside / "in.json"), "--dry-run", env=planted.secrets)
    assert dry.returncode == 0, dry.stderr
    assert found_in(dry.stdout.encode(), "dry run") == []
    process, job_id = begun(planted)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        assert found_on_disk(planted.state, running=True) == []
    finally:
        os.kill(process.pid, signal.SIGCONT)
    assert answers(planted, job_id) == []
    (planted.beside / "go").touch()
    stdout, stderr = process.communicate(timeout=50)
    assert found_in(stdout.encode() + stderr.encode(), "what run printed") == []
    detail = json.loads(stdout)
    steps = {step["step_name"]: step for step in detail["steps"]}
    assert steps["make"]["output"]["k"] == MASK
    assert steps["make"]["output"]["items"] == [MASK, "plain"]
    assert steps["gate"]["output"]["input"] == {"pin": MASK}
    assert steps["issued"]["output"]["issued"] == MASK
    assert steps["line"]["output"] == {"t": MASK, "ok": True}
    log = planted("logs", job_id, "--step", "last", "--format", "text").stdout
    assert set(log.splitlines()) >= {MASK, f"{MASK} in the event"}
    assert found_on_disk(planted.state) == []
    for job in planted.jobs():
        assert answers(planted, job["job_id"]) == []


def test_after_a_crash_the_next_process_masks_what_it_never_looked_up(planted):
    """The secrets are in what was carried over, and nowhere else: the variables are not there any more."""
    process, job_id = begun(planted)
    process.kill()
    process.communicate(timeout=30)
    (planted.beside / "go").touch()
    again = planted("retry", job_id, "--json", env=dict.fromkeys(planted.secrets, "another value"))
    assert found_in((again.stdout + again.stderr).encode(), "what retry printed") == []
    assert found_on_disk(planted.state) == []
    retried = json.loads(again.stdout)["job_id"]
    log = planted("logs", retried, "--step", "last", "--format", "text").stdout
    assert log.count(MASK) >= 8
    assert answers(planted, job_id) + answers(planted, retried) == []
    assert not list((planted.state / "run").glob("*"))
