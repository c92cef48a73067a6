"""Loads the files of a revision: to a snapshot, or to all problems of all files.

A definition that breaks its schema is left out of the snapshot that the checks see, and references to it are not
reported as missing.
"""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from gitflow.core.language.definition import OCCASIONS
from gitflow.core.names import is_reserved
from gitflow.core.problems import Problem
from gitflow.core.record import replace
from gitflow.core.values import is_list, is_object
from gitflow.definitions import cache, compiled
from gitflow.definitions.annotations import annotate, annotate_hook
from gitflow.definitions.checks import table
from gitflow.definitions.scripts import SHELLED, Scripts
from gitflow.definitions.shell.safety import read_scripts
from gitflow.definitions.source import schemas
from gitflow.definitions.source.base import Loaded, Partial
from gitflow.definitions.source.ignored import is_definitions, is_encrypted, is_policy
from gitflow.definitions.source.locations import Locations, place_of
from gitflow.definitions.source.reader import Document, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gitflow.core.language.snapshot import Snapshot
    from gitflow.core.language.sources import SourceFile
    from gitflow.core.values import Json, JsonObject
    from gitflow.definitions.cache import LoadCache, LoadedFile, Made
    from gitflow.definitions.shell.safety import Readings
    from gitflow.definitions.source.reader import AnyDocument
    from gitflow.definitions.source.schemas import Finding

#: Section -> what one member is called.
KINDS = {
    "connection_types": "connection type",
    "connections": "connection",
    "secrets": "secret",
    "actions": "action",
    "tasks": "task",
    "triggers": "trigger",
}

_SECTIONS = (*KINDS, *OCCASIONS)

#: Rules about missing names. If a file could not be read, or a definition was left out, the name may be in there, and
#: that problem is reported already.
FOLLOWING = frozenset({
    "unknown-action", "unknown-task", "unknown-connection", "unknown-connection-type", "unknown-type", "unknown-secret",
})  # fmt: skip

Path = tuple["str | int", ...]


@dataclass(slots=True)
class _Merged:
    """The contents of all files together."""

    tree: dict[str, Any] = field(default_factory=dict[str, Any])  #: the sections, without broken definitions
    homes: dict[Path, tuple[AnyDocument, Path]] = field(default_factory=dict[Path, "tuple[AnyDocument, Path]"])
    reads: dict[tuple[str, str], LoadedFile] = field(default_factory=dict[tuple[str, str], "LoadedFile"])
    problems: list[Problem] = field(default_factory=list[Problem])
    broken: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])  #: the definitions that were left out
    unreadable: set[str] = field(default_factory=set[str])  #: files that could not be read: any name may be missing


def load(
    files: Iterable[SourceFile],
    *,
    workspace: str,
    revision: str,
    has_file: Callable[[str], bool],
    load_cache: LoadCache | None = None,
    decrypts: bool = True,
) -> Loaded:
    """Loads the files; never raises for an author's mistake. ``has_file`` says whether the workspace has that path.

    With ``load_cache``, the next load skips what has not changed; only one load at a time may use it. Without
    ``decrypts``, encrypted files give only their names: for definitions that nobody has reason to trust.
    """
    collects = gc.isenabled()
    gc.disable()  # A load creates many small objects that live until it ends; collecting garbage would double its time.
    load_cache = load_cache or cache.LoadCache()
    load_cache.begin()
    try:
        return _load(files, workspace, revision, has_file, load_cache, _read if decrypts else _read_encrypted)
    finally:
        load_cache.end()
        _stop_reading()
        if collects:
            gc.enable()


def _load(
    files: Iterable[SourceFile],
    workspace: str,
    revision: str,
    has_file: Callable[[str], bool],
    load_cache: LoadCache,
    read_file: Callable[[SourceFile], tuple[Document, list[Finding]]],
) -> Loaded:
    merged = _Merged()
    for file in files:
        if is_definitions(file.path):
            _merge(load_cache.read(file, read_file), merged)
        elif is_policy(file.path):
            from gitflow.definitions.policies import find_policy  # for workspaces that have one

            merged.problems.extend(find_policy((file,))[1])  # with errors in it, nothing could judge what follows
    locations = Locations(merged.homes)
    tree = _annotate(merged, locations)
    secrets = {name: locations.at("secrets", name, key=True) for name in tree["secrets"]}
    found = compiled.snapshot_of(tree, workspace=workspace, revision=revision, secret_places=secrets)
    snapshot = _parse_all(found, tree, merged)
    merged.problems.extend(
        p for p in _checks(snapshot, merged, locations, has_file, load_cache) if not _is_consequence(p, merged)
    )
    if merged.broken:
        merged.problems.extend(_checks_of_parts(snapshot, merged, locations))
    problems = tuple(sorted(dict.fromkeys(merged.problems), key=_order))
    if any(problem.is_error for problem in problems):
        return Loaded(None, problems, partial=Partial(snapshot, frozenset(merged.broken), frozenset(merged.unreadable)))
    blob = compiled.encode(
        tree,
        workspace=workspace,
        revision=revision,
        warnings=problems,
        secret_places=secrets,
        encoded=lambda section, name, node: cache.get_encoded(merged.reads[section, name], section, name, node),
    )
    return Loaded(replace(snapshot, warnings=problems), problems, blob)


