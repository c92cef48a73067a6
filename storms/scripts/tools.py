"""The folder of programs that generated scripts may call: harmless ones, and models of those that evaluate text.

A model is a small dash script with the option grammar of the program it is named after. Where the program would take
a text for code, in whatever language, the model runs the text as a script of ``sh``: so each canary works for all of
them. Where the program would run the words behind it, the model runs them. It does nothing else: no model connects,
deletes or kills. A name that is in neither table is a program that prints its arguments.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: The machine's own programs, used as they are. None of them removes, kills or connects.
REAL = words(
    """
    basename bash busybox cat cp csplit cut dash date dirname env expr false find grep head ln ls mkdir mkfifo mktemp mv
    nice nohup paste printf pwd seq sort split stdbuf tail tee test timeout touch tr true uniq wc xargs
    """
)

#: Programs that print their arguments.
PLAIN = words(
    """
    deploy notify curl wget kubectl helm docker-compose terraform ansible aws gcloud npm pip go cargo systemctl
    journalctl gzip chmod chown hostname whoami sleep u v x y z tool
    """
)

#: Programs that print a number or the like, whatever their arguments.
MEASURES = words("id sha256sum")


@dataclass(frozen=True)
class Model:
    code: str = ""  #: options whose value, the next word, is code
    values: str = ""  #: options whose value, the next word, is data
    joined: str = ""  #: beginnings of options whose value follows in the same word and is code
    operand: str = "none"  #: which operand is code: none first second rest all file command
    skip: int = 0  #: operands before the command, where ``operand`` is ``command``
    stdin: bool = False  #: where nothing else names the code, the standard input is code
    environ: str = ""  #: variables whose value is code
    files: str = ""  #: options whose value names a file of code


_AWK = Model("-e --source", "-v -F --assign --field-separator", operand="first", files="-f -E --file")
_SED = Model("-e --expression", "-l --line-length", "-e --expression=", operand="first", files="-f --file")
_SSH_VALUES = "-b -B -o -c -D -e -E -F -i -I -J -l -L -m -O -p -P -Q -R -S -W -w"
_SSH = Model("", _SSH_VALUES, "-oProxyCommand= -oLocalCommand=", operand="rest", stdin=True)
_PYTHON = Model("-c -Ic -Ec -Sc -sc -uc -Bc -Oc", "-W -X --check-hash-based-pycs", "-c", operand="file", stdin=True)
_PERL = Model("-e -E -ne -pe -le -we", "-I -M -m", "-e -E -ne -pe", operand="file", stdin=True, environ="PERL5OPT")
_RUBY = Model("-e -ne -pe -le -we", "-C -E -I -r", "-e -ne -pe", operand="file", stdin=True, environ="PERL5OPT")
_MYSQL = Model("-e --execute", "-D -h -P -S -u --database --host --port --socket --user", "-e --execute=", stdin=True)
_PSQL_VALUES = """
-d -F -h -L -o -p -P -R -T -U -v --dbname --host --port --username --set --variable --output --log-file --pset
--field-separator --record-separator --table-attr
"""
_SUDO_VALUES = """
-c -a -u -g -h -p -C -T -r -t -U -D -R --user --group --host --prompt --close-from --command-timeout --role --type
--other-user --chdir --chroot
"""
_START_VALUES = """
-c -d -g -I -k -n -N -O -p -P -r -R -s -u --pidfile --name --user --group --chuid --signal --retry --chdir --nicelevel
--procsched --iosched --umask --chroot --output --ppid --pid --notify-timeout
"""
_DOCKER_VALUES = """
-a -c -e -H -l -p -u -v -w --context --host --name --env --user --volume --workdir --publish --label --mount --memory
--cpus --env-file --hostname --restart --network --platform --pull --log-level --index --tag --file --build-arg --target
"""
_GIT_VALUES = """
-C -o --git-dir --work-tree --namespace --depth --branch --origin --jobs --filter --reference --shallow-since
--shallow-exclude --separate-git-dir --server-option --message --author --date --file --max-count --since --until
--after --before --grep --committer --onto --strategy-option --max-depth --threads
"""
_TAR_VALUES = """
-f -cf -czf -cjf -cJf -cvf -cvzf -czvf -xf -xzf -xvf -xzvf -tf -tzf -rf -uf -b -C -g -H -K -L -N -T -V -X --file
--directory --exclude --exclude-from --files-from --transform --owner --group --mode --mtime --label --suffix --level
"""
_RSYNC_VALUES = """
-B -f -M -T --exclude --include --filter --files-from --exclude-from --include-from --backup-dir --temp-dir --port
--timeout --bwlimit --log-file --password-file --chmod --chown --compare-dest --link-dest
"""
_ALL = Model(operand="all")


def _prefix(values: str = "", skip: int = 0, code: str = "", joined: str = "") -> Model:
    return Model(code, values, joined, "command", skip)


MODELS: dict[str, Model] = {
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk", "original-awk"), _AWK),
    **dict.fromkeys(("sed", "gsed"), _SED),
    **dict.fromkeys(("ssh", "slogin", "autossh", "dbclient"), _SSH),
    **dict.fromkeys(("python", "python3", "python3.11", "python3.12", "pypy3"), _PYTHON),
    **dict.fromkeys(("perl", "perl5.36"), _PERL),
    **dict.fromkeys(("ruby", "ruby3.1"), _RUBY),
    **dict.fromkeys(
        ("node", "nodejs", "deno", "bun"),
        Model(
            "-e -p --eval --print",
            "-C -r --require --import --conditions --env-file --title",
            "-e -p --eval= --print=",
            "file",
            stdin=True,
        ),
    ),
    "php": Model("-r -B -E -R", "-c -d -S -t -z", "-r -B -E -R", "file", stdin=True, files="-f -F"),
    "lua": Model("-e", "-l", "-e", "file", stdin=True),
    "Rscript": Model("-e", "-g", "-e", "file", stdin=True),
    "tclsh": Model(operand="file", stdin=True),
    "psql": Model("-c --command", _PSQL_VALUES, "-c --command=", stdin=True, files="-f --file"),
    **dict.fromkeys(("mysql", "mariadb"), _MYSQL),
    "sqlite3": Model("-cmd", "-init -newline -nullvalue -separator", operand="rest", stdin=True),
    "jq": Model("", "-L --indent --library-path", operand="first", files="-f --from-file"),
    "yq": Model(operand="first"),
    "make": Model("--eval -E", "-C -I -o -W", "--eval= -E", operand="all", environ="MAKEFLAGS", files="-f --file"),
    "gmake": Model("--eval -E", "-C -I -o -W", "--eval= -E", operand="all", environ="MAKEFLAGS", files="-f --file"),
    **dict.fromkeys(("watch", "expect", "at", "batch", "gdb", "ed", "ex", "vi", "vim", "view", "emacs"), _ALL),
    "parallel": Model(operand="all", stdin=True),
    "sudo": _prefix(_SUDO_VALUES),
    "doas": _prefix("-a -C -u"),
    "su": Model(
        "-c --command --session-command",
        "-s -g -G -w --shell --group --supp-group --whitelist-environment",
        "-c --command= --session-command=",
        "none",
        stdin=True,
    ),
    "runuser": Model(
        "-c --command --session-command",
        "-u -g -G -s -w --user --shell --group --supp-group --whitelist-environment",
        "-c --command= --session-command=",
        "command",
        stdin=True,
    ),
    "chroot": _prefix("", 1),
    "setarch": _prefix("", 1),
    "linux64": _prefix(),
    "prlimit": _prefix("-p -o --pid --output"),
    "start-stop-daemon": Model("-x -a --exec --startas", _START_VALUES, "--exec= --startas=", "none"),
    "tmux": Model("", "-L -S -f -s -n", operand="rest"),
    "script": Model(
        "-c --command", "-B -E -I -m -o -O -T --echo --log-in --log-out --log-io --log-timing", "-c --command=", "none"
    ),
    "flock": Model("-c --command", "-w -E --timeout --wait --conflict-exit-code", "", "command", 1),
    "setsid": _prefix(),
    "ionice": _prefix("-c -n -p --class --classdata --pid --pgid --uid"),
    "chrt": _prefix("-D -P -T", 1),
    "taskset": _prefix("", 1),
    "strace": Model("", "-a -b -e -E -I -O -p -P -s -S -u -U -X", "-o|", "command"),
    "unshare": _prefix("-G -l -R -S -w --setgid --setuid --root --wd --load-interp"),
    "xvfb-run": _prefix(
        "-e -f -n -p -s -w --error-file --auth-file --xauth-protocol --server-num --server-args --wait"
    ),
    "docker": Model("--entrypoint", _DOCKER_VALUES, "--entrypoint="),
    "git": Model(
        "-c",
        _GIT_VALUES,
        "--upload-pack= --receive-pack= --exec= -c --config-env= --open-files-in-pager= -O",
        environ="GIT_SSH_COMMAND GIT_SSH GIT_PAGER GIT_EDITOR GIT_EXTERNAL_DIFF GIT_PROXY_COMMAND GIT_ASKPASS PAGER "
        "EDITOR VISUAL GIT_SEQUENCE_EDITOR",
    ),
    "rsync": Model("-e --rsh --rsync-path", _RSYNC_VALUES, "-e --rsh= --rsync-path=", environ="RSYNC_RSH"),
    "scp": Model("-S", "-c -D -F -i -J -l -o -P -X", "-oProxyCommand= -S"),
    "sftp": Model("-S", "-B -c -D -F -i -J -l -o -P -R -s -X", "-oProxyCommand= -S", stdin=True, files="-b"),
    "tar": Model(
        "-I --use-compress-program --to-command --rsh-command --checkpoint-action",
        _TAR_VALUES,
        "-I --use-compress-program= --to-command= --checkpoint-action=exec= --rsh-command= --info-script= -F",
        environ="TAR_OPTIONS",
    ),
    "zip": Model("-TT --unzip-command", "-b -n -O -P -s -t", "-TT --unzip-command="),
    "less": Model(environ="LESSOPEN"),
    "man": Model("-P --pager", "", "-P --pager=", environ="PAGER MANPAGER"),
    "crontab": Model("", "-u", stdin=True, environ="EDITOR VISUAL"),
}

#: Programs whose code is in a language that does not know the variables of the environment as ``$x``.
_OTHER_LANGUAGES = words(
    """
    awk gawk mawk nawk original-awk sed gsed python python3 python3.11 python3.12 pypy3 perl perl5.36 ruby ruby3.1
    node nodejs deno bun php lua Rscript tclsh psql mysql mariadb sqlite3 jq yq
    """
)

_BODY = r"""
run() { [ -z "$1" ] || $CLEAN dash -c "$1" model </dev/null >/dev/null 2>&1; }
for name in $ENVIRON; do eval "run \"\${$name-}\""; done
ended= coded= count=0 rest= command= for_user= alias= aliased=
while [ $# -gt 0 ]; do
  word=$1
  case $NAME.$OPERAND$for_user in
  docker.* | *.rest) last=1 ;; runuser.command) last=99 ;; *awk.* | *.command*) last=0 ;; *) last=99 ;; esac
  if [ -z "$ended" ] && [ $count -le $last ]; then
    case $word in
    --) ended=1; shift
      case $NAME.$coded in php.) run "$(cat)"; exit ;; esac  # what follows are the arguments of the code
      continue ;;
    -?*)
      # `-c` is a configuration before the command of git and for `clone`; for `commit` it names a commit.
      case $NAME.$command.$word in
      git.grep.-e | git.commit.-[cmFC] | git.commit.-[!-]*[mF] | git.tag.-[mF] | git.merge.-[mF])
        [ $# -gt 1 ] || exit; shift 2; continue ;; esac
      case $NAME.${command:-NONE}.$word in git.NONE.* | git.clone.* | git.init.*) ;; git.*.-c*) shift; continue ;; esac
      case $NAME.${command:-NONE}.$word in
      git.NONE.-c*)  # a setting: the alias of a command runs with the words and the input of git, any other as it is
        setting=${word#-c}
        [ -n "$setting" ] || setting=${2-}
        case $setting in
        alias.*=!*) alias=${setting#alias.} alias=${alias%%=*} aliased=${setting#*=!} ;;
        *=*) run "${setting#*=}" ;; esac ;; esac
      case $NAME.$word in runuser.-u*) for_user=1 ;; esac  # without it the first operand is a user
      for begin in $JOINED; do
        case $word in "$begin"?*) coded=1; run "${word#"$begin"}" ;; esac
      done
      case " $CODE " in *" $word "*) coded=1; [ $# -gt 1 ] && { run "$2"; shift; } ;; esac
      case " $FILES " in *" $word "*) coded=1
        [ $# -gt 1 ] && { file=$2; [ "$file" != - ] || file=/dev/stdin; run "$(cat "$file")"; shift; } ;;
      esac
      for begin in $FILES; do
        case $begin.$word in
        --*."$begin"=?*) file=${word#"$begin"=} ;; -?."$begin"?*) file=${word#"$begin"} ;; *) continue ;; esac
        coded=1; [ "$file" != - ] || file=/dev/stdin
        run "$(cat "$file")"
      done
      case " $VALUES " in *" $word "*) [ $# -gt 1 ] && shift ;; esac
      case $NAME.$word in jq.--arg | jq.--argjson) [ $# -gt 2 ] || exit; shift 2 ;; python*.-m | py*.-*c) exit ;; esac
      shift; continue ;;
    esac
  fi
  count=$((count + 1)) command=${command:-$word}
  case $NAME.$count.$word in
  docker.1.run | docker.1.exec | docker.1.create | docker.1.compose) ;;
  docker.1.*) exit 1 ;; esac
  case $NAME.$count.$word in setarch.1.x86_64 | setarch.1.linux??) ;; setarch.1.*) exit 1 ;; esac
  # what follows the user is for the shell; su takes its own options from among it
  case $NAME$for_user.$count.$coded in su.2. | runuser.2.)
    rest=' '  # the standard input is the shell's
    case "$ended $*" in " "*" -"*) ;; *) exec dash "$@" ;; esac ;;
  esac
  case $NAME.$count.$word in git.1."$alias") shift; exec dash -c "$aliased \"\$@\"" git "$@" ;; esac
  case $OPERAND in
  first) [ -n "$coded" ] || [ $count -gt 1 ] || run "$word" ;;
  all) run "$word" ;;
  rest) [ $count -eq 1 ] || rest="$rest $word" ;;
  file) [ -n "$coded" ] && exit; [ "$word" = - ] && { run "$(cat)"; exit; }
    case $word in */*) ;; *) word=./$word ;; esac
    [ -f "$word" ] && run "$(cat "$word")"; exit ;;
  command) case $NAME.$for_user in runuser.) ;; *) [ $count -le $SKIP ] || exec "$@" ;; esac ;;
  esac
  shift
done
run "$rest"
[ -z "$STDIN" ] || [ -n "$coded$rest" ] || run "$(cat)"
printf '%s\n' "$NAME"
"""


def _program(programs: Path, name: str, body: str) -> str:
    """The text of a program. Where a script reads it with ``.``, it runs as a process of its own all the same.

    Otherwise a function of the script, such as ``printf() { $2; }``, would become a part of the program.
    """
    own = programs / name
    return f'#!/bin/dash\ncase $0 in {own}) ;; *) {own} "$@"; return ;; esac\n{body}'


def build(folder: Path, run_by: str) -> None:
    """``bin`` and all that generated scripts see besides their own folder, below ``folder``.

    ``run_by`` is the text of the program that leaves the mark.
    """
    programs = folder / "bin"
    programs.mkdir()
    for name in REAL:
        if found := shutil.which(name, path="/usr/bin:/bin"):
            (programs / name).symlink_to(found)
    (programs / "sh").symlink_to("/bin/dash" if os.path.exists("/bin/dash") else "/bin/sh")
    (folder / "model").write_text(_BODY)
    for name in PLAIN:
        _write(programs / name, _program(programs, name, "printf '%s\\n' \"$@\"\n"))
    for name in MEASURES:
        _write(programs / name, _program(programs, name, "echo 1\n"))
    for name, model in MODELS.items():
        fields = {
            "NAME": name, "CODE": model.code, "VALUES": " ".join(model.values.split()), "JOINED": model.joined,
            "FILES": model.files, "SKIP": model.skip,
            "OPERAND": model.operand, "STDIN": "1" if model.stdin else "", "ENVIRON": model.environ,
            "CLEAN": f"env -i PATH={programs}" if name in _OTHER_LANGUAGES else "",
        }  # fmt: skip
        header = "".join(f"{field}='{text}'\n" for field, text in fields.items())
        _write(programs / name, _program(programs, name, f"{header}. {folder}/model\n"))
    _write(programs / "canary", run_by)
    _write(folder / "c", run_by)
    hostile = folder / "p"
    hostile.mkdir()
    for name in (*REAL, *PLAIN, *MEASURES, *MODELS, "sh"):
        if name != "dash":
            (hostile / name).symlink_to(folder / "c")
    for each in (programs, hostile, folder / "model"):
        each.chmod(0o555)


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o555)
