from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.problems import Place
from gitflow.definitions.source.locations import place_inside, place_of
from gitflow.definitions.source.reader import MAX_BYTES, MAX_DEPTH, read


def value(text: str):
    document = read("a.yaml", text.encode())
    assert document.problems == ()
    return document.value


def rules(data: str | bytes) -> list[str]:
    document = read("a.yaml", data if isinstance(data, bytes) else data.encode())
    return [problem.rule for problem in document.problems]


@pytest.mark.parametrize(
    "text",
    ["on", "off", "yes", "No", "y", "1_000", "0o17", "0b11", "12:30:00", "2020-01-01", "2020-01-01T10:00:00Z", "=",
     ".", "-", "+", "1.2.3", "0x", "0xg", "1e", "tRue", "nan", "inf", "<<a", "1,000", "--1", "+.e1"],
)  # fmt: skip
def test_what_yaml_1_1_reads_otherwise_stays_text(text: str):
    assert value(f"a: '{text}'") == {"a": text}
    if text not in ("-", "="):
        assert value(f"a: {text}") == {"a": text}


@pytest.mark.parametrize(
    ("text", "meant"),
    [("true", True), ("True", True), ("FALSE", False), ("null", None), ("~", None), ("", None), ("3", 3), ("-0", 0),
     ("+7", 7), ("017", 17), ("0x1F", 31), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), ("-2.5E-1", -0.25)],
)  # fmt: skip
def test_the_core_schema_is_read(text: str, meant: object):
    found = value(f"a: {text}")["a"]
    assert found == meant
    assert type(found) is type(meant)


def test_keys_are_always_text():
    assert value("1: a\ntrue: b\non: c\n1.50: d") == {"1": "a", "true": "b", "on": "c", "1.50": "d"}


def test_quoted_and_block_text_is_text():
    assert value("a: '1'\nb: \"true\"\nc: |\n  null\nd: >-\n  3") == {"a": "1", "b": "true", "c": "null\n", "d": "3"}


def test_an_alias_is_the_value_of_its_anchor():
    assert value("a: &x {b: [1]}\nc: *x") == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert value("a: &x k\n*x : 1") == {"a": "k", "k": 1}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "---\n...\n", "\n\n", "\ufeff"])
def test_a_file_without_a_value_is_fine(text: str):
    assert value(text) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a: 1\nb: 2\na: 3", "duplicate-key"),
        ("{a: 1, 'a': 2}", "duplicate-key"),
        ("a: .inf", "number-range"),
        ("a: 1e999", "number-range"),
        ("a: 18446744073709551616", "number-range"),
        ("a: " + "9" * 5000, "number-range"),
        ("a: .nan", "number-range"),
        ("a: !!python/object:os.system x", "tag"),
        ("a: !!str 3", "tag"),
        ("!!map {}", "tag"),
        ("<<: {a: 1}", "merge-key"),
        ("? {a: 1}\n: b", "key-not-text"),
        ("a: *b", "unknown-anchor"),
        ("a: &b [*b]", "unknown-anchor"),
        ("a\n---\nb", "several-documents"),
        ("a: b: c", "syntax"),
        ("a:\n\tb: c", "syntax"),
        ("a: [1", "syntax"),
        ("a: 'b", "syntax"),
        ("a: \x00", "syntax"),
        ("a: `b`", "syntax"),
        ("[" * 70, "too-deep"),
        ("- " * 70 + "a", "too-deep"),
    ],
)
def test_what_is_refused_has_a_rule(text: str, rule: str):
    assert rules(text) == [rule]


