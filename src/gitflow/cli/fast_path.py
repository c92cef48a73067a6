"""Reads simple options of ``gitflow run`` and ``gitflow validate`` without importing click."""

from __future__ import annotations

from gitflow.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class RunOptions(Record):
    task: str
    workspace: str | None = None
    inputs: tuple[str, ...] = ()  #: ``key=value``, as typed
    input_file: str | None = None
    rev: str | None = None
    env: tuple[str, ...] = ()
    dry_run: bool = False
    json: bool = False
    quiet: bool = False
    state_dir: str | None = None


#: Option -> (field, whether it may be repeated).
_VALUED = {
    "-w": ("workspace", False),
    "--workspace": ("workspace", False),
    "-i": ("inputs", True),
    "--input": ("inputs", True),
    "--input-file": ("input_file", False),
    "--rev": ("rev", False),
    "--env": ("env", True),
    "--state-dir": ("state_dir", False),
}
_FLAGS = {"--dry-run": "dry_run", "--json": "json", "-q": "quiet", "--quiet": "quiet"}


def read_run(words: Sequence[str]) -> RunOptions | None:
    """The options of a simple ``run``; None if they need click."""
    once: dict[str, str | bool] = {}
    many: dict[str, tuple[str, ...]] = {}
    tasks: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in _FLAGS:
            once[_FLAGS[word]] = True
            continue
        if not word.startswith("-"):
            tasks.append(word)
            continue
        option, equals, value = word.partition("=")
        if option not in _VALUED or (equals and not option.startswith("--")):
            return None
        field, repeats = _VALUED[option]
        given = value if equals else next(rest, None)
        if given is None or (field in once and not repeats):
            return None
        if repeats:
            many[field] = (*many.get(field, ()), given)
        else:
            once[field] = given
    return RunOptions(tasks[0], **once, **many) if len(tasks) == 1 else None  # type: ignore[arg-type]


FORMATS = ("text", "json", "github", "gitlab", "sarif", "junit")


def read_validate(words: Sequence[str]) -> tuple[str | None, str] | None:
    """Path and format of a simple ``validate``; None if the words need click."""
    rest, form = list(words), "text"
    if "--format" in rest[:-1]:
        at = rest.index("--format")
        form = rest[at + 1]
        del rest[at : at + 2]
    if form not in FORMATS or len(rest) > 1 or any(word.startswith("-") for word in rest):
        return None
    return (rest[0] if rest else None), form
