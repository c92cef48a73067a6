"""The command that connects a shell to gitflow: its completion."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    For bash: eval "$(gitflow completion bash)".
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is not None:
        cli = click.get_current_context().find_root().command
        click.echo(found(cli, {}, "gitflow", "_GITFLOW_COMPLETE").source())


#: In the order of the help.
COMMANDS = (completion,)
