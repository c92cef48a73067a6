from __future__ import annotations

import os
from typing import Any

import pytest

from gitflow.core.errors import InvalidInput
from gitflow.runners.process_spec import MAX_VALUE_BYTES, process_of

OWN = {
    "GITFLOW_WORKSPACE": "default",
    "GITFLOW_TASK": "deploy",
    "GITFLOW_JOB_ID": "job",
    "GITFLOW_STEP": "step",
    "GITFLOW_ATTEMPT": "1",
    "GITFLOW_REVISION": "abc123",
}


def environment_of(bench: Any, **given: Any) -> dict[str, str]:
    outcome = bench.run("exec env -0 | tr '\\n\\0' '~\\n'", **given)
    assert outcome.error is None
    return dict(line.split("=", 1) for line in bench.log().decode().splitlines())


def test_the_environment_is_clean(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKED", "1")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    monkeypatch.delenv("LANG", raising=False)
    found = environment_of(bench, env={"COLOR": "blue"}, pass_env={"PASSED": "on"}, values={"GITFLOW_V1": "a\nb"})
    shell = {"PWD", "OLDPWD", "SHLVL", "_"}
    given = {"COLOR": "blue", "PASSED": "on", "GITFLOW_V1": "a~b"}
    files = {"GITFLOW_INPUT", "GITFLOW_OUTPUT", "GITFLOW_OUTPUTS", "GITFLOW_ARTIFACTS", "GITFLOW_NEEDS", "GITFLOW_RUN"}
    assert found.keys() - shell == OWN.keys() | given.keys() | files | {"PATH", "LANG", "TZ", "HOME"}
    assert {name: found[name] for name in OWN} == OWN
    assert {name: found[name] for name in given} == given
    assert (found["LANG"], found["TZ"], found["HOME"]) == ("C.UTF-8", "Europe/Berlin", str(bench.folder / "home"))


def test_what_the_engine_sets_cannot_be_replaced_and_the_rest_can(bench: Any) -> None:
    env = {"GITFLOW_RUN": "none", "GITFLOW_STEP": "x", "LANG": "C", "HOME": "/"}
    found = environment_of(bench, env=env, traceparent="00-1-2-01")
    assert found["GITFLOW_RUN"] == bench.tokens[-1]
    assert (found["GITFLOW_STEP"], found["LANG"], found["HOME"]) == ("step", "C", "/")
    assert found["TRACEPARENT"] == "00-1-2-01"


def test_inside_a_step_of_another_run_its_mark_is_carried_on(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITFLOW_RUN", "outer")
    assert environment_of(bench)["GITFLOW_RUN"] == f"outer/{bench.tokens[-1]}"


def test_the_input_is_a_private_json_file(bench: Any) -> None:
    bench.run('stat -c %a "$GITFLOW_INPUT"; cat "$GITFLOW_INPUT"', input={"name": "Jürgen", "list": [1, None]})
    assert bench.log() == b'600\n{"name": "J\\u00fcrgen", "list": [1, null]}\n'


def test_text_and_odd_bytes_arrive_as_they_are_whatever_the_locale(bench: Any) -> None:
    bench.run('printf %s "$A$B" | od -An -tx1', env={"A": "é", "B": os.fsdecode(b"\xff")})
    assert bench.log().split() == [b"c3", b"a9", b"ff"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"env": {"A": "x\0y"}}, "the value of A contains a NUL character"),
        ({"values": {"GITFLOW_V1": "x" * (MAX_VALUE_BYTES + 1)}}, "the value of GITFLOW_V1 is larger than 120 KiB"),
        ({"env": {f"A{n}": "x" * MAX_VALUE_BYTES for n in range(9)}}, "larger than 1 MiB together"),
        ({"fields": {"cmd": ["echo", "é" * MAX_VALUE_BYTES]}}, "word 2 of the command is larger than 120 KiB"),
        ({"env": {"A=B": "x"}}, "is not a valid name"),
        ({"env": {"A": "\ud800"}}, "not valid Unicode"),
    ],
)
def test_what_no_process_can_be_given_is_refused_before_it_starts(bench: Any, given: dict[str, Any], said: str) -> None:
    outcome = bench.run("echo started", **given)
    assert said in outcome.error
    assert bench.chunks == []
    if "larger" in said:
        assert "$GITFLOW_INPUT" in outcome.error


def test_a_value_at_the_limit_is_taken(bench: Any) -> None:
    assert bench.run('printf %s "$A" | wc -c', env={"A": "x" * MAX_VALUE_BYTES}).error is None
    assert bench.log().strip() == str(MAX_VALUE_BYTES).encode()


def test_a_refusal_never_shows_the_value(bench: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        process_of(bench.context(env={"A": "hunter22\0"}), ["true"])
    assert "hunter22" not in str(refused.value)


def test_a_scratch_folder_that_is_missing_is_made(bench: Any) -> None:
    fresh = bench.folder / "new/scratch"
    assert bench.run("test -f $GITFLOW_INPUT", scratch=str(fresh)).error is None
    assert fresh.stat().st_mode & 0o777 == 0o700
