"""Shells: the text after ``-c``, the file that the first operand names, or the standard input is code."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_RUNS = "it runs the text after -c, the file its first argument names, or what it reads"
_ADVICE = "write the script in the step, and give the value after it: `sh -c 'cp -- \"$1\" /tmp/x' sh @`"

# A long name behind one dash, such as -rcfile, is an option of bash, and letters of other shells: which words behind it
# are code, nobody knows.
ROWS = [
    *row(
        """
        sh, dash, ash, bash, rbash, ksh, rksh, pdksh, mksh, lksh, oksh, yash, bosh, osh, posh, hush, msh, lash, brush,
        mrsh, sash
        """,
        "S",
        """
        -abefhiklmnprtuvxBCDEGHIPTVX -c% -s< -oOqR: --debug --debugger --dump-po-strings --dump-strings --help.
        --version. --login --noediting --noprofile --norc --posix --posixly-correct --pretty-print --restricted
        --verbose --wordexp. --init-file+ --rcfile+ --profile+
        ~debug; ~debugger; ~dump-po-strings; ~dump-strings; ~help; ~version; ~login; ~noediting; ~noprofile; ~norc;
        ~posix; ~pretty-print; ~restricted; ~verbose; ~wordexp; ~init-file; ~rcfile;
        """,
        ends="-- -",
        stdin="alone",
        is_strict=True,
        plus=True,
        why=_RUNS,
        advice=_ADVICE,
    ),
    *row(
        "zsh, rzsh",
        "S",
        """
        -abefghiklmnpruvwxyBCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -c% -s< -o: --emulate: --help. --version. --login
        """,
        ends="-- -",
        stdin="alone",
        is_strict=True,
        plus=True,
        why=_RUNS,
        advice="write the script in the step, and give the value after it: `zsh -c 'cp -- \"$1\" /tmp/x' zsh @`",
    ),
    *row(
        "fish",
        "+S",
        """
        -ilnNPv -c! -C+ -dDfop: --command! --init-command+ --features: --login --interactive --no-execute
        --no-config --private --profile: --profile-startup: --print-rusage-self --print-debug-categories --debug:
        --debug-output: --version. --help.
        """,
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="write the script in the step, and give the value after it: `fish -c 'cp -- $argv[1] /tmp/x' -- @`",
    ),
    *row(
        "csh, tcsh, bcsh",
        "+S",
        "-bdefFilmnqstvVxX -c!.",
        ends="-- -",
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="put the script into a file, and give the value after it: `tcsh ./job.csh @`",
    ),
    *row(
        "pwsh, powershell",
        "C",
        """
        ~NoProfile ~NoLogo ~NonInteractive ~Login ~NoExit ~Sta ~Mta ~ExecutionPolicy: ~WorkingDirectory:
        ~OutputFormat: ~InputFormat: ~ConfigurationName: ~SettingsFile+ ~File$. ~Command! ~EncodedCommand!
        ~CommandWithArgs!
        """,
        stdin="alone",
        is_strict=True,
        why="it runs the text after -Command, and its arguments with it",
        advice="put the script into a file, and give the value after it: `pwsh -NoProfile -File ./job.ps1 @`",
    ),
    *row(
        "elvish, nu, xonsh, oil, ysh, rc",
        "C",
        "-c! -e! --commands! --execute! --config+ --env-config+ --rc+",
        stdin="alone",
        is_strict=True,
        why="it runs its arguments as a script or as the name of one",
        advice="give the value in the environment: `x=@ nu ./job.nu`",
    ),
    *row(
        "busybox, toybox",
        "+N",
        "--list --list-full --install. --help.",
        is_strict=True,
        why="its first argument chooses the program that runs",
        advice="name the program in the script: `busybox cp -- @ /tmp/x`",
    ),
    *row(
        "su",
        "DA",
        """
        - -flmpPh -c| -s+ -gGw: --command| --session-command| --shell+ --group: --supp-group: --login
        --preserve-environment --pty --no-pty --fast --whitelist-environment: --help. --version.
        """,
        stdin="alone",
        is_strict=True,
        why="it gives its arguments to a shell of the other user",
        advice="write `runuser -u app -- cp -- @ /tmp/x`",
    ),
    *row(
        "sg",
        "DR",
        "- -c|",
        stdin="alone",
        is_strict=True,
        why="it gives its arguments to a shell",
        advice="write `sudo -g team -- cp -- @ /tmp/x`",
    ),
    *row(
        "newgrp, login, sulogin, chsh",
        "C",
        "-c! -s! --shell!",
        stdin="always",
        is_strict=True,
        why="it starts a shell, or chooses the shell that will start",
        advice="write `sudo -g team -- cp -- @ /tmp/x`",
    ),
    *row(
        "script",
        "+DR",
        """
        -aefq -c| -EIOBTmo: -t? --command| --append --echo: --flush --force --log-in: --log-out: --log-io:
        --log-timing: --logging-format: --output-limit: --quiet --return --timing? --help. --version.
        """,
        stdin="alone",
        is_strict=True,
        why="it gives the command after -c to a shell",
        advice="export the value, and let the command read it: `x=@ script -qc 'cp -- \"$x\" /tmp/x' log`",
    ),
    *row(
        "scriptlive",
        "C",
        "-c! --command!",
        is_strict=True,
        why="it runs what a recording holds",
        advice="name the recording in the script: `scriptlive -T timing typescript`",
    ),
    *row(
        "execlineb",
        "S",
        "-PpWwnqvs: -c!",
        stdin="alone",
        is_strict=True,
        why="it runs the script that its arguments give",
        advice="give the value in the environment: `x=@ execlineb ./job`",
    ),
]
