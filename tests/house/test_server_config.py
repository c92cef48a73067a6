"""The configuration in the project's folder can be read, with its comments taken at their word too."""

from __future__ import annotations

import re

from gitflow.config import find_config, read_config


def test_the_default_workspace_is_found_from_the_projects_folder(root):
    path = find_config(str(root))
    assert path == str(root / "server-config.yaml")
    config = read_config(path, {})
    assert config.workspaces["default"].settings["path"] == str(root / "workspaces" / "default")


def test_what_stands_in_comments_is_right_as_well(root, tmp_path):
    text = (root / "server-config.yaml").read_text()
    uncommented = tmp_path / "server-config.yaml"
    uncommented.write_text(re.sub(r"^  # ", "  ", text, flags=re.MULTILINE))
    config = read_config(str(uncommented), {})
    assert set(config.workspaces) == {"default", "shop"}


def test_the_environment_wins(root):
    config = read_config(str(root / "server-config.yaml"), {"GITFLOW__WORKSPACES__DEFAULT__PATH": "/elsewhere"})
    assert config.workspaces["default"].settings["path"] == "/elsewhere"
