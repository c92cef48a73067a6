from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitflow.core.errors import InvalidInput
from gitflow.runners.output import MAX_SIZE, OutputFinder, parse_file, read_output


def found(stream: bytes, cuts: list[int] | None = None) -> bytes | None:
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts or []), len(stream)]
    finder = OutputFinder()
    for a, b in itertools.pairwise(places):
        finder.feed(stream[a:b])
    return finder.text()


streams = st.lists(
    st.sampled_from([b"OUTPUT:", b"OUT", b"PUT: {}", b"\n", b" ", b"x", b'OUTPUT: {"a": 1}\n']), max_size=12
)


@given(streams, st.lists(st.integers(0, 100), max_size=8))
@example([b"OUTPUT:", b"x"], [1, 3, 7])
def test_the_last_output_line_is_found_however_the_stream_is_cut(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    wanted = [line[7:] for line in stream.split(b"\n") if line.startswith(b"OUTPUT:")]
    assert found(stream, cuts) == (wanted[-1] if wanted else None)


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text())))
def test_a_json_object_is_read_as_it_was_written(value: dict[str, Any]) -> None:
    assert parse_file(json.dumps(value, indent=1).encode()) == value


keys = st.text("abcXYZ_-.0", min_size=1, max_size=10)
texts = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))


@given(st.dictionaries(keys, texts))
def test_lines_of_key_and_value_are_read_as_they_were_written(value: dict[str, str]) -> None:
    assert parse_file("".join(f"{key}={text}\n" for key, text in value.items()).encode()) == value


@given(keys, st.lists(texts.filter(lambda line: line != "END")))
def test_a_value_of_several_lines_is_read_as_it_was_written(key: str, lines: list[str]) -> None:
    text = "\n".join([f"{key}<<END", *lines, "END", "after=1"])
    assert parse_file(text.encode()) == {key: "\n".join(lines), "after": "1"}


@given(st.binary(max_size=200))
def test_whatever_a_step_writes_is_an_output_or_a_clear_refusal(data: bytes) -> None:
    try:
        assert isinstance(parse_file(data), dict)
    except InvalidInput as error:
        assert str(error).startswith("the file $GITFLOW_OUTPUT")  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1', "not valid JSON: Expecting ',' delimiter at line 1 column 8"),
        ("[1, 2]", "must hold a JSON object"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
        ("[" * 100_000, "nested too deeply"),
        ("good=1\njust words", "line 2: expected key=value"),
        ("=value", "line 1: there is no key"),
        ("text<<END\nno end", "line 1: the value has no end"),
        ("text<<\n", "line 1: write key<<END"),
        ("a=1\nb=2\na=3", "line 3: the key 'a' is given twice"),
        ("a<<E\n1\nE\na=3", "line 4: the key 'a' is given twice"),
        ('{"a": 1, "a": 1}', "the key 'a' occurs twice in one object"),
        ('{"a": [{"b": 1, "b": 2}]}', "the key 'b' occurs twice in one object"),
        ('{"a": 1e999}', "a number that is too large"),
        ('{"a": -1e999}', "a number that is too large"),
        ('{"a": -Infinity}', "-Infinity is not a JSON number"),
        ('{"a": ' + "1" * 4301 + "}", "a number of more than 4,300 digits"),
        ('{"a": ' + "[" * 100 + "]" * 100 + "}", "nested too deeply"),
    ],
)
def test_a_wrong_file_is_refused_with_a_place(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_file(text.encode())
    assert said in str(refused.value)


def test_a_value_may_hold_what_looks_like_syntax() -> None:
    assert parse_file(b"a=b=c<<d\nempty=\n\n x =  y ") == {"a": "b=c<<d", "empty": "", "x": "  y "}


def test_the_file_wins_over_the_line(bench: Any) -> None:
    assert bench.run("echo 'OUTPUT: {\"a\": 1}'; echo b=2 >>$GITFLOW_OUTPUT").output == {"b": "2"}
    assert bench.run("echo 'OUTPUT: {\"a\": 1}'; echo after", step="next").output == {"a": 1}


def test_an_empty_file_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "output").write_text(" \n")
    assert read_output(str(tmp_path / "output"), b' {"a": 1}') == {"a": 1}
    assert read_output(str(tmp_path / "output"), None) is None
    assert read_output(str(tmp_path / "none"), None) is None


def test_the_output_of_a_failed_step_is_kept(bench: Any) -> None:
    outcome = bench.run("echo '{\"a\": [1]}' >$GITFLOW_OUTPUT; exit 2")
    assert (outcome.output, outcome.exit_code) == ({"a": [1]}, 2)


def test_a_wrong_output_fails_a_step_that_went_well(bench: Any) -> None:
    outcome = bench.run("echo 'OUTPUT: {oops'")
    assert (outcome.exit_code, outcome.output) == (0, None)
    assert outcome.error.startswith("the line OUTPUT: is not valid JSON")


def test_a_wrong_output_does_not_hide_why_a_step_failed(bench: Any) -> None:
    assert bench.run("echo 'OUTPUT: {oops'; exit 9").error == "Exit code: 9"


@pytest.mark.parametrize(
    "script",
    [
        f"head -c {MAX_SIZE + 1} /dev/zero | tr '\\0' x >$GITFLOW_OUTPUT",
        f"printf 'OUTPUT: '; head -c {MAX_SIZE + 1} /dev/zero | tr '\\0' x",
    ],
)
def test_an_output_over_one_mebibyte_fails_the_step(bench: Any, script: str) -> None:
    assert "larger than 1 MiB" in bench.run(script).error


@pytest.mark.parametrize("script", ["ln -s /etc/passwd", "mkfifo", "mkdir"])
def test_what_is_no_plain_file_is_refused_and_never_waited_for(bench: Any, script: str) -> None:
    outcome = bench.run(f"{script} $GITFLOW_OUTPUT")
    assert outcome.output is None
    assert outcome.error.startswith("the file $GITFLOW_OUTPUT ")


def test_an_output_at_the_limit_is_taken(tmp_path: Path) -> None:
    text = json.dumps({"a": "x" * (MAX_SIZE - len('{"a": ""}'))})
    (tmp_path / "output").write_text(text)
    assert os.path.getsize(tmp_path / "output") == MAX_SIZE
    assert read_output(str(tmp_path / "output"), None) == json.loads(text)
    assert found(b"OUTPUT: " + text.encode()[:-1] + b"\n") == b" " + text.encode()[:-1]
