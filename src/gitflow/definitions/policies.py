"""From the text of ``.workflows/policy.yaml`` to a Policy, or to everything that is wrong with it.

A file of that name anywhere else is no policy, and its author is warned: nothing would enforce it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from gitflow.core.names import closest
from gitflow.core.policy.fields import KNOWN, is_field
from gitflow.core.policy.judge import RULES
from gitflow.core.policy.records import KIND_OF, POLICY_FILE, Exemption, Match, Policy, Rule
from gitflow.core.problems import Place, Problem, Severity
from gitflow.core.values import is_list, is_object
from gitflow.definitions.source.ignored import is_policy
from gitflow.definitions.source.locations import place_of
from gitflow.definitions.source.messages import and_, or_, short
from gitflow.definitions.source.reader import read
from gitflow.definitions.source.schemas import problems_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitflow.core.language.sources import SourceFile
    from gitflow.core.values import Json
    from gitflow.definitions.source.reader import Document

    Path = tuple[str | int, ...]


def find_policy(files: Iterable[SourceFile]) -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy of a revision: None where it has none, or one with errors."""
    found, problems = None, list[Problem]()
    for file in files:
        if file.path == POLICY_FILE:
            found, wrong = parse_policy(file)
            problems += wrong
        elif is_policy(file.path):
            message, hint = f"this file is no policy: only {POLICY_FILE} is one", "move it there, or rename it"
            problems.append(Problem.at(Place(file.path), "policy-elsewhere", message, hint, Severity.WARNING))
    return found, tuple(problems)


def parse_policy(file: SourceFile) -> tuple[Policy | None, tuple[Problem, ...]]:
    """Never raises for what an author wrote."""
    document = read(file.path, file.data)
    problems = [*document.problems, *problems_of(document, "policy")]
    if not problems:
        problems = list(_mistakes(document))
    if any(problem.is_error for problem in problems):
        return None, tuple(dict.fromkeys(problems))
    return Policy(tuple(_rules(document))), tuple(problems)


def _rules(document: Document) -> Iterator[Rule]:
    for id, plain in _plain_rules(document).items():
        kind = next(key for key in RULES if key in plain)
        yield Rule(
            id=id,
            kind=kind,
            value=plain[kind],
            match=_match(plain.get("match")),
            level=Severity(plain.get("level", "error")),
            message=plain.get("message", ""),
            exemptions=tuple(_exemption(each) for each in plain.get("except", ())),
            where=place_of(document, ("rules", id), key=True),
        )


def _plain_rules(document: Document) -> dict[str, Any]:
    whole: Json = document.value
    return (whole.get("rules") or {}) if is_object(whole) else {}


def _match(plain: Json) -> Match | None:
    return None if plain is None else Match(**{key: tuple(plain.get(key, ())) for key in KIND_OF})


def _exemption(plain: Json) -> Exemption:
    return Exemption(plain["name"], date.fromisoformat(plain["until"]), plain.get("reason", ""))


def _mistakes(document: Document) -> Iterator[Problem]:
    """What no schema can say."""
    for id, plain in _plain_rules(document).items():
        path = ("rules", id)
        yield from _bad_matches(document, path, plain)
        yield from _bad_fields(document, path, plain)
        yield from _bad_days(document, path, plain)
        for where, text in _globs(path, plain):
            wrong = _glob_mistake(text)
            if wrong is not None:
                message = f'"{short(text)}" is no glob: {wrong[0]}'
                yield Problem.at(place_of(document, where), "bad-glob", message, wrong[1])


def _bad_matches(document: Document, path: Path, plain: Any) -> Iterator[Problem]:
    kind = next(key for key in RULES if key in plain)
    about = RULES[kind].about
    for key in plain.get("match", ()):
        if key in KIND_OF and key not in about:
            message = f"`{kind}` is never about {key}"
            hint = f"it is about {and_(list(about))}: take `{key}` out"
            yield Problem.at(place_of(document, (*path, "match", key), key=True), "no-effect", message, hint)


def _bad_fields(document: Document, path: Path, plain: Any) -> Iterator[Problem]:
    for index, field in enumerate(plain.get("require_fields", ())):
        if not is_field(field):
            where = place_of(document, (*path, "require_fields", index))
            hint = closest(field, KNOWN) or f"known here: {', '.join(KNOWN)}, and labels.NAME"
            yield Problem.at(where, "unknown-field", f'no definition has the field "{short(field)}"', hint)


def _bad_days(document: Document, path: Path, plain: Any) -> Iterator[Problem]:
    for index, exemption in enumerate(plain.get("except", ())):
        try:
            date.fromisoformat(exemption["until"])
        except ValueError:
            where = place_of(document, (*path, "except", index, "until"))
            message = f'"{exemption["until"]}" is no day of the calendar'
            yield Problem.at(where, "bad-date", message, "write a day as 2027-01-31")


def _globs(path: Path, plain: Any) -> Iterator[tuple[Path, str]]:
    spots: list[tuple[Path, Any]] = [((*path, "match", key), globs) for key, globs in plain.get("match", {}).items()]
    spots.append(((*path, "forbid_secrets"), plain.get("forbid_secrets")))
    described: Any = plain.get("forbid_actions", plain.get("require_approval", {}).get("before", {}))
    within = ("forbid_actions",) if "forbid_actions" in plain else ("require_approval", "before")
    spots += [((*path, *within, key), globs) for key, globs in described.items()]
    for spot, globs in spots:
        if is_list(globs):
            yield from (((*spot, index), text) for index, text in enumerate(globs) if isinstance(text, str))
    for index, exemption in enumerate(plain.get("except", ())):
        yield (*path, "except", index, "name"), exemption["name"]


def _glob_mistake(text: str) -> tuple[str, str] | None:
    """What makes a glob match nothing, or not what it seems to."""
    if text.startswith("!"):
        return "a leading `!` takes nothing out here", "write what is meant, and use `except` for the rest"
    if text.startswith("/") or text.endswith("/") or "//" in text:
        return "no name has an empty part", "write it as folder/name, or folder/** for all below a folder"
    if text.count("[") != text.count("]") or "[]" in text:
        return "a `[` without its `]`, or nothing between them", "write one character of several as [abc]"
    if "{" in text or "}" in text:
        return "braces mean nothing here", f"write {or_(['several globs', '[…] for one character'])}"
    return None
