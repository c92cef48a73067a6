"""A change of the table of programs is seen for what it does."""

from storms.scripts import rows


def test_every_row_says_what_is_written_down():
    """After a change that is meant: ``python -m storms.scripts.rows``, and read the difference."""
    written = rows.PATH.read_text().splitlines()
    found = list(rows.lines())
    assert [line for line in found if line not in set(written)] == []
    assert [line for line in written if line not in set(found)] == []
    assert found == written
