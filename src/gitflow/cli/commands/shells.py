"""The command that connects a shell to gitflow: its completion."""

from __future__ import annotations

import click

#: bash splits words at `=`, `:` and `@`, and replaces only what stands behind the last of these; a job may be named
#: `@deploy` and an input `env=prod`. So the words are read off the line, and what bash keeps is taken off the answers.
BASH = """\
_gitflow_completion() {
    local line="${COMP_LINE:0:COMP_POINT}" words current kept answer type value
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    current="${words[${#words[@]}-1]}"
    kept="$current"
    while [[ -n $kept && $COMP_WORDBREAKS != *"${kept: -1}"* ]]; do kept="${kept%?}"; done
    answer=$(env COMP_WORDS="$line" COMP_CWORD=$((${#words[@]}-1)) _GITFLOW_COMPLETE=bash_complete "$1" 2> /dev/null)
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("${value#"$kept"}") ;;
        esac
    done <<< "$answer"
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}
complete -o nosort -F _gitflow_completion gitflow
"""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    It completes commands, options, and the names of tasks, jobs, steps and inputs, also those of a server.
    """
    if shell == "bash":
        click.echo(BASH, nl=False)
        return
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is not None:
        cli = click.get_current_context().find_root().command
        click.echo(found(cli, {}, "gitflow", "_GITFLOW_COMPLETE").source())


#: In the order of the help.
COMMANDS = (completion,)
