"""The words that a shell itself gives a meaning, and why a value is refused in each kind of place."""

from __future__ import annotations


def table_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Words that are not the name of a program where a command begins, in one shell or another.
RESERVED = table_of(
    "! { } [[ ]] (( )) if then elif else fi case esac for while until do done in function select time coproc"
)

#: Commands that bash knows and other shells that are called sh may not.
BASH_ONLY = table_of(
    """
    [[ let declare typeset source mapfile readarray shopt complete compgen compopt bind enable caller pushd popd dirs
    disown suspend coproc select function
    """
)

#: Operators of ``${x…}`` that all shells know. The pattern is matched against the value of x.
ALTERNATIVES = frozenset({":-", "-", ":+", "+", ":=", "=", ":?", "?"})
TRIMS = frozenset({"#", "##", "%", "%%"})
#: Text that bash translates by a catalogue, and then expands.
TRANSLATED = '$"'

#: Variables whose value a shell or some program runs, searches programs by, or evaluates.
SPECIAL_VARIABLES = table_of(
    """
    PATH IFS ENV BASH_ENV PS0 PS1 PS2 PS3 PS4 PROMPT_COMMAND SHELLOPTS BASHOPTS CDPATH SECONDS RANDOM SRANDOM
    LINENO HISTCMD OPTIND EUID UID PPID BASHPID BASH_ARGV0 BASH_COMPAT BASH_XTRACEFD BASH_CMDS BASH_ALIASES
    DIRSTACK FUNCNEST HISTSIZE HISTFILESIZE TMOUT PYTHONSTARTUP PYTHONPATH PYTHONHOME PYTHONWARNINGS
    PYTHONBREAKPOINT PYTHONINSPECT PYTHONUSERBASE PYTHONPYCACHEPREFIX PERL5OPT PERL5LIB PERLLIB PERL5DB RUBYOPT
    RUBYLIB NODE_OPTIONS NODE_PATH EDITOR VISUAL PAGER LESS LESSOPEN LESSCLOSE LESSKEY MANPAGER MANOPT BROWSER SHELL
    MAKEFLAGS MAKEFILES GNUMAKEFLAGS MFLAGS JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS JAVA_OPTS MAVEN_OPTS
    MAVEN_ARGS GRADLE_OPTS CC CXX CPP LD AR AS RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTFLAGS RSYNC_RSH CVS_RSH
    RSYNC_CONNECT_PROG TAR_OPTIONS RSH SSH_ASKPASS SUDO_ASKPASS SUDO_EDITOR HGEDITOR SVN_SSH SVN_EDITOR GREP_OPTIONS
    ZIPOPT UNZIP XZ_OPT GZIP BZIP2 AWKPATH AWKLIBPATH LUA_INIT LUA_PATH LUA_CPATH TCLLIBPATH PHPRC PHP_INI_SCAN_DIR
    R_PROFILE R_PROFILE_USER R_ENVIRON R_LIBS EMACSLOADPATH VIMINIT EXINIT GVIMINIT MYVIMRC INPUTRC TERMINFO
    GCONV_PATH LOCPATH NLSPATH RES_OPTIONS HOSTALIASES MALLOC_TRACE GETCONF_DIR TMPPREFIX FPATH ZDOTDIR KUBECONFIG
    KUBE_EDITOR DOCKER_CONFIG DOCKER_HOST OPENSSL_CONF OPENSSL_ENGINES OPENSSL_MODULES CURL_HOME WGETRC NETRC
    CLASSPATH JAVA_HOME JRE_HOME SBT_OPTS CATALINA_OPTS JVM_OPTS GRADLE_USER_HOME MAVEN_USER_HOME GOPATH GOROOT GOENV
    GOTOOLCHAIN CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CGO_CFLAGS CGO_CXXFLAGS CGO_LDFLAGS GCC_EXEC_PREFIX COMPILER_PATH
    COLLECT_GCC CCACHE_PREFIX RUSTDOC DOTNET_STARTUP_HOOKS DOTNET_ROOT CORECLR_PROFILER_PATH CORECLR_PROFILER
    ERL_FLAGS ERL_AFLAGS ERL_ZFLAGS ERL_LIBS ELIXIR_ERL_OPTIONS JULIA_LOAD_PATH JULIA_PROJECT JULIA_DEPOT_PATH
    R_LIBS_USER R_LIBS_SITE GUILE_LOAD_PATH GUILE_LOAD_COMPILED_PATH GEM_PATH GEM_HOME BUNDLE_GEMFILE BUNDLE_PATH
    RUBYSHELL PERL_MM_OPT PERL_MB_OPT NODE_REPL_EXTERNAL_MODULE TEXINPUTS TEXMFCNF TEXMFHOME GROFF_TMAC_PATH
    MAGICK_CONFIGURE_PATH GTK_MODULES QT_PLUGIN_PATH GST_PLUGIN_PATH GIO_EXTRA_MODULES SSH_SK_PROVIDER SYSTEMD_PAGER
    SYSTEMD_EDITOR PSQL_PAGER PSQL_EDITOR PSQLRC PGSERVICEFILE PGSYSCONFDIR MYSQL_HOME LESSKEYIN SCREENRC FCEDIT
    GNUPGHOME AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE CLOUDSDK_CONFIG CLOUDSDK_PYTHON AZURE_CONFIG_DIR
    AZURE_EXTENSION_DIR TF_CLI_CONFIG_FILE TF_CLI_ARGS HELM_PLUGINS KUBECTL_EXTERNAL_DIFF COMPOSE_FILE CONTAINERS_CONF
    RESTIC_PASSWORD_COMMAND BORG_PASSCOMMAND BORG_RSH RCLONE_CONFIG RCLONE_PASSWORD_COMMAND PYTEST_ADDOPTS
    PYTEST_PLUGINS COVERAGE_PROCESS_START FLASK_APP DJANGO_SETTINGS_MODULE UV_INDEX_URL UV_DEFAULT_INDEX UV_PYTHON
    COMPOSER_HOME VIM VIMRUNTIME HGRCPATH HGMERGE CVSROOT CVSEDITOR P4EDITOR P4CONFIG VALGRIND_OPTS VALGRIND_LIB
    CMAKE_TOOLCHAIN_FILE CMAKE_C_COMPILER CMAKE_CXX_COMPILER CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER
    CMAKE_LINKER CMAKE_AR CMAKE_MAKE_PROGRAM CMAKE_MODULE_PATH CMAKE_PREFIX_PATH CMAKE_PROJECT_INCLUDE
    CMAKE_PROJECT_INCLUDE_BEFORE CMAKE_PROJECT_TOP_LEVEL_INCLUDES CMAKE_C_FLAGS CMAKE_CXX_FLAGS CMAKE_PROGRAM_PATH
    XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS HOME NPM_CONFIG_USERCONFIG npm_config_userconfig
    PIP_CONFIG_FILE PIP_INDEX_URL PIP_EXTRA_INDEX_URL GOFLAGS GOPROXY CARGO_HOME ANSIBLE_CONFIG BASH_LOADABLES_PATH
    """
)
#: ``LUA_INIT_5_4`` and the like.
SPECIAL_PREFIXES = (
    "BASH_FUNC",
    "GITFLOW_",
    "LD_",
    "DYLD_",
    "GIT_",
    "LUA_INIT",
    "LUA_PATH",
    "LUA_CPATH",
    "ANSIBLE_",
    "TF_CLI_ARGS_",
    "npm_config_",
    "NPM_CONFIG_",
)
#: Of ``GIT_*`` these are data.
FREE_VARIABLES = ("GIT_AUTHOR_", "GIT_COMMITTER_")


