# ruff: noqa: E501, RUF012
"""Secrets: known to the attempt that needs them, and written nowhere."""

from __future__ import annotations

import base64
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote

import pytest

from gitflow.core.jobs.events import EventReceived
from gitflow.core.status import JobStatus, StepStatus
from gitflow.core.values import MASK
from house import once, open_jobs

SECRET = "s3cret/Value+1"
HEAD = """
secrets:
  token: '{{ env.THE_TOKEN }}'
  nested: {deep: '{{ env.THE_TOKEN }}-deep'}
  number: '{{ env.THE_NUMBER }}'
"""


@pytest.fixture
def house(house):
    house.environ.update(THE_TOKEN=SECRET, THE_NUMBER="8675309")
    return house


def on_disk(house, *values: str) -> list[str]:
    """The files of the state directory that hold any of these, in any of the forms that are masked."""
    forms = {
        form
        for value in values
        for form in (value, quote(value, safe=""), base64.b64encode(value.encode()).decode(), value.replace("/", "\\/"))
    }
    files = [path for path in house.state.rglob("*") if path.is_file()]
    assert files
    return [str(path) for path in files for form in forms if form.encode() in path.read_bytes()]


class Seen(BaseHTTPRequestHandler):
    headers_seen: list[str] = []

    def do_GET(self) -> None:
        self.headers_seen.append(self.headers["Authorization"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url():
    server = HTTPServer(("127.0.0.1", 0), Seen)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_no_secret_reaches_the_state_directory(house, url):
    """In inputs, environment, commands, headers and logs; what outputs hold is stored as it is."""
    house.write(
        HEAD
        + """
actions:
  use:
    type: shell
    input: {password: {}, made: {}}
    env: {TOKEN: '{{ secret.token }}'}
    cmd: |
      echo "$TOKEN" {{ input.password }} {{ secret.nested.deep }} {{ input.made }}
      printf %s "$TOKEN" | base64
      echo "error: $TOKEN" >&2
      cat $GITFLOW_INPUT
      exit 3
tasks:
  t:
    flow:
      s: {action: use, input: {password: '{{ secret.token }}', made: 'x-{{ secret.token }}-y'}, retry: {max_attempts: 2}}
      h: {type: http, url: URL, headers: {Authorization: 'Bearer {{ secret.token }}'}}
""".replace("URL", url)
    )
    job = house.run("t")
    assert Seen.headers_seen == [f"Bearer {SECRET}"]
    assert job.steps["s"].input == {"password": MASK, "made": f"x-{MASK}-y"}
    assert f"error: {MASK}" in job.steps["s"].error_message
    assert f"{MASK} {MASK} {MASK}" in house.log(job.id)
    assert on_disk(house, SECRET) == []


def test_what_is_made_of_a_secret_is_masked_in_the_input_that_is_kept(house):
    house.write(
        HEAD
        + "actions:\n  use: {type: shell, input: {a: {}, b: {}, c: {type: integer}, d: {}}, cmd: 'true'}\n"
        + "tasks:\n  t:\n    flow:\n      s:\n        action: use\n        input:\n"
        + "          a: '{{ secret.token | upper }}'\n          b: '{{ secret.json | fromjson }}'\n"
        + "          c: '{{ secret.number }}'\n          d: plain\n"
    )
    house.write(
        (house.folder / ".workflows/a.yaml").read_text().replace("secrets:\n", "secrets:\n  json: '{{ env.JSON }}'\n")
    )
    house.environ["JSON"] = '"quoted-secret"'
    job = house.run("t")
    assert job.status == "completed", job.error_message
    assert job.steps["s"].input == {"a": MASK, "b": MASK, "c": MASK, "d": "plain"}
    assert on_disk(house, SECRET.upper(), "quoted-secret", "8675309") == []


def test_secret_inputs_are_masked_in_logs_and_in_what_steps_were_given(house):
    """The job's own row still holds them in clear."""
    house.write(
        "actions:\n  use: {type: shell, input: {p: {}, q: {secret: true}}, cmd: 'echo {{ input.p }} {{ input.q }}'}\n"
        "tasks:\n  t:\n    input: {password: {secret: true}, pair: {type: object, secret: true}}\n    flow:\n"
        "      s: {action: use, input: {p: '{{ input.password }}', q: other}}\n"
        "      i: {type: shell, cmd: 'echo {{ input.pair.inner }}'}\n"
    )
    job = house.run("t", {"password": "hunter22", "pair": {"inner": "insides"}})
    assert job.steps["s"].input == {"p": MASK, "q": MASK}
    assert sorted(house.log(job.id).splitlines()) == [MASK, f"{MASK} {MASK}"]


def test_a_secret_that_a_child_or_a_hook_is_given_is_masked_there_too(house):
    house.write(
        HEAD
        + """
actions:
  tell: {type: shell, input: {about: {}}, cmd: 'echo hook {{ input.about }}'}
tasks:
  child:
    input: {word: {}, own: {}}
    flow:
      s: {type: shell, cmd: 'echo child {{ input.word }} {{ input.own }}'}
  t:
    input: {own: {secret: true}}
    on_success: [{action: tell, input: {about: '{{ secret.token }} {{ input.own }}'}}]
    flow:
      call: {type: task, task: child, input: {word: '{{ secret.token }}', own: '{{ input.own }}'}}
"""
    )
    house.run("t", {"own": "hunter22"})
    logs = {job.task_name: house.log(job.id) for job in house.jobs()}
    assert logs == {"t": "", "child": f"child {MASK} {MASK}", "_hook:tell": f"hook {MASK} {MASK}"}


def test_a_secret_that_an_output_carries_on_is_masked_in_later_logs_and_inputs(house):
    house.write(
        HEAD
        + "actions:\n  use: {type: shell, input: {p: {}}, cmd: 'echo {{ input.p }}'}\n"
        + "tasks:\n  t:\n    flow:\n"
        + "      a: {type: shell, cmd: 'echo k={{ secret.token }} >> \"$GITFLOW_OUTPUT\"'}\n"
        + "      b: {action: use, depends_on: [a], input: {p: '{{ a.output.k }}'}}\n"
    )
    job = house.run("t")
    assert job.steps["b"].input == {"p": MASK}
    assert house.log(job.id) == MASK


def test_a_job_masks_what_it_has_found_though_the_secrets_of_its_revision_were_let_go_meanwhile(house, monkeypatch):
    monkeypatch.setattr("gitflow.runtime.worker.step_input.MAX_REVISIONS", 1)
    flow = (
        HEAD
        + "tasks:\n  t:\n    flow:\n"
        + "      a: {type: shell, cmd: 'printf %s \"$T\" > $GITFLOW_FILES/kept', env: {T: '{{ secret.token }}'}}\n"
        + "      w: {type: wait, event: go, depends_on: [a]}\n"
        + "      b: {type: shell, cmd: 'cat $GITFLOW_FILES/kept', depends_on: [w]}\n"
        + "  other: {flow: {a: {type: shell, cmd: 'echo {{ secret.number }}'}}}\n"
    ).replace("$GITFLOW_FILES", str(house.folder))
    house.write(flow)

    def waits(app) -> bool:
        return any(job.steps["w"].status is StepStatus.SUSPENDED for job in open_jobs(app, "t"))

    def meanwhile(app) -> None:
        [job] = open_jobs(app, "t")
        house.write(flow + "# changed\n")
        house.execute(app, "other")
        app.orchestrator.post_event(job.id, EventReceived(app.opened.clock.now(), "1", "go"))

    with house.open() as app:
        job_id = house.execute(app, "t").id
        house.finish(app, once(waits, meanwhile))
        assert app.opened.job(job_id).status is JobStatus.COMPLETED
        assert len(app.renderer._seen) == 1
    assert house.log(job_id) == MASK


def test_a_connection_fills_the_field_that_names_it_and_its_secret_fields_are_masked(house):
    house.write(
        HEAD
        + """
connection_types:
  db: {host: {required: true}, port: {type: integer, default: 5432}, password: {secret: true}, key: {secret: true}}
connections:
  main: {type: db, host: db.local, password: '{{ secret.token }}', key: written-in-clear}
actions:
  use: {type: shell, input: {to: {type: db}}, cmd: 'echo {{ input.to.host }} {{ input.to.port }} {{ input.to.password }} {{ input.to.key }}'}
tasks:
  t:
    flow:
      s: {action: use, input: {to: main}}
"""
    )
    job = house.run("t")
    assert house.log(job.id) == f"db.local 5432 {MASK} {MASK}"
    assert job.steps["s"].input == {"to": "main"}
    assert on_disk(house, SECRET) == []


def test_a_secret_that_cannot_be_found_fails_the_step_and_names_it(house):
    del house.environ["THE_TOKEN"]
    house.write(HEAD + "tasks:\n  t:\n    flow:\n      s: {type: shell, cmd: 'echo {{ secret.token }}'}\n")
    job = house.run("t")
    assert "THE_TOKEN" in job.steps["s"].error_message
    assert job.steps["s"].attempt == 1
