"""The table of programs against the programs themselves, where they are installed.

``EVIL`` in a value is a program that leaves a file; ``touch canary`` leaves it too. A line of ``RUNS`` runs it,
and is refused; a line of ``DATA`` gives the same value to the program as data, and is accepted.
"""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess

import pytest
from tests.definitions.shell.reading import refusal, words_of

from gitflow.definitions.shell.words import Word

SUBSCRIPT = "a[$(touch canary)]"

#: A line, the value, and the shell that reads the line.
RUNS = [
    ("sh -c @", "EVIL", "dash"),
    ("sh -ec @", "EVIL", "dash"),
    ("bash -o posix -c @", "EVIL", "dash"),
    ("bash --norc -c @", "EVIL", "dash"),
    ("bash @", "EVIL", "dash"),
    ("busybox sh -c @", "EVIL", "dash"),
    ("busybox @", "ash", "dash-reads"),
    ("sh -c 'eval \"$1\"' sh @", "EVIL", "dash"),
    ("eval @", "EVIL", "dash"),
    (". @", "EVIL", "dash"),
    ("trap @ EXIT", "EVIL", "dash"),
    ("read @", SUBSCRIPT, "bash-reads"),
    ("read -a @", SUBSCRIPT, "never"),
    ("unset @", SUBSCRIPT, "never"),
    ("printf -v @ x", SUBSCRIPT, "bash"),
    ("test -v @", SUBSCRIPT, "bash"),
    ("[ -v @ ]", SUBSCRIPT, "bash"),
    ("declare @", SUBSCRIPT + "=1", "bash"),
    ("declare -i x=@", SUBSCRIPT, "bash"),
    ("declare -a x=@", "([$(touch canary)]=1)", "bash"),
    ("typeset @", SUBSCRIPT + "=1", "bash"),
    ("let @", SUBSCRIPT, "bash"),
    ("mapfile -C @ -c 1 lines", "touch canary;", "bash-reads"),
    ("compgen -C @", "EVIL", "bash"),
    ("compgen -W @", "$(touch canary)", "bash"),
    ("complete -W @ x", "$(touch canary)", "never"),
    ("command eval @", "EVIL", "dash"),
    ("builtin eval @", "EVIL", "bash"),
    ("exec @", "EVIL", "dash"),
    ("env @", "EVIL", "dash"),
    ("env -u X @", "EVIL", "dash"),
    ("env -iu X @", "EVIL", "dash"),
    ("env - @", "EVIL", "dash"),
    ("env -- - @", "EVIL", "dash"),
    ("env -S @", "EVIL", "dash"),
    ("env -vS @", "EVIL", "dash"),
    ("env --split=@", "EVIL", "dash"),
    ("env A=1 @", "EVIL", "dash"),
    ("env BASH_ENV=@ bash -c true", "EVIL", "dash"),
    ("nice -n 5 @", "EVIL", "dash"),
    ("nice -5 @", "EVIL", "dash"),
    ("nice --adjustment 5 @", "EVIL", "dash"),
    ("ionice -c3 @", "EVIL", "dash"),
    ("chrt -b 0 @", "EVIL", "dash"),
    ("taskset -c 0 @", "EVIL", "dash"),
    ("timeout 5 @", "EVIL", "dash"),
    ("timeout -vs KILL 5 @", "EVIL", "dash"),
    ("timeout --kill-after 5 9 @", "EVIL", "dash"),
    ("stdbuf -o L @", "EVIL", "dash"),
    ("setsid -w @", "EVIL", "dash"),
    ("nohup @", "EVIL", "dash"),
    ("setarch x86_64 -R @", "EVIL", "dash"),
    ("setarch -R @", "EVIL", "dash"),
    ("linux64 @", "EVIL", "dash"),
    ("prlimit --nofile=100 @", "EVIL", "dash"),
    ("flock f @", "EVIL", "dash"),
    ("flock f -c @", "EVIL", "dash"),
    ("flock -n f --command @", "EVIL", "dash"),
    ("script -qc @ log", "EVIL", "dash"),
    ("script -q --command @ log", "EVIL", "dash"),
    ("strace -o @ true", "|EVIL", "dash"),
    ("strace -o@ true", "|EVIL", "dash"),
    ("xargs @", "EVIL", "dash"),
    ("xargs -n 1 @", "EVIL", "dash"),
    ("xargs -I @ sh -c 'EVIL'", "zz", "never"),
    ("find . -exec @ ;", "EVIL", "dash"),
    ("find . -name f -okdir @ ;", "EVIL", "never"),
    ("find . -exec env @ ;", "EVIL", "dash"),
    ("python3 -c @", "import os; os.system('touch canary')", "dash"),
    ("python3 -Ic @", "import os; os.system('touch canary')", "dash"),
    ("python3 -W ignore -c @", "import os; os.system('touch canary')", "dash"),
    ("python3 -m timeit -n 1 -r 1 @", "import os; os.system('touch canary')", "dash"),
    ("python3 -m timeit -n 1 -s @ pass", "import os; os.system('touch canary')", "dash"),
    ("python3 -m pdb -c @ f.py", "!__import__('os').system('touch canary')", "dash"),
    ("perl -e @", "system 'touch canary'", "dash"),
    ("perl -ne @ f", "system 'touch canary'", "dash"),
    ("perl -I lib -e @", "system 'touch canary'", "dash"),
    ("perl -e '1;' @", "-esystem 'touch canary'", "dash"),
    ("perl -M@ -e 1", "strict;system 'touch canary'", "dash"),
    ("perl -d@ -e 1", ":strict;system 'touch canary'", "never"),
    ("perl -F@ -ane 1 f", r'/x/,$_),system("touch\x20canary"),(1', "dash"),
    ("perl -ne 1 -- @", "touch canary|", "dash"),
    ("perl -e 'print <>' -- @", "touch canary|", "dash"),
    ("perl -n f.pl @", "touch canary|", "dash"),
    ("perl -pi f.pl @", "touch canary|", "never"),
    ("node -e @", "require('child_process').execSync('touch canary')", "dash"),
    ("node -p @", "require('child_process').execSync('touch canary')", "dash"),
    ("node -r @ f.js", "./evil.js", "dash"),
    ("tclsh @", "./evil.tcl", "dash"),
    ("awk @", 'BEGIN { system("touch canary") }', "dash"),
    ("awk -f prog @", "-fevil.awk", "never"),
    ("mawk -F : @", 'BEGIN { system("touch canary") }', "dash"),
    ("sed @ f", "1e touch canary", "dash"),
    ("sed -n p f @", "-e1etouch canary", "dash"),
    ("sed -n p @ f", "-e1etouch canary", "dash"),
    ("sed --expr=@ f", "1e touch canary", "dash"),
    ("sed -i.bak @ f", "1e touch canary", "dash"),
    ("sed s/hello/@/ f", "x/;etouch canary;s/x/x", "dash"),
    ("make -f @", "evil.mk", "dash"),
    ("make -f empty.mk @", "--eval=x:;@touch canary", "dash"),
    ("make -f empty.mk --eval=@", "x:;@touch canary", "dash"),
    ("make -f echo.mk X=@", "$(shell touch canary)", "dash"),
    ("env X=@ make -f echo.mk", "$(shell touch canary)", "dash"),
    ("env -i X=@ nice make -f echo.mk", "$(shell touch canary)", "never"),
    ("gdb -batch -ex @", "!touch canary", "dash"),
    ("vim -es -c @ -c q f", "!touch canary", "dash"),
    ("vim -es @ +q f", "+!touch canary", "dash"),
    ("tar -cf x.tar @ f", "--use-compress-program=EVIL", "dash"),
    ("tar -cf x.tar f @", "-IEVIL", "dash"),
    ("tar -I @ -cf x.tar f", "EVIL", "dash"),
    ("tar cIf @ x.tar f", "EVIL", "dash"),
    ("tar --checkpoint=1 --checkpoint-action=@ -cf x.tar f", "exec=EVIL", "dash"),
    ("tar --checkpoint=1 --checkpoint-act exec=@ -cf x.tar f", "EVIL", "dash"),
    ("tar -xf good.tar --to-command @", "EVIL", "dash"),
    ("sort -S 1k -T . @ big", "--compress-program=EVIL", "dash"),
    ("sort -S 1k -T . --compress=@ big", "EVIL", "dash"),
    ("split @ f", "--filter=EVIL", "dash"),
    ("split --fil=@ f", "EVIL", "dash"),
    ("zip -T -TT @ o.zip f", "EVIL", "dash"),
    ("zip -T -TT@ o.zip f", "EVIL", "never"),
    ("ssh @ true", "-oProxyCommand=EVIL", "dash"),
    ("ssh -o @ host", "ProxyCommand=EVIL", "dash"),
    ("ssh host -o @ true", "ProxyCommand=EVIL", "dash"),
    ("ssh -F @ host", "evil.ssh", "dash"),
    ("ssh -J @ host", "-oProxyCommand=EVIL", "never"),
    ("scp -S @ f host:x", "EVIL", "dash"),
    ("scp @ f host:x", "-SEVIL", "dash"),
    ("scp -oProxyCommand=@ f host:x", "EVIL", "dash"),
    ("sftp -S @ host", "EVIL", "dash"),
    ("ssh-keygen -D @", "EVIL", "never"),
    ("git -c @ x", "alias.x=!EVIL", "dash"),
    ("git -c alias.x=@ x", "!EVIL", "dash"),
    ("git -C repo rebase -x @ HEAD~1", "EVIL", "dash"),
    ("git -C repo rebase @ HEAD~1", "--exec=EVIL", "dash"),
    ("git clone @ out", "--upload-pack=EVIL", "never"),
    ("git clone -u @ repo out", "EVIL", "dash"),
    ("git clone --upload-p @ repo out", "EVIL", "dash"),
    ("git ls-remote --upload-pack=@ ./repo", "EVIL", "dash"),
    ("git ls-remote @ ./repo", "--upload-pack=EVIL", "dash"),
    ("git -C repo fetch @ .", "--upload-pack=EVIL", "dash"),
    ("git -C repo push --receive-pack=@ ../bare HEAD:x", "EVIL", "dash"),
    ("git -C repo grep -O@ hello", "EVIL", "dash"),
    ("git -C repo grep @ hello", "-OEVIL", "dash"),
    ("git -C repo bisect run @", "EVIL", "never"),
    ("git -C repo difftool -yx @ HEAD~1", "EVIL", "dash"),
    ("git -C repo archive --exec=@ --remote=. HEAD", "EVIL", "dash"),
    ("git -C repo submodule foreach @", "EVIL", "never"),
    ("git -C repo filter-branch -f --msg-filter @ HEAD", "EVIL", "dash"),
    ("git -C repo config core.pager @", "EVIL", "never"),
    ("jq @", "-n", "never"),
    ("openssl req -config @ -new", "evil.cnf", "never"),
    ("man -P @ 1 ls", "EVIL", "never"),
    ("bash --rcfile @ -i -c true", "EVIL", "dash"),
    ("busybox env @", "EVIL", "dash"),
    ("watch -n 9 @", "EVIL; kill $PPID", "never"),
    ("start-stop-daemon --start --pidfile x.pid --exec @", "EVIL", "dash"),
    ("start-stop-daemon --start --pidfile x.pid --exec /bin/sh -- -c @", "EVIL", "dash"),
    ("capsh -- -c @", "EVIL", "dash"),
    ("runuser -u root -- @", "EVIL", "root"),
    ("runuser root -c @", "EVIL", "root"),
    ("su root -c @", "EVIL", "root"),
    ("su - root -c @", "touch FOLDER/canary", "root"),
    ("chroot / @", "touch", "never"),
    ("unshare -n @", "EVIL", "root"),
    ("setpriv --nnp @", "EVIL", "dash"),
    ("sqlite3 db @", ".shell touch canary", "dash"),
    ("sqlite3 -cmd @ db", ".shell touch canary", "dash"),
    ("psql -f @", "x", "never"),
    ("curl -K @", "evil.curl", "never"),
    ("ulimit -n @", "1", "never"),
]

