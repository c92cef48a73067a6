import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.stores.queries import SHARED, load_queries, parse_queries
from gitflow.stores.sqlite.database import QUERIES

SQL = st.text(st.characters(codec="ascii", categories=("L", "N", "Zs", "P", "S")), min_size=1).filter(
    lambda text: text == text.strip() and not text.startswith("--") and not text.endswith(";")
)


def test_a_block_is_its_sql_without_comments_and_semicolon():
    text = "-- about the file\n\n-- name: one\n-- what it is for\nSELECT 1;\n\n-- name: two\nSELECT 2\n  FROM x;\n"
    assert parse_queries(text) == [("one", "SELECT 1"), ("two", "SELECT 2\n  FROM x")]


@given(st.dictionaries(st.from_regex(r"[a-z_]+", fullmatch=True), SQL))
def test_what_is_written_as_blocks_is_read_back(blocks):
    text = "".join(f"-- name: {name}\n-- why\n{sql};\n\n" for name, sql in blocks.items())
    assert dict(parse_queries(text)) == blocks


def test_a_name_given_twice_is_refused(tmp_path):
    (tmp_path / "a.sql").write_text("-- name: one\nSELECT 1;\n")
    (tmp_path / "b.sql").write_text("-- name: one\nSELECT 2;\n")
    with pytest.raises(ValueError, match=r"'one'; the second is in .*b\.sql"):
        load_queries([str(tmp_path)])


def test_a_name_that_two_folders_have_is_refused(tmp_path):
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "jobs.sql").write_text("-- name: job\nSELECT 1;\n")
    with pytest.raises(ValueError, match=r"'job'; the second is in .*other/jobs\.sql"):
        load_queries([str(tmp_path / "one"), str(tmp_path / "other")])


def test_every_query_of_the_product_is_a_statement():
    queries = load_queries((QUERIES, SHARED))
    assert {"save_job", "save_step", "put_chunk", "list_jobs"} <= queries.keys()
    assert all(sql and ";" not in sql for sql in queries.values())
    assert [name for name, sql in queries.items() if "--" in sql] == []


def test_what_is_not_read_at_first_is_found_when_it_is_asked_for(tmp_path):
    (tmp_path / "a.sql").write_text("-- name: one\nSELECT 1;\n")
    (tmp_path / "b.sql").write_text("-- name: two\nSELECT 2;\n")
    (tmp_path / "c.sql").write_text("-- name: further\nSELECT 3;\n")
    queries = load_queries([str(tmp_path)], [str(tmp_path / "b.sql")])
    assert list(queries) == ["two"]
    assert queries["one"] == "SELECT 1"
    assert list(queries) == ["two", "one"]
    with pytest.raises(KeyError):
        queries["three"]
