"""What shells do themselves: builtins that take code, declarations or the names of variables."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_NAMES = "it takes names of variables, and bash runs code inside a subscript of a name"
_DECLARES = "its arguments are declarations, which some shells split or evaluate"
_INTERNAL = "it changes what later words of the script mean, and bash may evaluate its arguments"
_RUNS = "it runs the command that its arguments name"

ROWS = [
    *row("eval", "C", why="it runs its arguments", advice='run the command itself: `x=@; cp -- "$x" /tmp/x`'),
    *row(
        "source, .",
        "S",
        "-p:",
        is_strict=True,
        why="it runs the file that its first argument names",
        advice="name the file in the script: `. ./functions.sh`",
    ),
    *row(
        "trap",
        "C",
        "-lpP",
        why="it runs its argument later",
        advice="give the value to a variable first: `x=@; trap 'rm -f -- \"$x\"' EXIT`",
    ),
    *row(
        "alias, unalias",
        "C",
        why="it stores text that later replaces a command's name",
        advice='write a function: `copy() { cp -- "$1" /tmp/x; }`',
    ),
    *row(
        "let",
        "C",
        why="it evaluates arithmetic, and a value in arithmetic can run commands",
        advice="check the value first: `x=@; case $x in (*[!0-9]*|'') exit 2;; esac`",
    ),
    *row(
        "read",
        "+V",
        "-ersE -a& -dinNptu:",
        is_strict=True,
        why=_NAMES,
        advice="name the variable in the script, and give the value as input: `printf '%s\\n' @ | read -r x`",
    ),
    *row("unset", "V", "-fvn", why=_NAMES, advice="name the variable in the script: `unset x`"),
    *row("getopts", "C", why=_NAMES, advice="set the arguments first: `set -- @; getopts ab: option`"),
    *row(
        "mapfile, readarray",
        "V",
        "-t -dnOsuc: -C^",
        stdin="words",
        is_strict=True,
        why=_NAMES,
        advice="name the array in the script: `printf '%s\\n' @ | mapfile -t lines`",
    ),
    *row(
        "export, readonly",
        "C",
        why=_DECLARES,
        advice="give the value on a line of its own: `x=@; export x`",
    ),
    *row(
        "local, declare, typeset, integer, float, nameref",
        "C",
        why=_DECLARES,
        advice="give the value on a line of its own: `local x; x=@`",
    ),
    *row(
        "command",
        "+N",
        "-p -vV.",
        is_strict=True,
        why=_RUNS,
        advice="name the command in the script: `command cp -- @ /tmp/x`",
    ),
    *row(
        "builtin",
        "+N",
        is_strict=True,
        why=_RUNS,
        advice="name the builtin in the script: `builtin cd -- @`",
    ),
    *row(
        "exec",
        "+N",
        "-cl -a!",
        is_strict=True,
        why=_RUNS,
        advice="name the command in the script: `exec cp -- @ /tmp/x`",
    ),
    *row(
        "-, --, noglob, nocorrect",
        "+N",
        is_strict=True,
        why="some shells and `env` skip this word and run the command after it",
        advice="write the command without it: `cp -- @ /tmp/x`",
    ),
    *row(
        "printf",
        "+FD",
        "-v&",
        why="its first argument is a program for printf",
        advice="write `printf '%s\\n' @`",
    ),
    *row(
        "test",
        "D",
        why="a value could become an operator",
        advice="use one comparison in each test: `test @ = yes`",
    ),
    *row(
        "[",
        "D",
        why="a value could become an operator",
        advice="use one comparison in each test: `[ @ = yes ]`",
    ),
    *row(
        "set",
        "+D",
        "-abCefhkmnpuvxBEHPTtIiVqs -o! --",
        plus=True,
        why="an argument that begins with a dash or a plus changes how the shell works",
        advice="write `set -- @`",
    ),
    *row(
        """
        shopt, setopt, unsetopt, emulate, zmodload, autoload, functions, zstyle, zle, bindkey, compdef, sched, vared
        """,
        "C",
        why="it changes how the shell reads what follows",
        advice="write the options in the script, and choose among them: `case @ in (yes) shopt -s nullglob;; esac`",
    ),
    *row(
        "ulimit",
        "C",
        why="some shells compute its argument as arithmetic, and a value in arithmetic can run commands",
        advice="let another program set the limit: `prlimit --nofile=@ -- cmd`",
    ),
    *row(
        "complete, compgen, compopt, bind, enable, fc, hash, history, jobs, caller",
        "C",
        why=_INTERNAL,
        advice="choose among words of the script: `case @ in (yes) hash -r;; esac`",
    ),
    *row(
        "wait",
        "C",
        "-fn -p&",
        is_strict=True,
        why=_INTERNAL,
        advice='keep the process number in the script: `cp -- @ /tmp/x & pid=$!; wait "$pid"`',
    ),
]