DATA = [
    ("sh -c 'printf %s \"$1\"' sh @", "EVIL", "dash"),
    ("sh f.sh @", "-cEVIL", "dash"),
    ("bash -- f.sh @", "EVIL", "dash"),
    ("sh -s -- @", "EVIL", "dash"),
    ("command -v @", "EVIL", "dash"),
    ("printf %s @", "$(EVIL)", "dash"),
    ("printf '%d' @", SUBSCRIPT, "bash"),
    ("printf '%q' @", SUBSCRIPT, "bash"),
    ("test -n @", "EVIL", "bash"),
    ("test @ = yes", SUBSCRIPT, "bash"),
    ("[ @ -eq 1 ]", SUBSCRIPT, "bash"),
    ("[ -f @ ]", SUBSCRIPT, "bash"),
    ("set -- @", "EVIL", "dash"),
    ("exit @", SUBSCRIPT, "bash"),
    ("return @", SUBSCRIPT, "bash"),
    ("shift @", SUBSCRIPT, "bash"),
    ("umask @", SUBSCRIPT, "bash"),
    ("kill @", SUBSCRIPT, "bash"),
    ("cd @", SUBSCRIPT, "bash"),
    ("echo @", SUBSCRIPT, "bash"),
    ("type @", SUBSCRIPT, "bash"),
    ("read -t @ x", SUBSCRIPT, "bash-reads"),
    ("read -p @ x", SUBSCRIPT, "bash-reads"),
    ("read -d @ x", SUBSCRIPT, "bash-reads"),
    ("mapfile -d @ x", SUBSCRIPT, "bash-reads"),
    ("mapfile -n @ x", SUBSCRIPT, "bash-reads"),
    ("printf -v x %s @", SUBSCRIPT, "bash"),
    ("pushd @", SUBSCRIPT, "bash"),
    ("env A=@ true", "EVIL", "dash"),
    ("env -u @ true", "EVIL", "dash"),
    ("env -C @ true", "EVIL", "dash"),
    ("env true @", "EVIL", "dash"),
    ("nice -n @ true", "EVIL", "dash"),
    ("timeout -s @ 5 true", "EVIL", "dash"),
    ("timeout -- @ true", "EVIL", "dash"),
    ("timeout 5 true @", "EVIL", "dash"),
    ("xargs echo @", "EVIL", "dash"),
    ("flock f true @", "EVIL", "dash"),
    ("flock -- @ true", "-cEVIL", "dash"),
    ("strace -o out -E A=@ true", "EVIL", "dash"),
    ("prlimit --nofile=@ -- true", "EVIL", "dash"),
    ("find ./@ -maxdepth 1", "EVIL", "dash"),
    ("find . -name @", "-exec", "dash"),
    ("find . -exec echo {} @ ;", "EVIL", "dash"),
    ("find . -newer @ -print", "-exec", "dash"),
    ("python3 f.py @", "-cimport os; os.system('touch canary')", "dash"),
    ("python3 -c pass @", "-cimport os; os.system('touch canary')", "dash"),
    ("python3 -m json.tool @", "EVIL", "dash"),
    ("perl f.pl @", "-esystem 'touch canary'", "dash"),
    ("node f.js @", "-rEVIL", "dash"),
    ("node -e 1 -- @", "-e", "dash"),
    ("awk '{ print }' @", "x=$(touch canary)", "dash"),
    ("awk '{ print }' @", "-vx=1", "dash"),
    ("awk -v x=@ '{ print x }' f", '";system("touch canary");"', "dash"),
    ("mawk -v x=@ '{ print x }' f", '";system("touch canary");"', "dash"),
    ("awk -F @ '{ print $1 }' f", 'system("touch canary")', "dash"),
    ("sed -n p -- @", "-e1etouch canary", "dash"),
    ("sed -n p ./@", "-e1etouch canary", "dash"),
    ("sed -l @ -n p f", "1etouch canary", "dash"),
    ("jq -n --arg x @ '$x'", "$ENV", "dash"),
    ("tar -cf x.tar -- @", "--use-compress-program=EVIL", "dash"),
    ("tar -cf x.tar ./@", "--use-compress-program=EVIL", "dash"),
    ("tar cf x.tar ./@", "-IEVIL", "dash"),
    ("tar cf @ f", "-IEVIL", "dash"),
    ("tar -C @ -cf x.tar f", "--use-compress-program=EVIL", "dash"),
    ("tar --exclude @ -cf x.tar f", "--use-compress-program=EVIL", "dash"),
    ("tar -xf good.tar -- @", "--to-command=EVIL", "dash"),
    ("sort -- @", "--compress-program=EVIL", "dash"),
    ("sort -t @ big", "--compress-program=EVIL", "dash"),
    ("sort -k @ big", "--compress-program=EVIL", "dash"),
    ("split -- f @", "--filter=EVIL", "dash"),
    ("split -l @ f", "--filter=EVIL", "dash"),
    ("zip -r o.zip -- @", "-TTEVIL", "dash"),
    ("ssh -- @ true", "-oProxyCommand=EVIL", "dash"),
    ("ssh -l @ -o BatchMode=yes -- host.invalid true", "-oProxyCommand=EVIL", "dash"),
    ("ssh -p @ -- host.invalid true", "-oProxyCommand=EVIL", "dash"),
    ("scp -- @ host.invalid:x", "-SEVIL", "dash"),
    ("scp ./@ host.invalid:x", "-SEVIL", "dash"),
    ("git clone -- @ out", "--upload-pack=EVIL", "dash"),
    ("git clone -b @ -- repo out", "--upload-pack=EVIL", "dash"),
    ("git clone -- @ out", "ext::EVIL", "dash"),
    ("git ls-remote -- @", "--upload-pack=EVIL", "dash"),
    ("git -C repo fetch -- . @", "--upload-pack=EVIL", "dash"),
    ("git -C repo push -- ../bare @", "--receive-pack=EVIL", "dash"),
    ("git -C repo log --end-of-options @", "--output=canary", "dash"),
    ("git -C repo log -- @", "--output=canary", "dash"),
    ("git -C repo log --grep @", "--output=canary", "dash"),
    ("git -C repo log --author=@", "--output=canary", "dash"),
    ("git -C repo log -n @", "--output=canary", "dash"),
    ("git -C repo show --end-of-options @", "--output=canary", "dash"),
    ("git -C repo diff -- @", "--output=canary", "dash"),
    ("git -C repo grep -e @", "-OEVIL", "dash"),
    ("git -C repo commit --allow-empty -m @", "--template=EVIL", "dash"),
    ("git -C repo tag -m @ t", "--file=EVIL", "dash"),
    ("git -C repo checkout --end-of-options @", "--upload-pack=EVIL", "dash"),
    ("git -C repo checkout -b @", "--exec=EVIL", "dash"),
    ("git -C repo merge --end-of-options @", "--exec=EVIL", "dash"),
    ("git -C repo rebase --onto @ HEAD~1", "--exec=EVIL", "dash"),
    ("git -C repo rebase refs/heads/@", "--exec=EVIL", "dash"),
    ("git -C repo rebase --end-of-options @", "--exec=EVIL", "dash"),
    ("git -C repo reset --hard --end-of-options @", "--exec=EVIL", "dash"),
    ("git -C repo cherry-pick --end-of-options @", "--strategy=EVIL", "dash"),
    ("git -C repo rev-parse --end-of-options @", "--exec=EVIL", "dash"),
    ("git -C repo branch -- @", "--exec=EVIL", "dash"),
    ("git -C repo add -- @", "--exec=EVIL", "dash"),
    ("git -C repo archive --prefix=@ HEAD", "--exec=EVIL", "dash"),
    ("git -C repo worktree add -- @", "--exec=EVIL", "dash"),
    ("git -C repo submodule update --init -- @", "--upload-pack=EVIL", "dash"),
    ("git -C repo remote add -- @ x", "--exec=EVIL", "dash"),
    ("git -C @ status", "-calias.status=!EVIL", "dash"),
    ("git -C repo stash push -m @", "--exec=EVIL", "dash"),
    ("git init -- @", "--template=EVIL", "dash"),
    ("diff -u -- @ f", "--to-file=EVIL", "dash"),
    ("patch -p1 -i @", "--ed", "dash"),
    ("install -m 600 -- @ out", "--strip-program=EVIL", "dash"),
    ("sqlite3 ./@ 'select 1'", "-cmd .shell touch canary", "dash"),
    ("start-stop-daemon --start --pidfile x.pid --exec /bin/true -- @", "EVIL", "dash"),
    ("busybox echo @", "EVIL", "dash"),
    ("curl -fsS --max-time 1 -H @ http://127.0.0.1:1/", "-Kevil.curl", "dash"),
    ("curl -fsS --max-time 1 -- @", "-Kevil.curl", "dash"),
    ("wget -q -T 1 -t 1 -- @", "--use-askpass=EVIL", "dash"),
    ("openssl dgst -sha256 ./@", "-engine", "dash"),
    ("rg -e @ -- f", "--pre=EVIL", "dash"),
    ("dpkg -i ./@", "--pre-invoke=EVIL", "dash"),
    ("apt-get -s install -y -- @", "-oAPT::Update::Pre-Invoke::=EVIL", "dash"),
    ("make -C . -f empty.mk", "EVIL", "never"),
    ("xargs -a @ echo", "EVIL", "dash"),
    ("stat -- @", "EVIL", "dash"),
    ("git -C repo describe --match @", "--exec=EVIL", "dash"),
]

