"""The paths of the configuration, the state directory and the cache."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_NAME = "server-config.yaml"


def default_state_dir(environ: Mapping[str, str]) -> str:
    """``$GITFLOW_STATE``, else ``gitflow`` under ``$XDG_STATE_HOME`` (XDG base directory specification)."""
    home = environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return environ.get("GITFLOW_STATE") or os.path.join(home, "gitflow")


def beats_file(environ: Mapping[str, str]) -> bool:
    """Whether ``$GITFLOW_STATE`` overrides ``state_dir`` of the file; ``$GITFLOW__STATE_DIR`` overrides both."""
    return bool(environ.get("GITFLOW_STATE")) and "GITFLOW__STATE_DIR" not in environ


def default_cache_dir(environ: Mapping[str, str]) -> str:
    home = environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return environ.get("GITFLOW_CACHE") or os.path.join(home, "gitflow")


def default_config_dir(environ: Mapping[str, str]) -> str:
    """What belongs to the user of this machine, and not to a state directory."""
    return os.path.join(environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), "gitflow")


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
