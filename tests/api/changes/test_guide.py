"""The guide (docs/how-to/change-definitions.md) shows what is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

from gitflow.api.route_table import schemas
from gitflow.config import read_config
from gitflow.config.committing import committing_of
from gitflow.workspaces.drafts import Person

GUIDE = (Path(__file__).parents[3] / "docs/how-to/change-definitions.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.S)


def test_the_settings_are_taken(tmp_path):
    path = tmp_path / "server-config.yaml"
    for writable, is_direct in (("true", False), ("direct", True)):
        path.write_text(blocks("yaml")[0].replace("writable: true ", f"writable: {writable} "))
        found = committing_of(read_config(str(path), {}).workspaces["shop"])
        assert found is not None
        assert (found.is_direct, found.key_file) == (is_direct, "/run/secrets/shop-signing")
        assert found.committer == Person("gitflow", "gitflow@example.com")
    path.write_text(blocks("yaml")[0].replace("writable: true ", "writable: false "))
    assert committing_of(read_config(str(path), {}).workspaces["shop"]) is None
    path.write_text(blocks("yaml")[0].replace("/run/secrets/shop-signing", "keys/shop"))
    found = committing_of(read_config(str(path), {}).workspaces["shop"])
    assert found is not None
    assert found.key_file == str(tmp_path / "keys/shop")  # from the folder of the configuration


def test_the_answer_has_the_fields_that_it_shows():
    shown = json.loads(blocks("json")[0])
    assert list(shown) == list(schemas()["FileChange"]["properties"])
    assert list(shown["pull_request"]) == list(schemas()["ChangePull"]["properties"])
