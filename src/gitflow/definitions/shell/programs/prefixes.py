"""Programs that run the command among their arguments: what it does with its own arguments is judged in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.definitions.shell.options import row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.definitions.shell.options import Program

_RUNS = "it runs the command that its arguments name"
_SHELL = "it gives its arguments to a shell"


def prefix(
    names: str,
    before: str,
    options: str = "",
    *,
    operands: str = "+N",
    stdin: str = "",
    assigns: bool = False,
    ends: str = "--",
) -> Sequence[Program]:
    """Rows of programs that need nothing but the name of the command in the script."""
    advice = f"name the command in the script: `{before} cp -- @ /tmp/x`"
    return row(
        names, operands, options, stdin=stdin, is_strict=True, assigns=assigns, ends=ends, why=_RUNS, advice=advice
    )


ROWS = [
    *prefix("nohup", "nohup", "--help. --version."),
    *prefix("setsid", "setsid -w", "-cfwhV --ctty --fork --wait --help. --version."),
    *prefix(
        """
        catchsegv, torsocks, torify, tsocks, pgrphack, vglrun, usewithtor, aoss, padsp, optirun, primusrun, prime-run,
        gamemoderun
        """,
        "torsocks",
        "-qid -uapP:",
    ),
    *prefix("choom", "choom -n 0 --", "-hV -n: -p. --adjust: --pid. --help. --version."),
    *prefix("grc", "grc", "-es -c$ --config$ --colour: --pty --help. --version."),
    *prefix("logsave", "logsave -a log", "-asv", operands="+DN"),
    *prefix("nice", "nice -n 5", "-0123456789 -n: --adjustment: --help. --version."),
    *prefix(
        "ionice",
        "ionice -c 3",
        "-t -cn: -pPu. --class: --classdata: --ignore --pid. --pgid. --uid. --help. --version.",
    ),
    *prefix(
        "chrt",
        "chrt -b 0",
        """
        -abefiomrdRhvV -p. -TPD: --all-tasks --batch --deadline --ext --fifo --idle --max --other --pid. --rr
        --reset-on-fork --sched-runtime: --sched-period: --sched-deadline: --verbose --help. --version.
        """,
        operands="+DN",
    ),
    *prefix(
        "taskset",
        "taskset -c 0",
        "-achV -p. --all-tasks --cpu-list --pid. --help. --version.",
        operands="+DN",
    ),
    *prefix(
        "timeout, gtimeout",
        "timeout 60",
        "-fpv -ks: --foreground --preserve-status --verbose --kill-after: --signal: --help. --version.",
        operands="+DN",
    ),
    *prefix("stdbuf, gstdbuf", "stdbuf -oL", "-ioe: --input: --output: --error: --help. --version."),
    *prefix(
        "time, gtime",
        "/usr/bin/time -p",
        "-apqvlh -fo: --append --portability --quiet --verbose --format: --output: --help. --version.",
    ),
    *prefix(
        "env, genv",
        "env A=@",
        """
        -i0v -uCaP: -S!; --ignore-environment --null --debug --list-signal-handling --unset: --chdir: --argv0:
        --split-string!; --block-signal? --default-signal? --ignore-signal? --help. --version.
        """,
        assigns=True,
        ends="-- -",
    ),
    *prefix(
        "sudo",
        "sudo -u app --",
        """
        -AbBeEHiKklNnPSsVv -acCDghpRrTtUu: --askpass --auth-type: --background --bell --edit --preserve-env?
        --set-home --login --remove-timestamp --reset-timestamp --list --non-interactive --no-update
        --preserve-groups --stdin --shell --validate --version --close-from: --chdir: --group: --help --host:
        --login-class: --prompt: --chroot: --role: --command-timeout: --type: --other-user: --user:
        """,
        assigns=True,
        stdin="alone",
    ),
    *prefix("doas", "doas -u app --", "-nLs -au: -C$", assigns=True, stdin="alone"),
    *prefix(
        "pkexec",
        "pkexec --user app",
        "--user: --disable-internal-agent --keep-cwd --help. --version.",
        stdin="alone",
    ),
    *row(
        "runuser",
        "DA",
        """
        - -flmpPhV -c| -s+ -u> -gGw: --command| --session-command| --shell+ --user> --group: --supp-group: --login
        --preserve-environment --pty --no-pty --fast --whitelist-environment: --help. --version.
        """,
        is_strict=True,
        stdin="alone",
        why="without -u it gives its arguments to a shell of the other user",
        advice="write `runuser -u app -- cp -- @ /tmp/x`",
    ),
    *prefix(
        "chroot, arch-chroot",
        "chroot /srv/root",
        "--userspec: --groups: --skip-chdir --help. --version. -n -ugG:",
        operands="+DN",
        stdin="alone",
    ),
    *prefix(
        "unshare",
        "unshare -n",
        """
        -muinpUCTrcfhV -SGRwl: --mount? --uts? --ipc? --net? --pid? --user? --cgroup? --time? --map-root-user
        --map-current-user --map-auto --map-user: --map-group: --map-users: --map-groups: --owner: --propagation:
        --setgroups: --fork --kill-child? --mount-proc? --mount-binfmt? --keep-caps --setuid: --setgid: --root:
        --wd: --load-interp: --monotonic: --boottime: --forward-signals --help. --version.
        """,
        stdin="alone",
    ),
    *prefix(
        "nsenter",
        "nsenter -t 1 -n",
        """
        -aFZechV -tSGWN: -muinpUCTrw? --all --target: --mount? --uts? --ipc? --net? --pid? --user? --cgroup? --time?
        --setuid: --setgid: --root? --wd? --wdns: --env --no-fork --follow-context --preserve-credentials
        --keep-caps --user-parent --join-cgroup --net-socket: --help. --version.
        """,
        stdin="alone",
    ),
    *prefix(
        "setpriv",
        "setpriv --reset-env",
        """
        -dhV --dump --clear-groups --keep-groups --init-groups --reset-env --no-new-privs --list-caps --nnp
        --groups: --inh-caps: --ambient-caps: --bounding-set: --ruid: --euid: --rgid: --egid: --reuid: --regid:
        --pdeathsig: --ptracer: --securebits: --selinux-label: --apparmor-profile: --landlock-access:
        --landlock-rule: --seccomp-filter: --help. --version.
        """,
    ),
    *prefix(
        """
        setarch, linux32, linux64, uname26, i386, i486, i586, i686, x86_64, athlon, ppc, ppc64le, s390, s390x,
        sparc, parisc, mips, ia64, alpha, arm, armv7l, armv8l, aarch64, riscv64
        """,
        "setarch -R",
        """
        -BFILRSTXZ3vhV -p? --32bit --fdpic-funcptrs --short-inode --addr-compat-layout --addr-no-randomize
        --whole-seconds --sticky-timeouts --read-implies-exec --mmap-page-zero --3gb --4gb --uname-2.6 --list
        --show? --verbose --help. --version.
        """,
        stdin="alone",
    ),
    *prefix(
        "prlimit",
        "prlimit --nofile=@ --",
        """
        -cdefilmnqrstuvxy? -po: -hV --core? --data? --nice? --fsize? --sigpending? --memlock? --rss? --nofile?
        --msgqueue? --rtprio? --stack? --cpu? --nproc? --as? --locks? --rttime? --pid: --output: --noheadings --raw
        --verbose --help. --version.
        """,
    ),
    *row(
        "capsh",
        "C",
        "--",
        ends="",
        stdin="always",
        is_strict=True,
        why=_SHELL,
        advice="write `setpriv --inh-caps=-all -- cp -- @ /tmp/x`",
    ),
    *prefix(
        "flock",
        "flock /tmp/lock",
        """
        -esxunoFvhV -c| -wE: --shared --exclusive --unlock --nonblock --nb --close --no-fork --fcntl --verbose
        --timeout: --wait: --conflict-exit-code: --command| --start: --length: --help. --version.
        """,
        operands="DN",
    ),
    *prefix("lckdo, chronic, ifne, isutf8, ts, errno", "chronic", "-evn -wEW:"),
    *row(
        "pee, mispipe",
        "R",
        stdin="alone",
        why=_SHELL,
        advice="export the value, and let the command read it: `export x; x=@; pee 'tee -- \"$x\"' < file`",
    ),
    *prefix(
        "start-stop-daemon",
        "start-stop-daemon --start --exec /usr/bin/cp --",
        """
        -SKTHVtvqobmC -x^ -a^ -pnugcsrdNPIkRO: --start --stop --status --help. --version. --exec^ --startas^
        --pidfile: --name: --user: --group: --chuid: --signal: --retry: --chdir: --nicelevel: --procsched:
        --iosched: --umask: --chroot: --oknodo --test --quiet --background --no-close --make-pidfile
        --remove-pidfile --verbose --notify-await --notify-timeout: --output: --ppid: --pid:
        """,
        operands="M",
    ),
    *prefix(
        "strace",
        "strace -f",
        """
        -AcCdDfFhiknNqQrtTvVwxyYzZ -o! -E= -abepsuIOPSUX: --output! --env= --attach: --trace: --abbrev: --verbose:
        --raw: --read: --write: --inject: --fault: --status: --signal: --kvm: --decode-fds? --decode-pids?
        --follow-forks --output-separately --columns: --string-limit: --const-print-style: --interruptible:
        --detach-on: --trace-path: --user: --username: --argv0: --daemonize? --summary --summary-only
        --summary-sort-by: --summary-columns: --summary-syscall-overhead: --summary-wall-clock --timestamps?
        --absolute-timestamps? --relative-timestamps? --syscall-times? --no-abbrev --strings-in-hex?
        --successful-only --failed-only --stack-traces --tips? --debug --instruction-pointer --syscall-number
        --arg-names --quiet? --silent? --seccomp-bpf --output-append-mode --syscall-limit: --namespace: --help.
        --version.
        """,
    ),
    *prefix(
        "ltrace",
        "ltrace -f",
        """
        -bcChfiLrStTV -AaDeFlnopsuwxX: --align: --arg-max: --demangle --debug: --config$ --library: --indent:
        --output: --where: --help. --version.
        """,
    ),
    *row(
        "valgrind",
        "+N",
        "-hvqd --tool! --db-command! --suppressions: --log-file: --xml-file: --log-socket:",
        why=_RUNS,
        advice="name the command in the script: `valgrind --log-file=@ cp -- @ /tmp/x`",
    ),
    *row(
        "perf",
        "+U",
        "--exec-path! --paginate --no-pager --buildid-dir: --debugfs-dir: --debug: --version. --help.",
        is_strict=True,
        why=_RUNS,
        advice="name the command in the script: `perf stat -- cp -- @ /tmp/x`",
    ),
    *row(
        "perf *",
        "+N",
        """
        -aABcdgGiIMNnOPqQsSTuvzFjy -eptroxCDm: --event: --pid: --tid: --repeat: --output: --cpu: --delay: --null
        --detailed --all-cpus --quiet --verbose --freq: --call-graph: --pre! --post! --field-separator:
        --clang-path! --no-inherit --no-buildid --timeout: --interval-print: --per-core --per-socket --json
        """,
        is_strict=True,
        why=_RUNS,
        advice="name the command in the script: `perf record -o perf.data -- cp -- @ /tmp/x`",
    ),
    *row(
        "watch",
        "C",
        "-bcdegprtwxhv -nqs: --interval:",
        stdin="run",
        is_strict=True,
        why=_SHELL,
        advice="export the value, and let the script read it: `x=@ watch -g 'ls -l \"$x\"'`",
    ),
    *row(
        "parallel, sem, niceload",
        "C",
        stdin="always",
        why="it builds scripts for a shell from its arguments and from what it reads",
        advice="write `printf '%s\\0' @ | xargs -0 cp -t /tmp --`",
    ),
    *row(
        "xargs, gxargs",
        "+N",
        """
        -0prtxo -adELnPsRS: -IJ{ -le? -i{? --null --no-run-if-empty --verbose --exit --interactive --open-tty
        --arg-file: --delimiter: --max-lines? --max-args: --max-procs: --max-chars: --replace{? --eof? --show-limits
        --process-slot-var: --help. --version.
        """,
        stdin="words",
        is_strict=True,
        why="it builds commands from its arguments and from what it reads",
        advice="give the value as input: `printf '%s\\0' @ | xargs -0 cp -t /tmp --`",
    ),
]
