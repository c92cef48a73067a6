"""Reads the file: parses YAML, checks the schema, and applies the environment; caches the parsed file."""

from __future__ import annotations

import os

from gitflow.config.building import config_of
from gitflow.config.settings import Config, ConfigError
from gitflow.core.json_codec import dumps, loads
from gitflow.core.values import is_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitflow.core.values import JsonObject

#: Sections that only a server reads: other commands do not need the secrets in them.
SERVER_ONLY = ("auth", "permissions", "telemetry")


def read_config(
    path: str | None, environ: Mapping[str, str], cache_dir: str | None = None, *, for_server: bool = False
) -> Config:
    """The configuration of a file, or (without one) the defaults. Raises ConfigError with every problem.

    Without ``for_server``, the sections of SERVER_ONLY are checked and left out.
    """
    has_overrides = any(name.startswith("GITFLOW__") for name in environ)
    if path is None and not has_overrides:
        return Config()
    data = _bytes_of(path) if path is not None else b""
    place = os.path.abspath(path) if path is not None else None
    tree = _read(place, data, cache_dir) if place is not None else {}
    if has_overrides:
        from gitflow.config.variables import overridden, overrides

        tree = overridden(tree, overrides(environ))  # not cached: the values may be secrets
    if not for_server:
        tree = {name: section for name, section in tree.items() if name not in SERVER_ONLY}
    if has_overrides or b"${" in data:
        from gitflow.config.variables import expanded

        tree = expanded(tree, environ)
    return config_of(tree, place, environ)


def _read(path: str, data: bytes, cache_dir: str | None) -> JsonObject:
    tree = _load_cached(path, data, cache_dir)
    if tree is None:
        tree = _checked(path, data)
        _save_cached(path, data, tree, cache_dir)
    return tree


def _bytes_of(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None


def _checked(path: str, data: bytes) -> JsonObject:
    from gitflow.definitions.source.reader import read
    from gitflow.definitions.source.schemas import problems_of

    document = read(path, data)
    problems = [problem for problem in document.problems if problem.is_error]
    problems = problems or problems_of(document, "server-config")
    if problems:
        raise ConfigError(f"{path} has errors", tuple(problems))
    return document.value or {}


def _cache_path(path: str, cache_dir: str) -> str:
    name = path.replace("_", "__").replace(os.sep, "_")
    return os.path.join(cache_dir, "config", name[-200:] + ".json")


def _load_cached(path: str, data: bytes, cache_dir: str | None) -> JsonObject | None:
    """The cached tree of this text, which saves YAML and the schema."""
    if cache_dir is None:
        return None
    try:
        with open(_cache_path(path, cache_dir), encoding="utf-8") as file:
            kept = loads(file.read())
        is_same = kept["path"] == path and kept["text"] == data.decode()
        return kept["tree"] if is_same and is_object(kept["tree"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _save_cached(path: str, data: bytes, tree: JsonObject, cache_dir: str | None) -> None:
    if cache_dir is None:
        return
    kept = _cache_path(path, cache_dir)
    try:
        os.makedirs(os.path.dirname(kept), mode=0o700, exist_ok=True)
        with open(f"{kept}.{os.getpid()}", "w", encoding="utf-8") as file:
            file.write(dumps({"path": path, "text": data.decode(), "tree": tree}))
        os.replace(f"{kept}.{os.getpid()}", kept)
    except OSError:
        return  # without the cache the next start is only slower
