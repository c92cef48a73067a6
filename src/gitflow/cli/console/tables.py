"""Prints rows and objects: as a table for people, as JSON or YAML for programs."""

from __future__ import annotations

import sys

from gitflow.cli.console.escape import is_active, one_line
from gitflow.core import json_codec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.core.values import Json


def print_rows(rows: Sequence[Mapping[str, Json]], output: str, columns: Mapping[str, str]) -> None:
    """``columns``: heading -> key, for the table; JSON and YAML carry everything."""
    if output == "table":
        print_table([list(columns)] + [[cell(row.get(key)) for key in columns.values()] for row in rows])
    else:
        print_value(list(rows), output)


def print_value(value: Json, output: str) -> None:
    if output == "yaml":
        sys.stdout.write(_yaml(value))
        return
    sys.stdout.write(json_codec.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _yaml(value: Json) -> str:
    """Writes texts of several lines as YAML blocks, as people do."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        # An escaped character keeps its meaning in YAML only between double quotes.
        style = '"' if is_active(value) else "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)  # pyright: ignore

    Dumper.add_representer(str, text)
    return yaml.dump(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1000
    )


def cell(value: Json) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return one_line(value)
        case [*texts] if all(isinstance(text, str) for text in texts):
            return ", ".join(map(one_line, texts))
        case _:
            return one_line(json_codec.dumps(value, ensure_ascii=False))


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """The first row has the headings."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        padded = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(padded).rstrip() + "\n")
