"""The programs that take a word for code, for an option that runs code, or for a command: one row each.

A program without a row gets values as they are, and what it does with them is its own affair. The notation of a
row is in ``options``.
"""

from __future__ import annotations

from gitflow.definitions.shell.options import Program, row

_RUNS = "it runs the command that its arguments name"
_NAMES = "it takes names of variables, and bash runs code inside a subscript of a name"
_OWN_LANGUAGE = "it reads this argument as a program in a language of its own"
_DECLARES = "its arguments are declarations, which some shells split or evaluate"

_SHELL = row(
    "sh, dash, ash, bash, rbash, ksh, mksh, zsh, yash",
    "S",
    "-abefhiklmnprtuvxBCDEHPTV -c% -s< -o:O: --debugger --dump-po-strings --dump-strings --help. --version. "
    "--login --noediting --noprofile --norc --posix --pretty-print --restricted --verbose --init-file$ --rcfile$",
    stdin="alone",
    is_strict=True,
    plus=True,
    why="it runs the text after -c, the file its first argument names, or what it reads",
    advice="name the script in the step, and give the value after it: sh -c 'cmd \"$1\"' sh @",
)

_BUILTINS = [
    *row(
        "eval",
        "C",
        why="it runs its arguments",
        advice='run the command itself, with the value as an argument: cmd "$x"',
        stdin="",
    ),
    *row(
        "source, .",
        "S",
        why="it runs a file the value would choose",
        advice="name the file in the script",
        stdin="alone",
    ),
    *row(
        "trap",
        "CD",
        "-lpP",
        why="it runs its argument later",
        advice="write x=@ first, and 'rm -f -- \"$x\"' in the trap",
    ),
    *row("alias, unalias", "C", why="it stores code", advice='write a function: name() { cmd "$1"; }'),
    *row(
        "let",
        "C",
        why="it evaluates arithmetic",
        advice="compute in the flow, or check the value first: case $x in (*[!0-9]*|'') exit 2;; esac",
    ),
    *row(
        "read",
        "+V",
        "-ers -a& -d:i:n:N:p:t:u:",
        why=_NAMES,
        advice="name the variable in the script, and give the value as input: read x <<EOF",
        is_strict=True,
    ),
    *row("unset", "V", "-fvn", why=_NAMES, advice="name the variable in the script"),
    *row("getopts", "CVD", why=_NAMES, advice="set -- @ first, then getopts with names of the script"),
    *row(
        "mapfile, readarray",
        "V",
        "-t -d:n:O:s:u:c: -C!",
        why=_NAMES,
        advice="name the array in the script",
        is_strict=True,
    ),
    *row(
        "local, declare, typeset, export, readonly",
        "C",
        why=_DECLARES,
        advice="write x=@ on a line of its own before it",
    ),
    *row("command", "N", "-p -vV.", why=_RUNS, advice="name the command in the script", is_strict=True),
    *row("builtin", "N", why=_RUNS, advice="name the command in the script", is_strict=True),
    *row("exec", "N", "-cl -a:", why=_RUNS, advice="name the command in the script", is_strict=True),
    *row("printf", "+FD", "-v&", why="its first argument is a program for printf", advice="write printf '%s\\n' @"),
    *row("test, [", "D", why="a value could become an operator", advice="use one comparison in each [ ]"),
    *row(
        "set",
        "+D",
        "-abCefhkmnuvxBEHPT -o:",
        why="a value that begins with a dash changes the shell",
        advice="write set -- @",
        plus=True,
    ),
]

