"""What the shell does with words: the commands, variables and places where text is read as code.

Tables only. ``shell_places`` looks places up here, ``shell_commands`` looks commands up here; the advice
an author reads stands here too, each sentence once.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHELLS = frozenset({"sh", "bash", "dash", "ksh", "mksh", "zsh", "ash", "fish", "rbash", "yash"})

#: Programs that run a text given by one of these flags, or else the file named by their first operand,
#: or else what they read from their standard input. A letter also counts inside a cluster (``-lc``).
INTERPRETERS = {
    **dict.fromkeys(SHELLS, ("c", "oO")),
    **dict.fromkeys(("python", "python2", "python3", "pypy", "pypy3"), ("c", "WX")),
    **dict.fromkeys(("perl",), ("eE", "")),
    **dict.fromkeys(("ruby",), ("e", "r")),
    **dict.fromkeys(("node", "nodejs", "bun", "deno"), ("ep", "r")),
    **dict.fromkeys(("php",), ("rBRE", "dc")),
    **dict.fromkeys(("lua", "luajit", "Rscript", "osascript", "tclsh", "groovy", "julia"), ("eE", "")),
}
LONG_EVAL_FLAGS = frozenset({"--eval", "--print", "--command", "--exec", "--run", "eval"})
#: ``python -m module``: what follows belongs to the module.
MODULE_FLAGS = frozenset({"-m"})

_OWN_LANGUAGE = "it reads its arguments as a program in a language of its own"
_NAMES = "it takes names of variables, and bash runs code inside a subscript of a name"

#: Commands none of whose arguments may hold a value: why, and what to write instead (``@`` is the template).
EVALUATES: dict[str, tuple[str, str]] = {
    "eval": ("it runs its arguments", 'run the command itself, with the value as an argument: cmd "$x"'),
    "trap": ("it runs its argument later", "write x=@ first, and 'rm -f -- \"$x\"' in the trap"),
    "alias": ("it stores code", 'write a function: name() { cmd "$1"; }'),
    "let": (
        "it evaluates arithmetic",
        "compute in the flow, or check the value first: case $x in (*[!0-9]*|'') exit 2;; esac",
    ),
    "source": ("it runs a file the value would choose", "name the file in the script"),
    ".": ("it runs a file the value would choose", "name the file in the script"),
    "read": (_NAMES, "name the variable in the script, and give the value as input: read x <<EOF"),
    "unset": (_NAMES, "name the variable in the script"),
    "getopts": (_NAMES, "set -- @ first, then getopts with names of the script"),
    "mapfile": (_NAMES, "name the array in the script"),
    "readarray": (_NAMES, "name the array in the script"),
    "local": (
        "its arguments are declarations, which some shells split or evaluate",
        "write local x on one line and x=@ on the next",
    ),
    "declare": (
        "its arguments are declarations, which bash may evaluate",
        "write declare x on one line and x=@ on the next",
    ),
    "typeset": (
        "its arguments are declarations, which bash may evaluate",
        "write typeset x on one line and x=@ on the next",
    ),
    "export": (
        "its arguments are declarations, which some shells split or evaluate",
        "write x=@ on one line and export x on the next",
    ),
    "readonly": (
        "its arguments are declarations, which some shells split or evaluate",
        "write x=@ on one line and readonly x on the next",
    ),
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk", "bwk"), (_OWN_LANGUAGE, "write x=@ awk '… ENVIRON[\"x\"] …'")),
    **dict.fromkeys(("sed", "gsed"), (_OWN_LANGUAGE, "write x=@ awk '… ENVIRON[\"x\"] …'")),
    **dict.fromkeys(
        ("xargs", "parallel"), ("it builds commands from its arguments", "write printf '%s\\0' @ | xargs -0 cmd --")
    ),
    **dict.fromkeys(
        ("ssh", "slogin", "rsh", "mosh"),
        ("the other machine's shell reads its arguments as a script", "write printf '%s' @ | ssh host 'cat > file'"),
    ),
    **dict.fromkeys(
        ("make", "gmake"), ("make expands $(shell …) in values", "write the value to a file that the makefile reads")
    ),
    **dict.fromkeys(
        ("watch", "at", "batch", "expect", "gdb", "ed", "ex", "vi", "vim", "nvim", "emacs", "dc"),
        (_OWN_LANGUAGE, "write x=@ and let the program read $x itself"),
    ),
    **dict.fromkeys(
        ("sqlite3", "psql", "mysql", "mariadb"),
        ("it reads its arguments as SQL or as commands", "give the value as a bound parameter, e.g. from python"),
    ),
    **dict.fromkeys(
        (
            "coproc",
            "complete",
            "compgen",
            "compopt",
            "bind",
            "fc",
            "enable",
            "history",
            "jobs",
            "hash",
            "wait",
            "caller",
        ),
        ("bash may evaluate its arguments", "name it in the script"),
    ),
}

#: Commands that run the command after them: options that take a value, and operands before the command.
PREFIXES: dict[str, tuple[frozenset[str], int]] = {
    "command": (frozenset(), 0),
    "builtin": (frozenset(), 0),
    "exec": (frozenset({"-a"}), 0),
    "nohup": (frozenset(), 0),
    "setsid": (frozenset(), 0),
    "time": (frozenset({"-f", "-o", "--format", "--output"}), 0),
    "nice": (frozenset({"-n", "--adjustment"}), 0),
    "ionice": (frozenset({"-c", "-n", "-p", "-P", "-u", "--class", "--classdata"}), 0),
    "timeout": (frozenset({"-s", "-k", "--signal", "--kill-after"}), 1),
    "stdbuf": (frozenset({"-i", "-o", "-e", "--input", "--output", "--error"}), 0),
    "chroot": (frozenset({"--userspec", "--groups"}), 1),
    "chrt": (frozenset({"-T", "-P", "-D"}), 1),
    "taskset": (frozenset(), 1),
    "flock": (frozenset({"-w", "-E", "--timeout", "--wait", "--conflict-exit-code"}), 1),
    "env": (frozenset({"-u", "-C", "--unset", "--chdir"}), 0),
    "sudo": (
        words(
            """
    -u -g -h -p -C -T -r -t -U -D -R --user --group --host --prompt --chdir --role --type
    """
        ),
        0,
    ),
    "doas": (frozenset({"-u", "-C"}), 0),
    "runuser": (frozenset({"-u", "-g", "-G", "--user"}), 0),
    "setpriv": (frozenset(), 0),
    "busybox": (frozenset(), 0),
    "toybox": (frozenset(), 0),
    "strace": (frozenset({"-o", "-e", "-p", "-s", "-u"}), 0),
    "unshare": (frozenset(), 0),
    "nsenter": (frozenset({"-t", "--target"}), 0),
    "catchsegv": (frozenset(), 0),
    "xvfb-run": (frozenset({"-n", "-s", "-e", "-f", "-w"}), 0),
    "noglob": (frozenset(), 0),
}
#: Options of those that turn the next word into code.
PREFIX_EVAL = {"env": ("-S", "--split-string"), "flock": ("-c", "--command"), "runuser": ("-c", "--command")}

FIND_EXEC = frozenset({"-exec", "-execdir", "-ok", "-okdir"})

#: Programs that read a program, or commands, from their standard input.
READS_PROGRAM = words(
    """
    eval source . ssh slogin rsh at batch parallel dc ed ex gdb make gmake sqlite3 psql mysql mariadb crontab
    """
)

#: Variables whose value some program runs, or which the shell itself evaluates.
SPECIAL_VARIABLES = words(
    """
    PATH IFS ENV BASH_ENV PS0 PS1 PS2 PS3 PS4 PROMPT_COMMAND SHELLOPTS BASHOPTS CDPATH SECONDS RANDOM SRANDOM
    LINENO HISTCMD OPTIND EUID UID PPID BASHPID BASH_ARGV0 BASH_COMPAT BASH_XTRACEFD BASH_CMDS BASH_ALIASES
    DIRSTACK FUNCNEST HISTSIZE HISTFILESIZE COLUMNS LINES TMOUT LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT
    DYLD_INSERT_LIBRARIES PYTHONSTARTUP PYTHONPATH PYTHONHOME PERL5OPT PERL5LIB PERL5DB RUBYOPT RUBYLIB
    NODE_OPTIONS NODE_PATH GIT_SSH GIT_SSH_COMMAND GIT_EDITOR GIT_PAGER GIT_EXTERNAL_DIFF GIT_PROXY_COMMAND
    GIT_ASKPASS EDITOR VISUAL PAGER LESSOPEN LESSCLOSE MANPAGER BROWSER SHELL MAKEFLAGS JAVA_TOOL_OPTIONS
    _JAVA_OPTIONS CC CXX RSYNC_RSH CVS_RSH TAR_OPTIONS
    """
)

#: Operators of ``test`` and ``[[`` that read their operands as text or as names of files.
TEST_UNARY = frozenset(f"-{letter}" for letter in "nzefdrwxsLhpSbcugkOGtN")
TEST_BINARY = frozenset({"=", "==", "!=", "<", ">", "\\<", "\\>", "-nt", "-ot", "-ef"})
#: ``[`` compares numbers without evaluating them; ``[[`` evaluates both sides.
TEST_NUMERIC = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})

REDIRECTIONS = frozenset({"<", ">", ">>", ">|", "<>", "&>", "&>>"})

#: Places where a value is refused: the rule, what is wrong, what to write instead (``@`` is the template).
PLACES: dict[str, tuple[str, str]] = {
    "arithmetic": (
        "shells evaluate what stands in arithmetic, so a value here could run commands",
        "compute in the flow, or write x=@ and check it first: case $x in (*[!0-9]*|'') exit 2;; esac",
    ),
    "subscript": ("a shell evaluates what stands in a subscript", "use a `case` on the value, or compute in the flow"),
    "numeric-test": ("[[ ]] evaluates both sides of a numeric comparison", "write [ @ -eq 1 ], which does not"),
    "variable-test": (
        "this test takes a variable's name, and bash runs code inside its subscript",
        "name the variable in the script",
    ),
    "test-shape": (
        "a value could become an operator in this test",
        'use one comparison in each [ ], and join them: [ @ = a ] && [ -n "$b" ]',
    ),
    "variable-name": (
        "here the shell wants the name of a variable",
        "name the variable in the script, and give the value with x=@",
    ),
    "dollar": ("`$` before a template makes the value a variable's name", "write @ without the $"),
    "command-name": (
        "the value would choose the command that runs",
        "use a `case` on the value that names each command, or `when` in the flow",
    ),
    "backslash": (
        "a backslash right before it would take its quoting away",
        "write @ without the backslash, or two backslashes",
    ),
    "quoted-heredoc": (
        "the shell fills in nothing in a here-document with a quoted end",
        "write the end without quotes: <<EOF",
    ),
    "heredoc-end": ("this is the word that ends the here-document", "write a fixed word: <<EOF"),
    "backtick": ("inside backticks quotes and backslashes change their meaning", "write $(…) instead of `…`"),
    "expansion": (
        "inside this ${…} a value would be split, changed or read as a pattern",
        'write x=@ first, and use "$x" here',
    ),
    "dialect": (
        "this is bash's own syntax; in another shell the value would mean something else",
        "write `shell: bash` beside `cmd`, or use what sh knows",
    ),
    "descriptor": ("a descriptor is wanted here, not a file's name", "write > @ for a file"),
    "special-variable": (
        "what this variable holds is used as code by the shell or by programs",
        "choose another name, or set it in the action's `env`",
    ),
    "integer-variable": (
        "a variable declared with -i or -n evaluates what is assigned to it",
        "declare it without -i and -n",
    ),
    "format": ("the first argument of printf is a program for printf", "write printf '%s\\n' @"),
    "pattern-quotes": ("quotes inside this pattern hide where the value begins", 'write x=@ first, and use "$x" here'),
    "operand": ("the value would choose the script that runs", "name the script, and give the value after it"),
    "stdin": (
        "what is written here is read by a program that runs it",
        'write x=@ first, export x, and use "$x" in a script of its own',
    ),
    "find-exec": ("the value would choose the command that runs", "name the command after -exec"),
    "unreadable": (
        "the shell grammar cannot read the script up to the end of this statement",
        'write x=@ at the top of the script and use "$x" here, or give the value through the action\'s `env`',
    ),
    "control": ("the script holds carriage returns or control characters, which hide where words end", "remove them"),
    "continuation": (
        "a backslash in the middle of a word joins it with the next line, and hides what the word is",
        "put a blank before it",
    ),
    "brace-range": ("a value cannot be the end of a brace range", 'use seq: for i in $(seq 1 "$x")'),
}
