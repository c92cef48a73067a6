"""A change of the table of programs is seen for what it does."""

from storms.scripts import rows


def test_every_row_says_what_is_written_down():
    """After a change that is meant: ``python -m storms.scripts.rows``, and read the difference."""
    written = rows.PATH.read_text().splitlines()
    found = list(rows.lines())
    missing, gone = set(found) - set(written), set(written) - set(found)
    assert [line for line in found if line in missing] == []
    assert [line for line in written if line in gone] == []
    assert found == written
