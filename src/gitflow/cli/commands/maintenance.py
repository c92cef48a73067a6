"""The commands that keep the local store in order, with their options; what they do is in gc.py and backup.py."""

from __future__ import annotations

import click

from gitflow.cli.console.options import done, state_option

json_option = click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")


@click.command()
@click.option(
    "--older-than", metavar="AGE", help="Remove what is older, e.g. 30d (default: as the configuration says)."
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@json_option
@state_option
def gc(older_than: str | None, dry_run: bool, as_json: bool, state_dir: str | None) -> None:
    """Remove what has been kept long enough: ended jobs, logs, artifacts, history. Open jobs are never touched."""
    from gitflow.cli.local.gc import gc as collect

    done(lambda: collect(older_than, dry_run, as_json, state_dir))


@click.command()
@click.argument("file", type=click.Path())
@click.option("--with-key", is_flag=True, help="Also the key that opens sealed secrets: guard the file like them.")
@json_option
@state_option
def backup(file: str, with_key: bool, as_json: bool, state_dir: str | None) -> None:
    """Copy jobs, logs and artifacts into one FILE (tar), while they are in use."""
    from gitflow.cli.local.backup import backup as save

    done(lambda: save(file, with_key, as_json, state_dir))


@click.command()
@click.argument("file", type=click.Path())
@click.option("--force", is_flag=True, help="Replace what the state directory holds.")
@json_option
@state_option
def restore(file: str, force: bool, as_json: bool, state_dir: str | None) -> None:
    """Put back what a backup FILE holds, into an empty state directory."""
    from gitflow.cli.local.backup import restore as put_back

    done(lambda: put_back(file, force, as_json, state_dir))


COMMANDS = (gc, backup, restore)
