"""server-config.yaml as frozen dataclasses: read once, passed on in parts, never global.

``${NAME}`` in a value is taken from the environment, and ``GITFLOW__A__B`` overrides ``a.b``.
"""

from __future__ import annotations

import os

from gitflow.core.errors import GitflowError
from gitflow.core.record import field, record
from gitflow.core.values import is_list, is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitflow.core.problems import Problem
    from gitflow.core.values import Json, JsonObject

CONFIG_NAME = "server-config.yaml"
ENV_PREFIX = "GITFLOW__"


class ConfigError(GitflowError):
    """The configuration is wrong; ``problems`` lists where and why."""

    code = "invalid_config"

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


@record
class WorkspaceConfig:
    name: str
    type: str  #: folder or git
    settings: Mapping[str, Json] = field(default_factory=dict[str, "Json"])


@record
class WorkerConfig:
    slots: int = 0  #: 0 here: chosen by the number of cores
    tags: tuple[str, ...] = ()
    pass_env: tuple[str, ...] = ()


@record
class Config:
    path: str | None = None  #: the file it was read from
    state_dir: str = ""
    synchronous: str = "full"
    db_url: str | None = None
    workspaces: Mapping[str, WorkspaceConfig] = field(default_factory=dict[str, WorkspaceConfig])
    worker: WorkerConfig = WorkerConfig()


def default_state_dir(environ: Mapping[str, str]) -> str:
    """``$GITFLOW_STATE``, else ``gitflow`` under ``$XDG_STATE_HOME`` (XDG base directory specification)."""
    home = environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return environ.get("GITFLOW_STATE") or os.path.join(home, "gitflow")


def default_cache_dir(environ: Mapping[str, str]) -> str:
    home = environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return environ.get("GITFLOW_CACHE") or os.path.join(home, "gitflow")


def find_config(start: str) -> str | None:
    """The nearest server-config.yaml in ``start`` or a folder above it."""
    folder = os.path.abspath(start)
    while True:
        path = os.path.join(folder, CONFIG_NAME)
        if os.path.isfile(path):
            return path
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def config_of(tree: JsonObject, path: str | None, environ: Mapping[str, str]) -> Config:
    """The configuration of a tree that its schema has accepted. Raises ConfigError."""
    base = os.path.dirname(path) if path else os.getcwd()
    tree = _expanded(tree, environ)
    db: JsonObject = tree.get("db") or {}
    worker: JsonObject = tree.get("worker") or {}
    workspaces: dict[str, JsonObject] = tree.get("workspaces") or {}
    return Config(
        path=path,
        state_dir=_below(base, tree["state_dir"]) if tree.get("state_dir") else default_state_dir(environ),
        synchronous=db.get("synchronous", "full"),
        db_url=db.get("url"),
        workspaces={name: _workspace(name, given, base) for name, given in workspaces.items()},
        worker=WorkerConfig(
            slots=worker.get("slots", 0),
            tags=tuple(worker.get("tags", ())),
            pass_env=tuple(worker.get("pass_env", ())),
        ),
    )


def _workspace(name: str, given: JsonObject, base: str) -> WorkspaceConfig:
    settings = {key: value for key, value in given.items() if key != "type"}
    if "path" in settings:
        settings["path"] = _below(base, settings["path"])
    return WorkspaceConfig(name, given["type"], settings)


def _below(base: str, path: str) -> str:
    return os.path.join(base, os.path.expanduser(path))


def _overrides(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in sorted(environ) if name.startswith(ENV_PREFIX)}


def _overridden(tree: JsonObject, overrides: Mapping[str, str]) -> JsonObject:
    """Checked like the file: an override may be as wrong as a line of it. Raises ConfigError."""
    as_text: set[str] = set()
    problems = _problems_of(_laid_over(tree, overrides, as_text))
    for name in overrides if problems else ():
        remaining = _problems_of(_laid_over(tree, overrides, {*as_text, name}))
        if len(remaining) < len(problems):  # digits, where the setting is a text
            problems = remaining
            as_text.add(name)
    if problems:
        wrong = "; ".join(f"{problem.message} ({problem.hint or problem.rule})" for problem in problems)
        raise ConfigError(f"the configuration is wrong together with {', '.join(overrides)}: {wrong}")
    return _laid_over(tree, overrides, as_text)


