"""What the secrets of a served workspace may read: what its list allows, and nothing by a detour."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.templates.render import render
from gitflow.core.templates.texts import TemplateError
from gitflow.runtime.worker.secret_policy import SecretPolicy, policy_sources

ENVIRON = {"SHOP_TOKEN": "t", "SHOP": "s", "OTHER": "o", "GITFLOW_TOKEN": "g", "GITFLOW__AUTH__JWT_SECRET": "j"}


def sources(**allowance):
    return policy_sources(ENVIRON, {"shop": SecretPolicy(**allowance)})("shop")


def test_nothing_is_allowed_by_default():
    for functions in (sources(), policy_sources(ENVIRON, {})("shop")):
        assert dict(functions["env"]) == {}
        with pytest.raises(TemplateError, match=r"workspaces\.shop\.secrets\.env"):
            render("{{ env.SHOP_TOKEN }}", functions)
        with pytest.raises(TemplateError, match=r"workspaces\.shop\.secrets\.files"):
            render("{{ file('/etc/hostname') }}", functions)


def test_globs_allow_variables_by_name():
    functions = sources(env=("SHOP_*",))
    assert render("{{ env.SHOP_TOKEN }}", functions) == "t"
    assert dict(functions["env"]) == {"SHOP_TOKEN": "t"}
    for name in ("SHOP", "OTHER"):
        with pytest.raises(TemplateError, match=f"may not read env.{name}"):
            render(f"{{{{ env.{name} }}}}", functions)


@pytest.mark.parametrize("glob", ["*", "GITFLOW_*", "GITFLOW_TOKEN", "[G]*"])
def test_no_glob_allows_the_servers_own_settings(glob):
    functions = sources(env=(glob,))
    for name in ("GITFLOW_TOKEN", "GITFLOW__AUTH__JWT_SECRET"):
        with pytest.raises(TemplateError, match="no setting can allow"):
            render(f"{{{{ env.{name} }}}}", functions)
    assert not [name for name in functions["env"] if name.startswith("GITFLOW")]


def test_a_workspace_has_no_share_in_what_another_is_allowed():
    given_to_one = policy_sources(ENVIRON, {"shop": SecretPolicy(env=("*",)), "other": SecretPolicy()})
    with pytest.raises(TemplateError, match=r"workspaces\.other\.secrets\.env"):
        render("{{ env.OTHER }}", given_to_one("other"))


@pytest.fixture
def folders(tmp_path):
    """``may`` is allowed; ``mayor`` begins like it, and is not."""
    for name in ("may", "may/below", "mayor"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "key").write_text(f"key in {name}\n")
    (tmp_path / "may/link").symlink_to("below/key")
    (tmp_path / "may/out").symlink_to(tmp_path / "mayor/key")
    (tmp_path / "may/away").symlink_to(tmp_path / "mayor")
    (tmp_path / "linked").symlink_to(tmp_path / "may")
    os.mkfifo(tmp_path / "may/pipe")
    return tmp_path


def test_files_of_allowed_folders_are_read_without_their_last_line_feed(folders):
    read = sources(files=(str(folders / "may"),))["file"]
    assert read(str(folders / "may/key")) == "key in may"
    assert read(str(folders / "may/below/key")) == "key in may/below"
    assert read(str(folders / "may/link")) == "key in may/below"
    assert read(str(folders / "linked/key")) == "key in may"
    assert read(str(folders / "may/below/../key")) == "key in may"


@pytest.mark.parametrize(
    "detour", ["mayor/key", "may/../mayor/key", "may/out", "may/away/key", "may", "may/..", "linked/out", "missing"]
)
def test_no_detour_leads_out_of_the_allowed_folders(folders, detour):
    read = sources(files=(str(folders / "may"),))["file"]
    with pytest.raises(TemplateError, match=r"may not read the file.*workspaces\.shop\.secrets\.files"):
        read(str(folders / detour))


def test_a_relative_path_is_refused_wherever_the_server_stands(folders, monkeypatch):
    monkeypatch.chdir(folders / "may")
    with pytest.raises(TemplateError, match="may not read"):
        sources(files=(str(folders / "may"),))["file"]("key")


def test_what_is_no_plain_file_is_refused_at_once(folders):
    read = sources(files=(str(folders / "may"),))["file"]
    with pytest.raises(TemplateError, match="not a plain file"):
        read(str(folders / "may/pipe"))


@given(st.text(max_size=30))
def test_no_path_reads_anything_where_nothing_is_allowed(path):
    with pytest.raises(TemplateError):
        sources()["file"](path)
