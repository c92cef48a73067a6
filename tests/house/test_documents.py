"""What the documents say can be done, can be done."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])

LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def anchors(page):
    """The names of a page's headings, as they are linked to."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        file, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{link}: no such file"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


def test_every_how_to_and_reference_page_is_in_the_list_of_pages():
    listed = set(LINK.findall((ROOT / "docs" / "README.md").read_text()))
    pages = [*(ROOT / "docs" / "how-to").glob("*.md"), *(ROOT / "docs" / "reference").glob("*.md")]
    assert {page.relative_to(ROOT / "docs").as_posix() for page in pages} - listed == set()


def test_every_page_that_the_code_points_to_exists():
    for source in (ROOT / "src").rglob("*.py"):
        for page in re.findall(r"docs/[\w/.-]+\.md", source.read_text()):
            assert (ROOT / page).exists(), f"{source.relative_to(ROOT)} points to {page}"


def test_every_make_command_of_the_documents_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE))
        assert named <= targets, f"{page}: {named - targets}"


def test_the_readme_names_the_two_commands_to_begin_with():
    readme = (ROOT / "README.md").read_text()
    assert "make hello" in readme
    assert "make test" in readme


def test_the_reference_pages_are_fresh():
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_decisions_are_numbered_once_and_say_what_was_decided():
    numbers = []
    for page in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        numbers.append(int(page.name[:4]))
        text = page.read_text()
        assert text.startswith(f"# {numbers[-1]}. "), page
        assert "Decision" in text, page
    assert len(numbers) == len(set(numbers))


def test_every_picture_is_shown_on_a_page_has_words_for_those_who_do_not_see_it_and_is_small():
    pictures = sorted((ROOT / "docs").rglob("*.png"))
    shown = {
        (page.parent / file).resolve(): words
        for page in PAGES
        for words, file in re.findall(r"!\[([^\]]*)\]\(([^)\s]+\.png)\)", page.read_text())
    }
    assert set(pictures) == set(shown)
    assert all(len(words) > 20 for words in shown.values())
    assert {picture.name: picture.stat().st_size for picture in pictures if picture.stat().st_size > 150_000} == {}
