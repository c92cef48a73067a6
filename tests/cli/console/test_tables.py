"""Tables, JSON and YAML of the same values."""

import json

import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitflow.cli.console.tables import cell, print_rows, print_value

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab-", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_what_is_printed_reads_back_the_same(value):
    import contextlib
    import io

    for form, read in (("json", json.loads), ("yaml", yaml.safe_load)):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            print_value(value, form)
        assert read(out.getvalue()) == value


def test_yaml_shows_texts_of_several_lines_as_blocks(capsys):
    print_value({"cmd": "one\ntwo\n"}, "yaml")
    assert capsys.readouterr().out == "cmd: |\n  one\n  two\n"


def test_a_cell_stays_on_one_line():
    assert cell("a\nb\tc") == "a b c"
    assert [cell(None), cell(True), cell(False), cell(["x", "y"]), cell([]), cell({"a": 1})] == [
        "", "yes", "no", "x, y", "", '{"a": 1}',
    ]  # fmt: skip


def test_a_table_without_rows_still_has_its_headings(capsys):
    print_rows([], "table", {"A": "a", "B": "b"})
    assert capsys.readouterr().out == "A  B\n"
