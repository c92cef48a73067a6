"""Every text comes back as it was, also one that PostgreSQL refuses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitflow.stores.postgres.literals import array
from gitflow.stores.postgres.texts import MARK, from_database, to_database

TEXT = st.text(st.sampled_from(["\0", MARK, "0", "1", "a", "\\", '"', "é"]))


@given(TEXT)
def test_text_comes_back_as_it_was_and_has_no_nul_meanwhile(text):
    assert "\0" not in to_database(text)
    assert from_database(to_database(text)) == text


@given(TEXT, TEXT)
def test_two_texts_are_never_written_alike(one, other):
    assert (to_database(one) == to_database(other)) == (one == other)


def test_arrays_are_written_as_postgresql_reads_them():
    assert (
        array("text", ["a", None, "", 'say "x\\y"', "NULL", "a,b{}"]) == r'{"a",NULL,"","say \"x\\y\"","NULL","a,b{}"}'
    )
    assert array("bigint", [1, None, -2]) == "{1,NULL,-2}"
    assert array("double precision", [0.1, 1e-7, 5e-324]) == "{0.1,1e-07,5e-324}"
    assert array("boolean", [True, 0, None]) == "{t,f,NULL}"
    assert array("bytea", [b"\x00a", b""]) == r'{"\\x0061","\\x"}'
