"""Programs that run the command among their arguments: what it does with its own arguments is judged in turn."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.definitions.shell.options import Program

_RUNS = "it runs the command that its arguments name"
_SHELL = "it gives its arguments to a shell"


def _prefix(
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
    *_prefix("nohup", "nohup", "--help. --version."),
    *_prefix("setsid", "setsid -w", "-cfwhV --ctty --fork --wait --help. --version."),
    *_prefix("catchsegv, torsocks, torify, tsocks, pgrphack, vglrun, usewithtor", "torsocks", "-qid -uapP:"),
    *_prefix("nice", "nice -n 5", "-0123456789 -n: --adjustment: --help. --version."),
    *_prefix(
        "ionice",
        "ionice -c 3",
        "-t -cn: -pPu. --class: --classdata: --ignore --pid. --pgid. --uid. --help. --version.",
    ),
    *_prefix(
        "chrt",
        "chrt -b 0",
        """
        -abefiomrdRhvV -p. -TPD: --all-tasks --batch --deadline --ext --fifo --idle --max --other --pid. --rr
        --reset-on-fork --sched-runtime: --sched-period: --sched-deadline: --verbose --help. --version.
        """,
        operands="+DN",
    ),
    *_prefix(
        "taskset",
        "taskset -c 0",
        "-achV -p. --all-tasks --cpu-list --pid. --help. --version.",
        operands="+DN",
    ),
    *_prefix(
        "timeout, gtimeout",
        "timeout 60",
        "-fpv -ks: --foreground --preserve-status --verbose --kill-after: --signal: --help. --version.",
        operands="+DN",
    ),
    *_prefix("stdbuf, gstdbuf", "stdbuf -oL", "-ioe: --input: --output: --error: --help. --version."),
    *_prefix(
        "time, gtime",
        "/usr/bin/time -p",
        "-apqvlh -fo: --append --portability --quiet --verbose --format: --output: --help. --version.",
    ),
    *_prefix(
        "env, genv",
        "env A=@",
        """
        -i0v -uCaP: -S! --ignore-environment --null --debug --list-signal-handling --unset: --chdir: --argv0:
        --split-string! --block-signal? --default-signal? --ignore-signal? --help. --version.
        """,
        assigns=True,
        ends="-- -",
    ),
    *_prefix(
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
    *_prefix("doas", "doas -u app --", "-nLs -au: -C$", assigns=True, stdin="alone"),
    *_prefix(
        "pkexec",
        "pkexec --user app",
        "--user: --disable-internal-agent --keep-cwd --help. --version.",
    ),
    *row(
        "runuser",
        "DR",
        """
        - -flmpPhV -c| -s! -u> -gGw: --command| --session-command| --shell! --user> --group: --supp-group: --login
        --preserve-environment --pty --no-pty --fast --whitelist-environment: --help. --version.
        """,
        is_strict=True,
        stdin="alone",
        why="without -u it gives its arguments to a shell of the other user",
        advice="write `runuser -u app -- cp -- @ /tmp/x`",
    ),
    *_prefix(
        "chroot",
        "chroot /srv/root",
        "--userspec: --groups: --skip-chdir --help. --version. -n -ugG:",
        operands="+DN",
        stdin="alone",
    ),
    *_prefix(
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
    *_prefix(
        "nsenter",
        "nsenter -t 1 -n",
        """
        -aFZechV -tSGWN: -muinpUCTrw? --all --target: --mount? --uts? --ipc? --net? --pid? --user? --cgroup? --time?
        --setuid: --setgid: --root? --wd? --wdns: --env --no-fork --follow-context --preserve-credentials
        --keep-caps --user-parent --join-cgroup --net-socket: --help. --version.
        """,
        stdin="alone",
    ),
    *_prefix(
        "setpriv",
        "setpriv --reset-env",
        """
        -dhV --dump --clear-groups --keep-groups --init-groups --reset-env --no-new-privs --list-caps --nnp
        --groups: --inh-caps: --ambient-caps: --bounding-set: --ruid: --euid: --rgid: --egid: --reuid: --regid:
        --pdeathsig: --ptracer: --securebits: --selinux-label: --apparmor-profile: --landlock-access:
        --landlock-rule: --seccomp-filter: --help. --version.
        """,
    ),
    *_prefix(
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
    *_prefix(
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
        is_strict=True,
        why=_SHELL,
        advice="write `setpriv --inh-caps=-all -- cp -- @ /tmp/x`",
    ),
    *_prefix(
        "flock",
        "flock /tmp/lock",
        """
        -esxunoFvhV -c| -wE: --shared --exclusive --unlock --nonblock --nb --close --no-fork --fcntl --verbose
        --timeout: --wait: --conflict-exit-code: --command| --start: --length: --help. --version.
        """,
        operands="DN",
    ),
    *_prefix("lckdo, chronic, ifne, isutf8, ts, errno, mispipe", "chronic", "-evn -wEW:"),
    *_prefix(
        "start-stop-daemon",
        "start-stop-daemon --start --exec /usr/bin/cp --",
        """
        -SKTHVtvqobmC -x^ -a^ -pnugcsrdNPIkRO: --start --stop --status --help. --version. --exec^ --startas^
        --pidfile: --name: --user: --group: --chuid: --signal: --retry: --chdir: --nicelevel: --procsched:
        --iosched: --umask: --chroot: --oknodo --test --quiet --background --no-close --make-pidfile
        --remove-pidfile --verbose --notify-await --notify-timeout: --output: --ppid: --pid:
        """,
        operands="N",
    ),
    *_prefix(
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
    *_prefix(
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
        is_strict=True,
        why=_SHELL,
        advice="export the value, and let the script read it: `x=@ watch -g 'ls -l \"$x\"'`",
    ),
    *row(
        "parallel, sem, niceload",
        "C",
        stdin="always",
        is_strict=True,
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
    *_prefix(
        "numactl",
        "numactl -N 0",
        """
        -aHslhDTbp -iNmCPwSfoLM: -V --all --hardware --show --localalloc --interleave: --cpunodebind: --membind:
        --physcpubind: --preferred: --preferred-many: --weighted-interleave: --balancing --shm: --file: --offset:
        --length: --shmmode: --huge --touch --dump --dump-nodes --verify --strict
        """,
    ),
    *_prefix("cgexec", "cgexec -g cpu:app", "-bh -g: --sticky --help."),
    *_prefix(
        "systemd-run",
        "systemd-run --wait --",
        """
        -dGPqrSthCi -p! -E= -H! -uM: --scope --unit: --property! --description: --slice: --slice-inherit
        --expand-environment: --remain-after-exit --send-sighup --service-type: --uid: --gid: --nice:
        --working-directory: --same-dir --setenv= --pty --pty-late --pipe --quiet --on-active: --on-boot:
        --on-startup: --on-unit-active: --on-unit-inactive: --on-calendar: --on-clock-change --on-timezone-change
        --path-property: --socket-property: --timer-property: --no-block --wait --collect --shell --user --system
        --host! --machine: --no-ask-password --no-pager --background: --job-mode: --ignore-failure --help.
        --version.
        """,
        stdin="alone",
    ),
    *_prefix(
        "systemd-inhibit", "systemd-inhibit --what=sleep", "--what: --who: --why: --mode: --list --no-pager --no-legend"
    ),
    *_prefix(
        "systemd-cat",
        "systemd-cat -t app",
        "-tp: --identifier: --priority: --stderr-priority: --level-prefix: --namespace:",
    ),
    *_prefix(
        "systemd-nspawn",
        "systemd-nspawn -D /srv/root --",
        """
        -abnPqUxh -DiMSuZLp: -E= --directory: --template: --image: --machine: --user: --setenv= --bind: --bind-ro:
        --tmpfs: --overlay: --boot --as-pid2 --ephemeral --read-only --quiet --chdir: --private-network
        --network-veth --private-users? --register: --keep-unit --pipe --console: --link-journal: --capability:
        --property!
        """,
        stdin="alone",
    ),
    *row(
        "machinectl",
        "+U",
        "-qlEpsMHno:",
        is_strict=True,
        why=_RUNS,
        advice="name the command in the script: `machinectl shell app /usr/bin/cp -- @ /tmp/x`",
    ),
    *_prefix("machinectl shell", "machinectl shell app", "-q -E= --uid: --setenv= --quiet", operands="+DN"),
    *row(
        "firejail",
        "+N",
        "-c! --profile$ --include$ --shell! --env= --join: --private: --netfilter:",
        why=_RUNS,
        advice="name the command in the script: `firejail --quiet --noprofile -- cp -- @ /tmp/x`",
    ),
    *_prefix(
        "bwrap",
        "bwrap --ro-bind / / --",
        """
        --args! --bind:: --bind-try:: --dev-bind:: --dev-bind-try:: --ro-bind:: --ro-bind-try:: --bind-fd::
        --ro-bind-fd:: --symlink:: --setenv! --file:: --bind-data:: --ro-bind-data:: --chmod:: --dev: --proc:
        --tmpfs: --mqueue: --dir: --remount-ro: --overlay-src: --tmp-overlay: --ro-overlay: --chdir: --unsetenv:
        --clearenv --lock-file: --sync-fd: --exec-label: --file-label: --uid: --gid: --hostname: --cap-add:
        --cap-drop: --perms: --size: --seccomp: --add-seccomp-fd: --block-fd: --userns-block-fd: --info-fd:
        --json-status-fd: --userns: --userns2: --pidns: --argv0: --level-prefix --unshare-all --share-net
        --unshare-user --unshare-user-try --unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup
        --unshare-cgroup-try --disable-userns --assert-userns-disabled --new-session --die-with-parent --as-pid-1
        --help. --version.
        """,
    ),
    *_prefix(
        "proot",
        "proot -r /srv/root",
        "-0HlVh -q! -rbmwvkSRip: --rootfs: --bind: --cwd: --pwd: --qemu! --kill-on-exit",
        stdin="alone",
    ),
    *_prefix(
        "fakeroot, fakeroot-ng, fakechroot, pseudo",
        "fakeroot --",
        "-buvh -ld! -sice: --lib! --faked! --unknown-is-real --help. --version.",
        stdin="alone",
    ),
    *_prefix("faketime", "faketime -m '2030-01-01'", "-mpfh --exclude-monotonic --help. --version.", operands="+DN"),
    *_prefix("unbuffer", "unbuffer", "-p"),
    *_prefix(
        "rlwrap",
        "rlwrap -c",
        "-acdeEhiImnNrRuUvWXT -Aps? -z! -bCDfFgHlMoOPqStw:",
    ),
    *_prefix(
        "gosu, su-exec, setuidgid, envuidgid, envdir, s6-setuidgid, s6-envuidgid, s6-envdir, setlock",
        "gosu app",
        "-nNxX",
        operands="+DN",
    ),
    *_prefix("chpst", "chpst -u app", "-vP012 -uUbe/nlLmdopfcrtC:"),
    *_prefix("softlimit, s6-softlimit", "softlimit -m 1000000", "-acdflmoprst:"),
    *_prefix("argv0", "argv0", operands="+ND"),
    *_prefix("tini, tini-static, docker-init, catatonit", "tini --", "-svwglhP -ep: --version."),
    *_prefix("dumb-init", "dumb-init --", "-cvhV -r: --single-child --rewrite: --verbose --help. --version."),
    *_prefix("ssh-agent", "ssh-agent", "-csDdk -aEOPt:"),
    *_prefix(
        "keychain, dbus-launch",
        "dbus-launch --exit-with-session",
        """
        --exit-with-session --sh-syntax --csh-syntax --auto-syntax --binary-syntax --close-stderr --autolaunch:
        --config-file$
        """,
    ),
    *_prefix("dbus-run-session", "dbus-run-session --", "--config-file$ --dbus-daemon! --help. --version."),
    *_prefix(
        "xvfb-run, xwfb-run, weston-run",
        "xvfb-run -a",
        """
        -alh -s! -efnpw: --auto-servernum --auto-display --error-file: --auth-file: --listen-tcp --server-num:
        --server-args! --xauth-protocol: --wait: --help.
        """,
    ),
    *_prefix("proxychains, graftcp", "proxychains -q", "-q -f$"),
    *_prefix(
        "entr",
        "entr -n",
        "-acdnprxz -s%",
    ),
    *_prefix("reptyr, dtach, abduco, detach", "dtach -n /tmp/socket", "-aAcCnNeElrvzR", operands="+DN"),
    *_prefix(
        "cpulimit",
        "cpulimit -l 50 --",
        "-zivbkfm -lpePsc: --limit: --pid: --exe: --path: --lazy --include-children --foreground",
    ),
    *row(
        "hyperfine, multitime, poop",
        "C",
        is_strict=True,
        why=_SHELL,
        advice="export the value, and let the command read it: `x=@ hyperfine './job \"$x\"'`",
    ),
    *_prefix("coreutils", "coreutils --coreutils-prog=cp", "--coreutils-prog: --coreutils-prog-shebang:"),
    *_prefix(
        """
        ld-linux.so, ld.so, ld-linux-x86-64.so, ld-linux-aarch64.so, ld-musl-x86_64.so, ld-linux-x86-64.so.2,
        ld-linux.so.2, ld-linux-armhf.so.3, ld-musl-x86_64.so.1
        """,
        "/lib64/ld-linux-x86-64.so",
        """
        --library-path! --preload! --audit! --inhibit-rpath: --argv0: --inhibit-cache --list --verify
        --glibc-hwcaps-prepend: --glibc-hwcaps-mask:
        """,
    ),
    *_prefix(
        """
        qemu-x86_64, qemu-x86_64-static, qemu-aarch64, qemu-aarch64-static, qemu-arm, qemu-arm-static, qemu-i386,
        wine, box86, rosetta
        """,
        "qemu-aarch64 -L /usr/aarch64",
        "-LgsU0dDpRB: -E=",
    ),
    *_prefix("winpty, mintty, alacritty, foot", "winpty", "-X"),
    *_prefix("caffeinate", "caffeinate -i", "-disum -tw:"),
    *_prefix("arch", "arch -x86_64", "~x86_64 ~arm64 ~arm64e ~i386 ~32 ~64 ~arch: -ch -d: -e="),
]
