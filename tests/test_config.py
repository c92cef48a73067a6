"""server-config.yaml and what the environment lays over it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitflow.config import Config, ConfigError, default_cache_dir, default_state_dir, find_config, read_config

TEXT = """\
state_dir: state
db: {synchronous: normal}
workspaces:
  shop: {type: folder, path: flows/shop}
  home: {type: folder, path: "${WHERE}/flows"}
worker: {slots: 3, tags: [gpu], pass_env: [TOKEN]}
"""


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str | bytes = TEXT) -> str:
        path = tmp_path / "server-config.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def test_every_setting_arrives_and_paths_start_at_the_file(written, tmp_path: Path):
    config = read_config(written(), {"WHERE": "/srv"})
    assert config.state_dir == str(tmp_path / "state")
    assert config.synchronous == "normal"
    assert config.workspaces["shop"].settings == {"path": str(tmp_path / "flows/shop")}
    assert config.workspaces["home"].settings == {"path": "/srv/flows"}
    assert (config.worker.slots, config.worker.tags, config.worker.pass_env) == (3, ("gpu",), ("TOKEN",))


def test_the_environment_says_where_the_state_is_whatever_the_file_says(written, tmp_path: Path):
    text = "state_dir: state\n"
    config = read_config(written(text), {"GITFLOW_STATE": "/else"})
    assert (config.state_dir, config.ignored_state_dir) == ("/else", str(tmp_path / "state"))
    for environ in ({}, {"GITFLOW_STATE": ""}, {"GITFLOW_STATE": str(tmp_path / "state")}):
        config = read_config(written(text), environ)
        assert (config.state_dir, config.ignored_state_dir) == (str(tmp_path / "state"), None)
    config = read_config(written(text), {"GITFLOW_STATE": "/else", "GITFLOW__STATE_DIR": "/set"})
    assert (config.state_dir, config.ignored_state_dir) == ("/set", None)
    config = read_config(written("workspaces: {}\n"), {"GITFLOW_STATE": "/else"})
    assert (config.state_dir, config.ignored_state_dir) == ("/else", None)


def test_a_name_that_is_not_in_the_environment_is_told(written):
    with pytest.raises(ConfigError, match=r"\$\{WHERE\}"):
        read_config(written(), {})


def test_the_environment_wins_over_the_file(written):
    config = read_config(
        written(),
        {
            "WHERE": "/srv",
            "GITFLOW__DB__SYNCHRONOUS": "full",
            "GITFLOW__WORKER__SLOTS": "7",
            "GITFLOW__WORKER__TAGS": '["a", "b"]',
            "GITFLOW__STATE_DIR": "/else",
            "GITFLOW__WORKSPACES__MORE__TYPE": "folder",
            "GITFLOW__WORKSPACES__MORE__PATH": "${WHERE}/more",
        },
    )
    assert (config.synchronous, config.worker.slots, config.worker.tags) == ("full", 7, ("a", "b"))
    assert config.state_dir == "/else"
    assert config.workspaces["more"].settings == {"path": "/srv/more"}
    assert config.worker.pass_env == ("TOKEN",)


def test_digits_stay_a_text_where_a_text_is_meant(written):
    assert read_config(written(""), {"GITFLOW__STATE_DIR": "2026"}).state_dir.endswith("/2026")


def test_the_environment_alone_is_a_configuration():
    assert read_config(None, {"GITFLOW__STATE_DIR": "/else"}).state_dir == "/else"
    assert read_config(None, {}).state_dir == ""


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("GITFLOW__DB__SYNCHRONOUS", "sometimes", "full or normal"),
        ("GITFLOW__WORKER__SLOTS", "many", "whole number"),
        ("GITFLOW__DB", "3", "mapping"),
        ("GITFLOW__LISTN", "x:1", 'did you mean "listen"'),
        ("GITFLOW__WORKSPACES__X__PATH", "y", "type"),
        ("GITFLOW__", "x", "unknown key"),
    ],
)
def test_a_wrong_override_is_named(written, name, value, told):
    with pytest.raises(ConfigError, match=told) as caught:
        read_config(written(), {"WHERE": "/srv", name: value})
    assert name in str(caught.value)


def test_a_wrong_file_gives_every_problem_with_its_line(written):
    with pytest.raises(ConfigError) as caught:
        read_config(written("listn: x\nworkspaces:\n  a: {type: fold, path: p}\n  b: {type: folder}\n"), {})
    assert [problem.line for problem in caught.value.problems] == [1, 3, 4]
    assert 'did you mean "listen"?' in caught.value.problems[0].hint


@pytest.mark.parametrize("text", [b"\xff\xfe", "a: [", "a: 1\na: 2\n", "- 1\n", b"\x00", "x" * 10 + ": 1\n"])
def test_what_is_no_configuration_is_refused(written, text):
    with pytest.raises(ConfigError):
        read_config(written(text), {})


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}\n"])
def test_an_empty_file_is_the_defaults(written, text):
    config = read_config(written(text), {"GITFLOW_STATE": "/s"})
    assert (config.state_dir, config.workspaces) == ("/s", {})


def test_what_is_kept_is_kept_for_90_days_and_a_log_is_cut_at_256_mib():
    config = Config()
    kept = config.retention
    assert {kept.jobs, kept.logs, kept.artifacts, kept.events} == {90 * 24 * 3600.0}
    assert config.logs.max_step_bytes == 256 * 1024 * 1024


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"cannot read .*No such file"):
        read_config(str(tmp_path / "nothing.yaml"), {})


def test_a_changed_file_is_read_anew(written, tmp_path: Path):
    cache = str(tmp_path / "cache")
    for slots in (2, 5):
        path = written(f"worker: {{slots: {slots}}}\n")
        for _ in range(2):  # from the text, then from the cache
            assert read_config(path, {}, cache).worker.slots == slots


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b"{}", b"\xff", b'{"path": 1, "text": 2, "tree": 3}'])
def test_a_broken_cache_is_ignored(written, tmp_path: Path, broken):
    path, cache = written("worker: {slots: 2}\n"), tmp_path / "cache"
    read_config(path, {}, str(cache))
    [kept] = (cache / "config").iterdir()
    kept.write_bytes(broken)
    assert read_config(path, {}, str(cache)).worker.slots == 2


def test_a_cache_that_cannot_be_written_changes_nothing(written):
    assert read_config(written("worker: {slots: 2}\n"), {}, "/dev/null/cache").worker.slots == 2


def test_what_the_environment_gives_is_never_kept(written, tmp_path: Path):
    environ = {"WHERE": "/secret-place", "GITFLOW__PUBLIC_URL": "https://secret.example.com"}
    read_config(written(), environ, str(tmp_path / "cache"))
    kept = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert b"secret" not in kept
    assert kept


def test_the_nearest_file_above_is_found(written, tmp_path: Path):
    path = written()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_config(str(tmp_path / "a" / "b")) == path
    assert find_config("/proc") is None


def test_state_and_cache_have_places_by_convention():
    assert default_state_dir({"GITFLOW_STATE": "/s", "XDG_STATE_HOME": "/x"}) == "/s"
    assert default_state_dir({"XDG_STATE_HOME": "/x"}) == "/x/gitflow"
    assert default_cache_dir({"XDG_CACHE_HOME": "/c"}) == "/c/gitflow"
    assert default_state_dir({}) == os.path.expanduser("~/.local/state/gitflow")