FILES = {
    "f": "hello\n",
    "f.sh": "exit 0\n",
    "f.py": "pass\n",
    "f.pl": "1;\n",
    "f.js": "1\n",
    "prog": "{ print }\n",
    "evil.js": "require('child_process').execSync('touch canary')\n",
    "evil.tcl": "exec touch canary\n",
    "evil.mk": "all:\n\ttouch canary\n",
    "empty.mk": "all:\n\t@true\n",
    "echo.mk": "all:\n\t@echo $(X)\n",
    "evil.ssh": "Host *\n  ProxyCommand EVIL\n",
    "evil.curl": "output=canary\nurl=file:///etc/hostname\n",
    "big": "".join(f"{number * 7919 % 10007}\n" for number in range(60000)),
}
GIT = {
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"), "a"),
    **dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "a@example.org"),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_EDITOR": "true",
    "FILTER_BRANCH_SQUELCH_WARNING": "1",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with everything that the lines name; each line gets a copy."""
    folder = tmp_path_factory.mktemp("model")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    for command in (
        "git init -q repo",
        "git init -q --bare bare",
        "cp f repo/f",
        "git -C repo add f",
        "git -C repo commit -qm one",
        "git -C repo commit -qm two --allow-empty",
        "sh -c 'echo more >> repo/f'",
        "git -C repo commit -qam three",
        "tar -cf good.tar f",
    ):
        subprocess.run(shlex.split(command), cwd=folder, env={**os.environ, **GIT}, check=True)
    return folder


def runs(model, folder, line, value, shell):
    """Whether the canary is there after the line."""
    shutil.copytree(model, folder)
    evil = folder / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {folder}/canary\n")
    evil.chmod(0o755)
    (folder / "evil.ssh").write_text((folder / "evil.ssh").read_text().replace("EVIL", str(evil)))
    value = value.replace("EVIL", str(evil)).replace("FOLDER", str(folder))
    script = " ".join(shell_text(word) for word in words_of(line.replace(" ;", " \\;")) if isinstance(word, Word))
    reads = f"printf 'touch canary\\n' | {script}" if shell.endswith("-reads") else script
    with subprocess.Popen(
        [shell.removesuffix("-reads").replace("root", "dash"), "-c", reads],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "V": value, "TERM": "dumb", **GIT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return any(folder.rglob("canary"))


def shell_text(word):
    return "".join(shlex.quote(piece) if isinstance(piece, str) else '"$V"' for piece in word.pieces) or "''"


def installed(line, shell):
    if shell == "root" and os.geteuid() != 0:
        pytest.skip("needs root")
    for name in (line.split()[0], shell.removesuffix("-reads").replace("root", "dash")):
        if (
            shutil.which(name) is None
            and subprocess.run(["bash", "-c", f"type -t {name}"], capture_output=True).returncode
        ):
            pytest.skip(f"{name} is not installed")


@pytest.mark.parametrize(("line", "value", "shell"), [case for case in RUNS if case[2] != "never"])
def test_a_value_that_the_program_runs_is_refused(model, tmp_path, line, value, shell):
    installed(line, shell)
    assert refusal(line) is not None
    assert runs(model, tmp_path / "x", line, value, shell)


@pytest.mark.parametrize("line", [case[0] for case in RUNS if case[2] == "never"])
def test_what_cannot_be_run_here_is_refused_too(line):
    assert refusal(line) is not None


@pytest.mark.parametrize(("line", "value", "shell"), [case for case in DATA if case[2] != "never"])
def test_a_value_that_is_accepted_does_not_run(model, tmp_path, line, value, shell):
    installed(line, shell)
    found = refusal(line)
    assert found is None, found
    assert not runs(model, tmp_path / "x", line, value, shell)
