"""The commands for the definitions of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from gitflow.cli.commands import plain
from gitflow.cli.commands.backend import connect, on_definitions
from gitflow.cli.commands.completion import all_names
from gitflow.cli.console.exits import OK
from gitflow.cli.console.options import finish, format_option, output_option, rev_option, workspace_option
from gitflow.cli.fast_path import FORMATS

if TYPE_CHECKING:
    from gitflow.cli.backends.base import Backend


#: What ``gitflow test --format`` takes; those of ``console/test_reports.py``, which help and completion do not load.
TEST_FORMATS = ("text", "json", "junit", "tap")


@click.command()
@click.argument("path", default=".")
@click.option("--server", is_flag=True, help="Also write a commented server-config.yaml, to serve PATH.")
def init(path: str, server: bool) -> None:
    """Create a small working workspace at PATH.

    Prints the name of every file that it creates, and overwrites none. With --server, a workspace that is there is
    left as it is.
    """
    from gitflow.cli.local.init import init as create
    from gitflow.cli.local.init import init_server

    finish(lambda: init_server(path) if server else create(path))


@click.command()
@click.argument("path", default=None, required=False)
@workspace_option
@format_option(*FORMATS)
@click.option("--rev", metavar="REV", help="Check this branch, tag or commit instead of the files on disk.")
def validate(path: str | None, workspace: str | None, form: str, rev: str | None) -> None:
    """Check the definitions of a workspace.

    PATH is the folder of the workspace (default: the workspace of the current folder). The path of a server-config.yaml
    checks that: also the variables and files that it names here, without starting a server.
    """
    from gitflow.cli.local.validate import choose_workspace
    from gitflow.cli.local.validate import validate as check

    finish(lambda: check(choose_workspace(path, workspace), form, rev))


@click.command()
@click.argument("base", required=False)
@click.argument("head", required=False)
@workspace_option
@click.option("--task", "tasks", metavar="NAME", multiple=True, help="Show what concerns this task; may be repeated.")
@format_option("text", "json", "markdown", "github")
@click.option("--exit-code", is_flag=True, help="Exit with 3 if there are changes, 4 if some break a caller.")
@click.option(
    "--server",
    is_flag=False,
    flag_value="",
    metavar="[URL]",
    help="Compare with what this server (or $GITFLOW_SERVER) serves, and list its open jobs and next schedules.",
)
@click.option("--server-workspace", metavar="NAME", help="With --server: its workspace (default: its only one).")
def plan(server: str | None, server_workspace: str | None, **given: Any) -> None:
    """Show what a change means, and what no longer fits.

    BASE and HEAD are revisions of git, WORKTREE (the files as they lie) or INDEX. HEAD is WORKTREE unless given; BASE
    is where its branch left the default branch.
    """
    from gitflow.cli.local.plan import PlanOptions
    from gitflow.cli.local.plan import plan as plan_here

    if server is None:
        finish(lambda: plan_here(PlanOptions(**given)))

    from gitflow.cli.backends.plan import plan as plan_there

    finish(lambda: plan_there(connect(server or None), PlanOptions(**given), server_workspace))


@click.command(name="test")
@click.argument("path", default=None, required=False)
@workspace_option
@click.option(
    "--filter", "filters", multiple=True, metavar="GLOB", help="Run the tests whose name matches; may be repeated."
)
@click.option("-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Use this many processes.")
@format_option(*TEST_FORMATS)
@click.option("--coverage", "with_coverage", is_flag=True, help="List what no test has reached.")
@click.option("--watch", is_flag=True, help="Run again whenever a file of the workspace changes.")
def run_tests(path: str | None, **options: Any) -> None:
    """Run the tests of a workspace's workflows.

    PATH is the folder of the workspace, or a test file or folder in it (default: the workspace of the current folder).
    """
    from gitflow.cli.local.workflow_tests import TestOptions
    from gitflow.cli.local.workflow_tests import run_tests as run

    finish(lambda: run(TestOptions(path, **options)))


@click.command()
@click.argument("path", default=None, required=False)
@click.option("--base", metavar="REV", help="Judge the change since this revision.")
@format_option("text", "json", "github", "gitlab", "sarif", "junit", "markdown")
@click.option(
    "--reviewed-by",
    "reviewers",
    metavar="NAME",
    multiple=True,
    help="Take it that this person or group has reviewed the change; may be repeated.",
)
@click.option("--allowed-signers", metavar="FILE", help="Count SSH signatures of these signers as an owner's.")
@click.option("--gpg-keyring", metavar="FILE", help="Count OpenPGP signatures by keys of this keyring as an owner's.")
def check(path: str | None, **options: Any) -> None:
    """Check a change: definitions, plan and policy.

    PATH is the folder of the workspace (default: the workspace of the current folder). The base is where its branch
    left the default branch, unless --base names another. Exits with 1 if there are errors or violations.
    """
    from gitflow.cli.local.check import CheckOptions
    from gitflow.cli.local.check import check as run_check

    finish(lambda: run_check(CheckOptions(path, **options)))


def _list_command(kind: str) -> click.Command:
    @click.command(name=kind, help=f"List the {kind} of a workspace.")
    @workspace_option
    @rev_option
    @output_option
    @on_definitions
    def list_them(backend: Backend, workspace: str | None, rev: str | None, output: str) -> int:
        return plain.print_definitions(kind, backend, workspace, rev, output)

    return list_them


@click.command()
@click.argument("name", shell_complete=all_names)
@workspace_option
@rev_option
@output_option
@on_definitions
def show(backend: Backend, name: str, workspace: str | None, rev: str | None, output: str) -> int:
    """Show the task, action or trigger NAME."""
    from gitflow.cli.console.tables import print_value

    print_value(backend.find_definition(name, workspace, rev), "yaml" if output == "table" else output)
    return OK


@click.command()
@click.argument("rev", required=False)
@workspace_option
@click.option("--allowed-signers", metavar="FILE", help="Accept the SSH keys of this file of ssh-keygen.")
@click.option("--gpg-keyring", metavar="FILE", help="Accept the OpenPGP keys that gpg --export wrote here.")
def verify(rev: str | None, workspace: str | None, allowed_signers: str | None, gpg_keyring: str | None) -> None:
    """Check who signed a revision.

    REV is a branch, tag or commit (default: the one that the workspace is at). Only the files count that are named
    here or in the configuration of the workspace. Exit status: 0 if the commit, or the tag REV, has a valid signature,
    1 if it has none.
    """
    from gitflow.cli.local.signatures import VerifyOptions, verify_revision

    finish(lambda: verify_revision(VerifyOptions(rev, workspace, allowed_signers, gpg_keyring)))


@click.command()
@click.argument("name", required=False)
@click.option("--write", "folder", metavar="DIR", help="Write all schemas into this folder, for an editor to use.")
def schema(name: str | None, folder: str | None) -> None:
    """Print a JSON Schema of the language, or list them.

    What is printed contains all that the schema refers to, so that it can be saved as one file.
    """
    from gitflow.cli.local.schema import print_schema

    finish(lambda: print_schema(name, folder))


#: In the order of the help.
COMMANDS = (
    *(init, validate, plan, check, run_tests),
    *map(_list_command, plain.KINDS),
    *(show, verify, schema),
)
