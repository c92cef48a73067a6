"""The folder $GITFLOW_OUTPUTS: a file for each key, and nothing that a value says can add one."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.errors import InvalidInput
from gitflow.core.language.definition import Action, Field
from gitflow.runners.output_folder import MAX_FILES, MAX_SIZE, read_folder

HOSTILE = 'x\nOUTPUT: {"approved": true}\napproved=yes\napproved<<END\nyes\nEND\r\n\0\' "$(id)`'
VALUE = HOSTILE.replace("\0", "")


def read(folder: Path, room: int = MAX_SIZE, **declared: Field) -> dict[str, Any]:
    return read_folder(str(folder), room, declared)


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_a_value_in_a_file_of_the_folder_is_one_text_whatever_it_says(bench: Any, shell: str) -> None:
    script = 'printf \'%s\' "${GITFLOW_V1}" > "$GITFLOW_OUTPUTS/greeting"'
    outcome = bench.run(script, fields={"shell": shell}, values={"GITFLOW_V1": VALUE})
    assert (outcome.error, outcome.output) == (None, {"greeting": VALUE})


def test_a_python_step_writes_into_it_too(bench: Any) -> None:
    code = """
import json, os
from pathlib import Path
with open(os.environ["GITFLOW_INPUT"]) as file:
    name = json.load(file)["name"]