_PREFIXES = [
    *row(
        "nohup, setsid, catchsegv, noglob",
        "N",
        "-cfw",
        why=_RUNS,
        advice="name the command in the script",
        is_strict=True,
    ),
    *row("nice", "N", "-n: --adjustment:", why=_RUNS, advice="name the command in the script", is_strict=True),
    *row(
        "timeout",
        "DN",
        "-fpv -k:s: --foreground --preserve-status --verbose --kill-after: --signal:",
        why=_RUNS,
        advice="name the command in the script",
        is_strict=True,
    ),
    *row(
        "stdbuf",
        "N",
        "-i:o:e: --input: --output: --error:",
        why=_RUNS,
        advice="name the command in the script",
        is_strict=True,
    ),
    *row(
        "time",
        "N",
        "-apqv -f:o: --append --portability --quiet --verbose --format: --output:",
        why=_RUNS,
        advice="name the command in the script",
        is_strict=True,
    ),
    *row(
        "env",
        "N",
        "-i0v -u:C: -S! --ignore-environment --null --debug --list-signal-handling --unset: --chdir: --split-string! --block-signal? --default-signal? --ignore-signal?",
        why=_RUNS,
        advice="name the command in the script",
        is_strict=True,
        assigns=True,
        ends="-- -",
    ),
    *row(
        "sudo, doas",
        "N",
        "-AbEeHiKklNnPSsVv -CDghpRrTtUu: -a: --askpass --background --bell --edit --preserve-env? --set-home --login --remove-timestamp --reset-timestamp --list --non-interactive --preserve-groups --stdin --shell --validate --close-from: --chdir: --group: --host: --prompt: --chroot: --role: --command-timeout: --type: --other-user: --user:",
        why=_RUNS,
        advice="name the command in the script",
        is_strict=True,
        assigns=True,
    ),
    *row(
        "xargs",
        "N",
        "-0prtxo -a:d:E:I:L:n:P:s: -eil? --null --no-run-if-empty --verbose --exit --interactive --open-tty --arg-file: --delimiter: --max-lines? --max-args: --max-procs: --max-chars: --replace? --eof? --process-slot-var:",
        why="it builds commands from its arguments and its input",
        advice="write printf '%s\\0' @ | xargs -0 cmd --",
        is_strict=True,
        stdin="words",
    ),
    *row("busybox, toybox", "N", why=_RUNS, advice="name the applet in the script", is_strict=True),
]

_INTERPRETERS = [
    *row(
        "python, pypy",
        "S",
        "-bBdEhiIOPqRsSuvVx -c!. -m@ -WX: --help. --version.",
        why="it runs the text after -c, or the file its first argument names",
        advice="name the script, and give the value after it, or read os.environ in it",
        is_strict=True,
        stdin="alone",
    ),
    *row(
        "perl",
        "S",
        "-acfnpsStTuUvVwWX -eE! -CdDFiIlmMx0?",
        why="it runs the text after -e, or the file its first argument names",
        advice="name the script, and give the value after it",
        is_strict=True,
        stdin="alone",
    ),
]

_LANGUAGES = [
    *row(
        "awk, gawk, mawk, nawk, bwk",
        "CD",
        "-v:F: -f$ -E$ -e! --assign: --field-separator: --file$ --exec$ --source! --include$ --load$ -i$ -l$",
        why=_OWN_LANGUAGE,
        advice="write x=@ awk '… ENVIRON[\"x\"] …'",
        is_strict=True,
    ),
    *row(
        "sed, gsed",
        "CD",
        "-nErsuz -e! -f$ -i? -l: --expression! --file$ --quiet --silent --regexp-extended --in-place? --line-length: --null-data --separate --unbuffered --posix --debug --sandbox --follow-symlinks",
        why=_OWN_LANGUAGE,
        advice="write x=@ awk '… ENVIRON[\"x\"] …'",
        is_strict=True,
    ),
    *row(
        "jq, gojq",
        "CD",
        "-cnrjaCMSes -f$ -L: --arg:: --argjson:: --slurpfile:: --rawfile:: --args --jsonargs --tab --indent: --from-file$ --compact-output --null-input --raw-output --exit-status --slurp",
        why=_OWN_LANGUAGE,
        advice="write jq --arg x @ '… $x …'",
    ),
]

_REMOTE = [
    *row(
        "ssh, slogin, rsh",
        "DC",
        "-46AaCfGgKkMNnqsTtVvXxYy -BbcDEeIiJLlmpQRSWw: -o! -F$ -O: -P:",
        why="the other machine's shell reads its arguments as a script",
        advice="name the host after --, and give values on the input: printf '%s' @ | ssh -- host 'cat > file'",
        is_strict=True,
        stdin="always",
    ),
]

_FILES = [
    *row("find", "D", "~exec!", why="some of its predicates run commands", advice="write ./@"),
    *row(
        "tar, bsdtar",
        "D",
        "-I! -F! --use-compress-program! --to-command! --checkpoint-action! --rsh-command! --rmt-command! --info-script! --new-volume-script! -C: -f: --file: --directory:",
        why="it runs the programs that some of its options name",
        advice="write -- before the value",
    ),
]

#: Every row, by the name of its program; "program subcommand" where the subcommand has a row of its own.
PROGRAMS: dict[str, Program] = {
    each.name: each
    for rows in (_SHELL, _BUILTINS, _PREFIXES, _INTERPRETERS, _LANGUAGES, _REMOTE, _FILES)
    for each in rows
}