def test_the_deepest_nesting_that_is_read():
    assert rules("[" * MAX_DEPTH + "]" * MAX_DEPTH) == []
    assert rules("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)) == ["too-deep"]


def test_size_is_bounded():
    assert rules(b"# " + b"x" * (MAX_BYTES - 2)) == []
    assert rules(b"# " + b"x" * (MAX_BYTES - 1)) == ["too-large"]


def test_a_bomb_of_aliases_is_refused_before_it_grows():
    layers = [f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert rules("\n".join(["k0: &k0 [lol, lol]", *layers])) == ["alias-bomb"]
    text = "x" * 100_000
    assert rules(f"a: &a {text}\nb: [{', '.join(['*a'] * 100)}]") == ["alias-bomb"]


def test_modest_aliases_are_no_bomb():
    assert rules("a: &a [1, 2, 3]\n" + "\n".join(f"b{n}: *a" for n in range(1000))) == []


def test_bytes_that_are_not_utf_8_are_named_by_their_place():
    [problem] = read("a.yaml", b"a: 1\nb: \xff\n").problems
    assert (problem.rule, problem.line, problem.column) == ("not-utf-8", 2, 4)
    assert rules("a: 1".encode("utf-16")) == ["not-utf-8"]


def test_a_duplicate_names_both_places():
    [problem] = read("a.yaml", b"a:\n  b: 1\n  c: 2\n  b: 3\n").problems
    assert (problem.line, problem.column) == (4, 3)
    assert "line 2" in problem.message


TEXT = """\
tasks:
  hello:
    flow:
      say: {cmd: 'it''s {{ x }}'}
      block:
        cmd: |

          one
            two {{ x }}
      folded:
        cmd: >
          one two
          three {{ x }}
      escaped: {cmd: "a\\tb {{ x }}"}
      plain:
        cmd: é {{ x }}
      lines:
        cmd: one x {{ xy }}
          two {{ x }}
    list: [a, {b: c}]
"""


def test_every_key_and_value_has_its_place():
    document = read("a.yaml", TEXT.encode())
    step = ("tasks", "hello", "flow", "say")
    assert place_of(document, step, key=True) == Place("a.yaml", 4, 7)
    assert place_of(document, step) == Place("a.yaml", 4, 12)
    assert place_of(document, (*step, "cmd")) == Place("a.yaml", 4, 18)
    assert place_of(document, ("tasks", "hello", "list", 1, "b")) == Place("a.yaml", 20, 19)


def test_what_was_not_written_is_placed_at_its_nearest_ancestor():
    document = read("a.yaml", TEXT.encode())
    assert place_of(document, ("tasks", "hello", "flow", "say", "input", "x")) == Place("a.yaml", 4, 7)
    assert place_of(document, ("tasks", "hello", "list", 7)) == Place("a.yaml", 20, 5)
    assert place_of(read("a.yaml", b""), ("tasks",)) == Place("a.yaml", 1, 1)


@pytest.mark.parametrize("step", ["say", "block", "folded", "escaped", "plain", "lines"])
def test_a_character_of_a_text_has_its_place(step: str):
    document = read("a.yaml", TEXT.encode())
    path = ("tasks", "hello", "flow", step, "cmd")
    offset = document.value["tasks"]["hello"]["flow"][step]["cmd"].index("{{ x }}")
    place = place_inside(document, path, offset)
    assert TEXT.splitlines()[place.line - 1][place.column - 1 :].startswith("{{ x }}")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes):
    document = read("a.yaml", data)
    assert document.readable or document.problems
    json.dumps(document.value, allow_nan=False)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,?~<. \n\t01", max_size=60))
def test_anything_like_yaml_is_read_or_refused(text: str):
    document = read("a.yaml", text.encode())
    assert document.readable or document.problems
    for problem in document.problems:
        assert problem.line >= 1
        assert problem.column >= 1


#: YAML takes no control characters, and no halves of a surrogate pair.
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufeff"), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    SCALARS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXTS.filter(lambda key: key != "<<"), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_what_another_program_writes_is_read_back(tree: object):
    """JSON is YAML 1.2; PyYAML writes YAML 1.1, which agrees where all text is quoted."""
    document = read("a.yaml", json.dumps(tree, ensure_ascii=False).encode())
    assert (document.value, document.problems) == (tree, ())
    written = yaml.dump(tree, Dumper=_Quoting)
    assert read("a.yaml", written.encode()).value == tree


class _Quoting(yaml.SafeDumper):
    """Writes no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'"))