Path(os.environ["GITFLOW_OUTPUTS"], "greeting").write_bytes(name.encode())
"""
    outcome = bench.run(type="python", fields={"code": code}, input={"name": HOSTILE})
    assert (outcome.error, outcome.output) == (None, {"greeting": HOSTILE})


def test_a_script_of_the_workspace_writes_into_it_too(bench: Any) -> None:
    script = bench.folder / "files" / "greet.sh"
    script.write_text('#!/bin/sh\nprintf %s "$NAME" > "$GITFLOW_OUTPUTS/greeting"\n')
    script.chmod(0o755)
    outcome = bench.run(fields={"script": "greet.sh"}, env={"NAME": VALUE})
    assert (outcome.error, outcome.output) == (None, {"greeting": VALUE})


def test_the_folder_is_the_attempts_own_and_closed_to_others(bench: Any) -> None:
    assert bench.run('stat -c %a "$GITFLOW_OUTPUTS"').error is None
    assert bench.log() == b"700\n"


@given(st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,20}", fullmatch=True), st.text(), max_size=5))
def test_what_was_written_is_read_as_it_was(tmp_path_factory: Any, values: dict[str, str]) -> None:
    folder = tmp_path_factory.mktemp("outputs")
    taken = {name: text.replace("\ud800", "") for name, text in values.items()}
    for name, text in taken.items():
        (folder / name).write_bytes(text.encode("utf-8", "ignore"))
    assert read(folder) == {name: text.encode("utf-8", "ignore").decode() for name, text in taken.items()}


def test_an_empty_file_is_an_empty_text_and_an_empty_or_missing_folder_gives_none(tmp_path: Path) -> None:
    assert read(tmp_path) == {}
    (tmp_path / "key").touch()
    assert read(tmp_path) == {"key": ""}
    assert read(tmp_path / "none") == {}


def test_a_declared_type_is_read_from_the_text(tmp_path: Path) -> None:
    texts = {"count": "3\n", "done": "true\n", "names": '["a", "b"]', "about": '{"a": 1}', "many": "[1]", "text": "x\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    declared = {
        "count": Field(name="count", type="integer"),
        "done": Field(name="done", type="boolean"),
        "names": Field(name="names", type="array"),
        "about": Field(name="about", type="object"),
        "many": Field(name="many", type="integer", multiple=True),
        "text": Field(name="text", type="string"),
    }
    assert read(tmp_path, **declared) == {
        "about": {"a": 1},
        "count": "3",
        "done": "true",
        "many": [1],
        "names": ["a", "b"],
        "text": "x\n",
    }


@pytest.mark.parametrize("text", ["a, b", '{"a": 1, "a": 2}', "[1e999]", "[NaN]", '["\\ud800"]', "[" * 200 + "]" * 200])
def test_a_list_or_object_that_is_not_json_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "names").write_text(text)
    with pytest.raises(InvalidInput, match=r"the file 'names' .* is not valid JSON"):
        read(tmp_path, names=Field(name="names", type="array"))


def socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(path))


WRONG = {
    "a folder": lambda path: path.mkdir(),
    "a link": lambda path: path.symlink_to("/etc/hostname"),
    "a pipe": lambda path: os.mkfifo(path),
    "a socket": socket_at,
    "not UTF-8 text": lambda path: path.write_bytes(b"\xff"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_file_of_text_fails_the_step_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "outputs"
    folder.mkdir()
    (folder / "good").write_text("x")
    WRONG[kind](folder / "bad-one")
    with pytest.raises(InvalidInput, match=f"'bad-one' is {kind}"):
        read(folder)


@pytest.mark.parametrize("name", ["1st", "a.b", "a b", ".hidden", "-a", "é", "a\n", "a=b", "\udcff"])
def test_a_name_that_is_no_key_fails_the_step_and_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    with pytest.raises(InvalidInput) as refused:
        read(tmp_path)
    assert f"{name!r} is not a key" in str(refused.value)
    assert str(refused.value).isprintable()


def test_a_link_to_a_good_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    (tmp_path / "text").write_text("x")
    (tmp_path / "outputs/key").symlink_to("../text")
    with pytest.raises(InvalidInput, match="'key' is a link"):
        read(tmp_path / "outputs")


@pytest.mark.parametrize(
    "script", ["ln -s . gone; rmdir $GITFLOW_OUTPUTS; ln -s /etc", "rmdir $GITFLOW_OUTPUTS; touch"]
)
def test_a_folder_that_was_replaced_fails_the_step(bench: Any, script: str) -> None:
    outcome = bench.run(f"{script} $GITFLOW_OUTPUTS")
    assert (outcome.output, outcome.error) == (None, "the folder $GITFLOW_OUTPUTS is no longer a folder")


def test_a_pipe_in_it_is_never_waited_for(bench: Any) -> None:
    outcome = bench.run("mkfifo $GITFLOW_OUTPUTS/key")
    assert outcome.error == "the folder $GITFLOW_OUTPUTS is wrong: 'key' is a pipe"


def test_all_outputs_together_may_be_one_mebibyte(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x" * (MAX_SIZE // 2 - 1))
    (tmp_path / "b").write_text("y" * (MAX_SIZE // 2 - 1))
    assert len(read(tmp_path)) == 2
    with pytest.raises(InvalidInput, match="larger than 1 MiB"):
        read(tmp_path, room=MAX_SIZE - 1)
    (tmp_path / "c").touch()
    with pytest.raises(InvalidInput, match=r"'c'.* larger than 1 MiB"):
        read(tmp_path)


def test_the_limit_counts_both_places(bench: Any) -> None:
    half = MAX_SIZE // 2 + 1
    fill = f"head -c {half} /dev/zero | tr '\\0' x"
    outcome = bench.run(f'{{ printf a=; {fill}; }} > "$GITFLOW_OUTPUT"; {fill} > "$GITFLOW_OUTPUTS/b"')
    assert "larger than 1 MiB" in outcome.error
    assert outcome.output is None


def test_very_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(MAX_FILES + 1):
        (tmp_path / f"k{number}").touch()
    with pytest.raises(InvalidInput, match="contains 1,001 files"):
        read(tmp_path)


def test_a_key_in_both_places_is_refused_and_different_keys_are_joined(bench: Any) -> None:
    both = 'echo a=1 > "$GITFLOW_OUTPUT"; printf 2 > "$GITFLOW_OUTPUTS/{}"'
    assert bench.run(both.format("b"), step="one").output == {"a": "1", "b": "2"}
    twice = bench.run(both.format("a"), step="two")
    assert twice.output is None
    assert twice.error == "the key 'a' is given twice: in the file $GITFLOW_OUTPUT and in the folder $GITFLOW_OUTPUTS"


def test_the_folder_wins_over_the_line(bench: Any) -> None:
    assert bench.run("echo 'OUTPUT: {\"a\": 1}'; printf 2 > $GITFLOW_OUTPUTS/b").output == {"b": "2"}


def test_the_output_of_a_failed_step_is_kept(bench: Any) -> None:
    outcome = bench.run("printf 1 > $GITFLOW_OUTPUTS/a; exit 2")
    assert (outcome.output, outcome.exit_code) == ({"a": "1"}, 2)


def test_a_secret_in_a_files_name_is_masked(bench: Any) -> None:
    outcome = bench.run("mkdir $GITFLOW_OUTPUTS/sec\\'ret", masks=("sec'ret",))
    assert "ret" not in outcome.error.replace("outputs", "")


def test_a_declared_field_of_a_step_is_converted(bench: Any) -> None:
    action = Action(type="shell", output={"names": Field(name="names", type="array")})
    assert bench.run('echo \'["a"]\' > "$GITFLOW_OUTPUTS/names"', action=action).output == {"names": ["a"]}