def _parse_all(snapshot: Snapshot, tree: JsonObject, merged: _Merged) -> Snapshot:
    """The snapshot with every member parsed: the checks look at all of them, many times."""
    sections: dict[str, Any] = {
        section: {
            name: cache.get_definition(merged.reads[section, name], section, name, node)
            for name, node in tree[section].items()
        }
        for section in compiled.PARSERS
    }
    return replace(snapshot, **sections)


def _read(file: SourceFile) -> tuple[Document, list[Finding]]:
    document = _document(file)
    return document, schemas.findings(document)


def _read_encrypted(file: SourceFile) -> tuple[Document, list[Finding]]:
    if not is_encrypted(file.path):
        return _read(file)
    from gitflow.definitions.sops import shape_of

    document = shape_of(file.path, file.data)
    return document, schemas.findings(document)


def _document(file: SourceFile) -> Document:
    if not is_encrypted(file.path):
        return read(file.path, file.data)
    from gitflow.definitions.sops import document_of  # needed only for encrypted files

    return document_of(file.path, file.data)


def _merge(read: LoadedFile, merged: _Merged) -> None:
    document, findings = read.document, read.findings
    merged.problems.extend(document.problems)
    if not document.readable:
        merged.unreadable.add(document.path)
    unread = {(problem.line, problem.column) for problem in document.problems}
    merged.problems.extend(problem for _, problem in findings if (problem.line, problem.column) not in unread)
    if not is_object(document.value):
        return
    broken = {path[:2] for path, _ in findings}
    if not merged.homes:
        merged.homes.update({(section,): (document, (section,)) for section in _SECTIONS})
    for section in _SECTIONS:
        members: Any = document.value.get(section)
        if members is None:
            continue
        if is_object(members) and section in KINDS:
            _merge_names(section, members, read, merged, broken)
        elif is_list(members) and section in OCCASIONS:
            _merge_hooks(section, members, document, merged, broken)


def _merge_names(section: str, members: JsonObject, read: LoadedFile, merged: _Merged, broken: set[Path]) -> None:
    document = read.document
    kept = merged.tree.setdefault(section, {})
    for name, plain in members.items():
        path = (section, name)
        if path in merged.homes:
            merged.problems.append(_defined_twice(path, merged.homes[path][0], document))
            continue
        merged.homes[path] = document, path
        merged.reads[path] = read
        if section == "tasks":
            merged.problems.extend(_reserved_steps(document, path, plain))
        if path in broken or (section,) in broken:
            merged.broken.add(path)
        else:
            kept[name] = plain


def _merge_hooks(occasion: str, members: list[Json], document: AnyDocument, merged: _Merged, broken: set[Path]) -> None:
    spots = document.spot[1][occasion][1][1]
    kept = merged.tree.setdefault(occasion, [])
    for index, plain in enumerate(members):
        if (occasion, index) in broken or (occasion,) in broken:
            continue
        merged.homes[occasion, len(kept)] = document, (occasion, index)
        kept.append(annotate_hook(plain, spots[index], document.path))


def _defined_twice(path: tuple[str, str], first: AnyDocument, second: AnyDocument) -> Problem:
    section, name = path
    message = f'{KINDS[section]} "{name}" is defined twice; the first is at {place_of(first, path, key=True)}'
    return Problem.at(place_of(second, path, key=True), "duplicate-name", message, "rename one of them")


def _reserved_steps(document: AnyDocument, path: Path, task: Json) -> Iterator[Problem]:
    flow: Any = task.get("flow") if is_object(task) else None
    for step in flow if is_object(flow) else ():
        if is_reserved(step):
            where = place_of(document, (*path, "flow", step), key=True)
            message = f'a step cannot have the name "{step}": the word has another meaning in templates'
            yield Problem.at(where, "reserved-name", message, "choose another name")


def _annotate(merged: _Merged, locations: Locations) -> JsonObject:
    """The sections with the places and the safe scripts of their members."""
    tree: JsonObject = {occasion: merged.tree.get(occasion, []) for occasion in OCCASIONS}
    readings = _readings(merged)
    for section in KINDS:
        members: dict[str, Json] = {}
        for name, plain in merged.tree.get(section, {}).items():
            make = partial(_annotate_member, merged, locations, readings, section, name, plain)
            members[name], problems = cache.get_annotated(merged.reads[section, name], section, name, make)
            merged.problems.extend(problems)
        tree[section] = members
    return tree


