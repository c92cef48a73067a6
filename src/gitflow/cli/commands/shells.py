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

#: zsh puts a space behind what it has completed, which must not stand behind `name=`.
ZSH = """\
#compdef gitflow

_gitflow_completion() {
    local -a response words_found inputs_found
    local type key about
    (( ! $+commands[gitflow] )) && return 1
    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \\
        _GITFLOW_COMPLETE=zsh_complete gitflow 2> /dev/null)}")
    for type key about in ${response}; do
        case $type in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain)
                [[ $about == _ ]] && key=${key//:/\\\\:} about=""
                if [[ $key == *= ]]; then inputs_found+=("$key:$about"); else words_found+=("$key:$about"); fi ;;
        esac
    done
    (( $#words_found )) && _describe -V unsorted words_found -U
    (( $#inputs_found )) && _describe -V inputs inputs_found -U -S ''
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _gitflow_completion "$@"
else
    compdef _gitflow_completion gitflow
fi
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH}


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    It completes commands, options, and the names of tasks, jobs, steps and inputs, also those of a server.
    """
    if shell in SCRIPTS:
        click.echo(SCRIPTS[shell], nl=False)
        return
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is not None:
        cli = click.get_current_context().find_root().command
        click.echo(found(cli, {}, "gitflow", "_GITFLOW_COMPLETE").source())


#: In the order of the help.
COMMANDS = (completion,)