def _laid_over(tree: JsonObject, overrides: Mapping[str, str], as_text: set[str]) -> JsonObject:
    for name, text in overrides.items():
        value = text if name in as_text else _typed(text)
        tree = _with(tree, name[len(ENV_PREFIX) :].lower().split("__"), value)
    return tree


def _problems_of(tree: JsonObject) -> Sequence[Problem]:
    import json

    from gitflow.definitions.reader import read
    from gitflow.definitions.schemas import problems_of

    return problems_of(read("the environment", json.dumps(tree).encode()), "server-config")


def _with(tree: Json, keys: list[str], value: Json) -> JsonObject:
    inner: JsonObject = dict(tree) if is_object(tree) else {}
    inner[keys[0]] = _with(inner.get(keys[0]), keys[1:], value) if keys[1:] else value
    return inner


def _typed(text: str) -> Json:
    """A number, a boolean, a list or an object where the text is one as JSON: the environment knows only text."""
    import json

    try:
        return json.loads(text)
    except ValueError:
        return text


def _expanded(value: Json, environ: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        return _filled(value, environ) if "${" in value else value
    if is_object(value):
        return {key: _expanded(inner, environ) for key, inner in value.items()}
    if is_list(value):
        return [_expanded(inner, environ) for inner in value]
    return value


def _filled(text: str, environ: Mapping[str, str]) -> str:
    import re

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in environ:
            raise ConfigError(f"the configuration names ${{{name}}}, which is not in the environment")
        return environ[name]

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value_of, text)


def read_config(path: str | None, environ: Mapping[str, str], cache_dir: str | None = None) -> Config:
    """The configuration of a file, or (without one) the defaults. Raises ConfigError with every problem."""
    overrides = _overrides(environ)
    if path is None and not overrides:
        return Config()
    data = _bytes_of(path) if path is not None else b""
    place = os.path.abspath(path) if path is not None else None
    tree = _read(place, data, cache_dir) if place is not None else {}
    tree = _overridden(tree, overrides) if overrides else tree  # never kept: what is overridden may be a secret
    return config_of(tree, place, environ)


def _read(path: str, data: bytes, cache_dir: str | None) -> JsonObject:
    tree = _remembered(path, data, cache_dir)
    if tree is None:
        tree = _checked(path, data)
        _remember(path, data, tree, cache_dir)
    return tree


def _bytes_of(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None


def _checked(path: str, data: bytes) -> JsonObject:
    from gitflow.definitions.reader import read
    from gitflow.definitions.schemas import problems_of

    document = read(path, data)
    problems = [problem for problem in document.problems if problem.is_error]
    problems = problems or problems_of(document, "server-config")
    if problems:
        raise ConfigError(f"{path} has errors", tuple(problems))
    return document.value or {}


def _cache_path(path: str, cache_dir: str) -> str:
    name = path.replace("_", "__").replace(os.sep, "_")
    return os.path.join(cache_dir, "config", name[-200:] + ".json")


def _remembered(path: str, data: bytes, cache_dir: str | None) -> JsonObject | None:
    """What this very text was read as before; YAML and schema are then left out."""
    import json

    if cache_dir is None:
        return None
    try:
        with open(_cache_path(path, cache_dir), encoding="utf-8") as file:
            kept = json.load(file)
        is_same = kept["path"] == path and kept["text"] == data.decode()
        return kept["tree"] if is_same and is_object(kept["tree"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(path: str, data: bytes, tree: JsonObject, cache_dir: str | None) -> None:
    import json

    if cache_dir is None:
        return
    kept = _cache_path(path, cache_dir)
    try:
        os.makedirs(os.path.dirname(kept), mode=0o700, exist_ok=True)
        with open(f"{kept}.{os.getpid()}", "w", encoding="utf-8") as file:
            json.dump({"path": path, "text": data.decode(), "tree": tree}, file)
        os.replace(f"{kept}.{os.getpid()}", kept)
    except OSError:
        return  # a cache that cannot be written is only slower