def is_special(name: str) -> bool:
    """Whether the value of this variable could run as code, or choose what runs."""
    if name.startswith(FREE_VARIABLES):
        return False
    return name in SPECIAL_VARIABLES or name.startswith(SPECIAL_PREFIXES)


#: Reasons that are about how a template is written, and not about the value of a variable.
SHAPES = table_of(
    "test-shape command-word command-folder declaration expansion dialect alias backtick missing control place dollar"
)

#: Operators of ``test`` and ``[[`` that read their operands as text or as names of files.
TEST_UNARY = frozenset(f"-{letter}" for letter in "nzefdrwxsLhpSbcugkOGtN")
TEST_BINARY = table_of("= == != < > -nt -ot -ef")
#: ``[`` compares numbers without evaluating them; ``[[`` evaluates both sides.
TEST_NUMERIC = table_of("-eq -ne -lt -le -gt -ge")

#: Places where a value is refused: the reason, what is wrong, what to write instead (``@`` is the template).
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
    "command-word": (
        "the command before it is not a literal word, so the value could become the command's name or be evaluated",
        'write the name of the command, or quote it with its end in the script: "$DIR/tool" @',
    ),
    "command-folder": (
        "the folder of this command comes from a variable",
        "make sure that no input can set it, or write the whole path",
    ),
    "reserved": (
        "`{program}` is a word of the shell's own grammar in some shells, not a command",
        "write the command without it",
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
    "indirect": (
        "this expansion evaluates what the variable holds",
        'use a `case` on the value, or "$x" as it is',
    ),
    "dialect": (
        "this script uses `{program}`, which other shells that are called sh read differently",
        "write `shell: bash` beside `cmd`, or use what every sh knows",
    ),
    "here-command": (
        "a command in a here-document can make `{program}`, which is sh in many containers, run its input as a script",
        "put the output into a variable first: x=$(…), and write $x in the here-document",
    ),
    "descriptor": (
        "a descriptor is wanted here, and bash expands a name that stands here twice, so a value could run commands",
        "write > @ for a file",
    ),
    "special-variable": (
        "what this variable holds is used as code by the shell or by programs",
        "choose another name for the variable, and use it as data",
    ),
    "integer-variable": (
        "a variable declared with -i or -n evaluates what is assigned to it",
        "declare it without -i and -n",
    ),
    "declaration": (
        "the arguments of `{program}` are declarations, which some shells split or evaluate",
        "write x=@ on one line and {program} x on the next",
    ),
    "format": ("the first argument of printf is a program for printf", "write printf '%s\\n' @"),
    "operand": (
        "the value would choose the code that `{program}` runs",
        "name it in the script, and give the value after it",
    ),
    "option": (
        "a value that begins with a dash would be an option of `{program}`, and some of its options run commands",
        "write -- before the value, or begin the word with text of the script's own: ./@",
    ),
    "unsure": (
        "an option or a variable before it hides how `{program}` reads the value",
        "write the options of `{program}` in the script, literally, and only such as its manual lists",
    ),
    "inner-script": (
        "the script that `{program}` is given does not treat this argument as data",
        'use the argument as "$1" in it, in quotes, and not as a command or as code',
    ),
    "alias": ("an alias changes how the rest of the script is read", 'write a function: name() { cmd "$1"; }'),
    "stdin": (
        "what is written here is read by a program that runs it",
        'write x=@ first, export x, and use "$x" in a script of its own',
    ),
    "unreadable": (
        "the script cannot be read as {program} reads it",
        'correct the script; or write x=@ at its top and use "$x" here',
    ),
    "missing": (
        "the value does not arrive here as a word in quotes",
        'write x=@ on a line of its own, and use "$x" here',
    ),
    "place": (
        "this is no place that is known to be safe for a value",
        'write x=@ on a line of its own, and use "$x" here',
    ),
    "control": ("the script holds control characters or unusual blanks, which hide where words end", "remove them"),
}
