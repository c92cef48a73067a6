"""Writes the reference pages from what the program itself is made of.

``python docs/generate.py`` writes them, ``--check`` names those that are stale and exits 1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import from_click
import from_routes
import from_schemas
import man

from gitflow.cli.quick_help import WIDTHS

DOCS = Path(__file__).resolve().parent

#: What `gitflow --help` prints without click.
HELP = "../src/gitflow/cli/help"

NOTE = "<!-- Made by `make docs`; a change by hand is lost. -->\n\n"


def states() -> str:
    from gitflow.core.machine.moves import diagram

    head = "# States\n\nEvery move of a job and of a step, drawn from the tables in `gitflow.core.machine.moves`.\n\n"
    return head + diagram()


#: What is generated inside a page stands between these.
BEGIN, END = "<!-- states: made by `make docs` -->", "<!-- end of states -->"

#: Page -> what writes it.
PAGES: Mapping[str, Callable[[], str]] = {
    "reference/language.md": from_schemas.language,
    "reference/policy.md": from_schemas.policy,
    "reference/tests.md": from_schemas.test_files,
    "reference/server-config.md": from_schemas.server_config,
    "reference/cli.md": from_click.page,
    "reference/http.md": from_routes.page,
    "reference/states.md": states,
}


def with_states(page: str) -> str:
    """A page written by hand, with the diagrams between its marks as the tables have them."""
    from gitflow.core.machine.moves import diagram

    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{diagram().replace('## ', '### ').strip()}\n{END}{after}"


def stale() -> dict[Path, str]:
    """The pages that are not what they should be, with what they should be."""
    made = {DOCS / name: NOTE + page().strip() + "\n" for name, page in PAGES.items()}
    made |= {DOCS / name: write() for name, write in {**SCHEMAS, "reference/gitflow.1": man.page}.items()}
    made |= {DOCS / HELP / f"{columns}.txt": from_click.root_help(columns) for columns in WIDTHS}
    made |= {DOCS / name: fill((DOCS / name).read_text()) for name, fill in FILLED.items()}
    return {path: text for path, text in made.items() if not path.exists() or path.read_text() != text}


def plan_schema() -> str:
    from gitflow.views.plan import schema

    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def check_schema() -> str:
    from gitflow.views.check import schema

    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


#: Schemas of what the program prints, from the views that print it.
SCHEMAS: Mapping[str, Callable[[], str]] = {
    "../schemas/plan.json": plan_schema,
    "../schemas/check.json": check_schema,
}

#: Pages of which a part is written.
FILLED: Mapping[str, Callable[[str], str]] = {
    "architecture.md": with_states,
    "../schemas/workspace.json": from_schemas.with_action_types,
}


def main(words: list[str]) -> None:
    pages = stale()
    if words == ["--check"]:
        if pages:
            sys.exit("stale, run `make docs`: " + ", ".join(str(path.relative_to(DOCS)) for path in pages))
        return
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(path.relative_to(DOCS))


if __name__ == "__main__":
    main(sys.argv[1:])