def _annotate_member(
    merged: _Merged, locations: Locations, readings: Readings | None, section: str, name: str, plain: JsonObject
) -> Made:
    """The annotated member and its problems. They depend only on the member's file."""
    scripts = Scripts(locations, merged.tree, readings)
    spots: tuple[Any, Any] = merged.reads[section, name].document.spot[1][section][1][1][name]
    node = annotate(section, name, plain, spots[0], spots[1], _file(merged, section, name), scripts.of)
    return node, tuple(scripts.problems)


def _file(merged: _Merged, section: str, name: str) -> str:
    return merged.homes[section, name][0].path


def _readings(merged: _Merged) -> Readings | None:
    """Parses all scripts with templates at once that no earlier load has checked."""
    scripts = [
        script
        for (section, name), read in merged.reads.items()
        if section in ("actions", "tasks") and (section, name) not in read.annotated and name in merged.tree[section]
        for script in _texts(section, merged.tree[section][name])
    ]
    return read_scripts(scripts) if scripts else None


def _stop_reading() -> None:
    """Stops the processes that parse scripts, if this load has started them."""
    if parsers := sys.modules.get("gitflow.definitions.shell.parsers"):
        parsers.close()


def _texts(section: str, plain: JsonObject) -> Iterator[tuple[str, str]]:
    actions: Any = plain["flow"].values() if section == "tasks" else [plain]
    for action in actions:
        text = action.get("cmd")
        if action.get("type") in SHELLED and isinstance(text, str) and "{{" in text:
            yield action.get("shell", "sh"), text


def _checks(
    snapshot: Snapshot, merged: _Merged, locations: Locations, has_file: Callable[[str], bool], load_cache: LoadCache
) -> Iterator[Problem]:
    """Runs the checks that no schema can make; unchanged files use the problems of the last load."""
    number = load_cache.number_of(table.surroundings_of(snapshot))
    files = {file.document.path: (file, (number, tuple(members))) for file, members in _members(merged)}
    fresh = {path: which for path, (file, which) in files.items() if which not in file.problems}
    part = table.part_of(snapshot, [member for _, members in fresh.values() for member in members])
    found: dict[str, list[Problem]] = {path: [] for path in fresh}
    for problem in table.of_members(snapshot, part, locations):
        found[problem.file].append(problem)
    for path, (file, which) in files.items():
        if path in fresh:
            cache.keep_problems(file, which, found[path])
        yield from file.problems[which]
    hooks = replace(table.part_of(snapshot, ()), hooks=snapshot.hooks)
    yield from table.of_members(snapshot, hooks, locations)
    yield from table.of_all(snapshot, locations, has_file)


def _checks_of_parts(snapshot: Snapshot, merged: _Merged, locations: Locations) -> Iterator[Problem]:
    """Checks what is left of definitions that break their schema, so that an author sees all mistakes at once."""
    from gitflow.definitions.parts import part_of  # few workspaces have errors

    for section, name in sorted(merged.broken):
        document = merged.homes[section, name][0]
        whole: Any = document.value
        part = part_of(section, name, whole[section][name]) if section in compiled.PARSERS else None
        if part is None:
            continue
        key, spot = document.spot[1][section][1][1][name]
        node: Any = annotate(section, name, part.plain, key, spot, document.path, _no_script)
        known = replace(
            snapshot, **{section: {**getattr(snapshot, section), name: compiled.PARSERS[section](name, node)}}
        )
        for problem in table.of_members(known, table.part_of(known, [(section, name)]), locations):
            if part.allows(problem) and not _is_consequence(problem, merged):
                yield problem


def _no_script(path: tuple[str, ...], action: JsonObject) -> None:
    """A script is judged once its definition fits its schema."""


def _members(merged: _Merged) -> Iterable[tuple[LoadedFile, list[tuple[str, str]]]]:
    """For each file, the members that count: those that are not broken and that no earlier file defines."""
    found: dict[int, tuple[LoadedFile, list[tuple[str, str]]]] = {}
    for (section, name), file in merged.reads.items():
        if name in merged.tree[section]:
            found.setdefault(id(file), (file, []))[1].append((section, name))
    return found.values()


def _is_consequence(problem: Problem, merged: _Merged) -> bool:
    """Whether the problem is only a consequence of a definition or file that could not be read."""
    is_named = any(f'"{name}"' in problem.message for _, name in merged.broken)
    return problem.rule in FOLLOWING and (bool(merged.unreadable) or is_named)


def _order(problem: Problem) -> tuple[str, int, int, str, str]:
    return problem.file, problem.line, problem.column, problem.rule, problem.message
