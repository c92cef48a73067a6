"""Programs that run a command in surroundings of their own: sandboxes, machines, units, sessions, wrappers."""

from __future__ import annotations

from gitflow.definitions.shell.options import row
from gitflow.definitions.shell.programs.prefixes import prefix

_RUNS = "it runs the command that its arguments name"
_SHELL = "it gives its arguments to a shell"

ROWS = [
    *prefix(
        "numactl",
        "numactl -N 0",
        """
        -aHslhDTbp -iNmCPwSfoLM: -V --all --hardware --show --localalloc --interleave: --cpunodebind: --membind:
        --physcpubind: --preferred: --preferred-many: --weighted-interleave: --balancing --shm: --file: --offset:
        --length: --shmmode: --huge --touch --dump --dump-nodes --verify --strict
        """,
    ),
    *prefix("cgexec", "cgexec -g cpu:app", "-bh -g: --sticky --help."),
    *prefix(
        "systemd-run",
        "systemd-run --wait --",
        """
        -dGPqrSthCi -p+ -E= -H+ -uM: --scope --unit: --property+ --description: --slice: --slice-inherit
        --expand-environment: --remain-after-exit --send-sighup --service-type: --uid: --gid: --nice:
        --working-directory: --same-dir --setenv= --pty --pty-late --pipe --quiet --on-active: --on-boot:
        --on-startup: --on-unit-active: --on-unit-inactive: --on-calendar: --on-clock-change --on-timezone-change
        --path-property: --socket-property: --timer-property: --no-block --wait --collect --shell --user --system
        --host+ --machine: --no-ask-password --no-pager --background: --job-mode: --ignore-failure --help.
        --version.
        """,
        stdin="alone",
    ),
    *prefix(
        "run0",
        "run0 -u app",
        """
        -u: -g: -D: --user: --group: --nice: --chdir: --setenv= --slice: --slice-inherit --unit: --property+
        --description: --machine: --background: --pty --pipe --no-ask-password --shell-prompt-prefix: --help.
        --version.
        """,
        stdin="alone",
    ),
    *prefix(
        "systemd-inhibit", "systemd-inhibit --what=sleep", "--what: --who: --why: --mode: --list --no-pager --no-legend"
    ),
    *prefix(
        "systemd-cat",
        "systemd-cat -t app",
        "-tp: --identifier: --priority: --stderr-priority: --level-prefix: --namespace:",
    ),
    *prefix(
        "systemd-nspawn",
        "systemd-nspawn -D /srv/root --",
        """
        -abnPqUxh -DiMSuZLp: -E= --directory: --template: --image: --machine: --user: --setenv= --bind: --bind-ro:
        --tmpfs: --overlay: --boot --as-pid2 --ephemeral --read-only --quiet --chdir: --private-network
        --network-veth --private-users? --register: --keep-unit --pipe --console: --link-journal: --capability:
        --property+
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
    *prefix(
        "machinectl shell",
        "machinectl shell app",
        "-q -E= --uid: --setenv= --quiet",
        operands="+DN",
        stdin="alone",
    ),
    *row(
        "firejail",
        "+N",
        "-c| --profile+ --include+ --shell+ --env= --join: --private: --netfilter:",
        stdin="alone",
        why=_RUNS,
        advice="name the command in the script: `firejail --quiet --noprofile -- cp -- @ /tmp/x`",
    ),
    *prefix(
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
    *prefix(
        "proot",
        "proot -r /srv/root",
        "-0HlVh -q+ -rbmwvkSRip: --rootfs: --bind: --cwd: --pwd: --qemu+ --kill-on-exit",
        stdin="alone",
    ),
    *prefix(
        "fakeroot, fakeroot-ng, fakechroot, pseudo",
        "fakeroot --",
        "-buvh -ld+ -sice: --lib+ --faked+ --unknown-is-real --help. --version.",
        stdin="alone",
    ),
    *prefix("faketime", "faketime -m '2030-01-01'", "-mpfh --exclude-monotonic --help. --version.", operands="+DN"),
    *prefix("unbuffer", "unbuffer", "-p"),
    *prefix(
        "rlwrap",
        "rlwrap -c",
        "-acdeEhiImnNrRuUvWXT -Aps? -z! -bCDfFgHlMoOPqStw:",
    ),
    *prefix(
        "gosu, su-exec, setuidgid, envuidgid, envdir, s6-setuidgid, s6-envuidgid, s6-envdir, setlock",
        "gosu app",
        "-nNxX",
        operands="+DN",
    ),
    *prefix("chpst", "chpst -u app", "-vP012 -uUbe/nlLmdopfcrtC:"),
    *prefix("softlimit, s6-softlimit", "softlimit -m 1000000", "-acdflmoprst:"),
    *prefix("argv0", "argv0", operands="+ND"),
    *prefix("tini, tini-static, docker-init, catatonit", "tini --", "-svwglhP -ep: --version."),
    *prefix("dumb-init", "dumb-init --", "-cvhV -r: --single-child --rewrite: --verbose --help. --version."),
    *prefix("ssh-agent", "ssh-agent", "-csDdk -aEOPt:"),
    *prefix(
        "gpg-agent",
        "gpg-agent --daemon",
        """
        -cqsvn --daemon --csh --sh --quiet --verbose --server --supervised --homedir! --options$ --pinentry-program!
        --log-file: --debug-level: --default-cache-ttl: --max-cache-ttl: --enable-ssh-support --no-detach --batch
        --allow-preset-passphrase --no-grab --help. --version.
        """,
    ),
    *prefix(
        "keychain, dbus-launch",
        "dbus-launch --exit-with-session",
        """
        --exit-with-session --sh-syntax --csh-syntax --auto-syntax --binary-syntax --close-stderr --autolaunch:
        --config-file$
        """,
    ),
    *prefix("dbus-run-session", "dbus-run-session --", "--config-file$ --dbus-daemon! --help. --version."),
    *prefix(
        "xvfb-run, xwfb-run, weston-run",
        "xvfb-run -a",
        """
        -alh -s! -efnpw: --auto-servernum --auto-display --error-file: --auth-file: --listen-tcp --server-num:
        --server-args! --xauth-protocol: --wait: --help.
        """,
    ),
    *prefix("proxychains, graftcp", "proxychains -q", "-q -f$"),
    *prefix(
        "entr",
        "entr -n",
        "-acdnprxz -s%",
    ),
    *prefix("reptyr, dtach, abduco, detach", "dtach -n /tmp/socket", "-aAcCnNeElrvzR", operands="+DN"),
    *prefix(
        "cpulimit",
        "cpulimit -l 50 --",
        "-zivbkfm -lpePsc: --limit: --pid: --exe: --path: --lazy --include-children --foreground",
    ),
    *row(
        "hyperfine, multitime, poop",
        "C",
        stdin="run",
        why=_SHELL,
        advice="export the value, and let the command read it: `x=@ hyperfine './job \"$x\"'`",
    ),
    *prefix("coreutils", "coreutils --coreutils-prog=cp", "--coreutils-prog: --coreutils-prog-shebang:"),
    *prefix(
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
    *prefix(
        """
        qemu-x86_64, qemu-x86_64-static, qemu-aarch64, qemu-aarch64-static, qemu-arm, qemu-arm-static, qemu-i386,
        wine, box86, rosetta
        """,
        "qemu-aarch64 -L /usr/aarch64",
        "-LgsU0dDpRB: -E=",
    ),
    *prefix(
        "msgfilter, msgexec",
        "msgfilter -i in.po",
        """
        -eEiPphV -nf? -iDowN: --input: --directory: --output-file: --newline --expression! --file$ --quiet --silent
        --regexp-extended --no-location --sort-output --width: --no-wrap --force-po --properties-input
        --properties-output --stringtable-input --stringtable-output --keep-header --indent --strict --color?
        --style: --escape --no-escape --add-location? --sort-by-file --help. --version.
        """,
    ),
    *row(
        "rustup",
        "+U",
        "-vqhV --verbose --quiet",
        is_strict=True,
        why="rustup run runs the command that its arguments name",
        advice="write the subcommand in the script: `rustup run stable cargo build`",
    ),
    *row(
        "rustup run",
        "+LN",
        "-h --install",
        is_strict=True,
        why=_RUNS,
        advice="name the command in the script: `rustup run stable cp -- @ /tmp/x`",
    ),
    *row(
        "rustup *",
        "L",
        "-vqhtcp: --toolchain: --component: --target: --profile: --force --no-self-update --path!",
        is_strict=True,
        why="what it installs runs as code, so a value may not choose a toolchain or where it comes from",
        advice='name the toolchain in the script: `rustup install "1.@"`',
    ),
    *prefix("winpty, mintty, alacritty, foot", "winpty", "-X"),
    *prefix("caffeinate", "caffeinate -i", "-disum -tw:"),
    *prefix("arch", "arch -x86_64", "~x86_64 ~arm64 ~arm64e ~i386 ~32 ~64 ~arch: -ch -d: -e="),
    *row(
        """
        lxc-attach, lxc-execute, lxc-start, lxc-unshare, lxc-usernsexec, crictl, ctr, runc, crun, youki, singularity,
        apptainer, charliecloud, ch-run, udocker, distrobox, toolbox, flatpak, schroot, pbuilder, cowbuilder, mock,
        jexec, bhyve, multipass, limactl, lima, colima, wsl, orb, orbctl, okteto, devspace, telepresence,
        devcontainer, devbox, devenv, genie, pexec, cdist
        """,
        "C",
        stdin="open",
        why="some of its subcommands run the commands that its arguments give, or start a shell",
        advice="name the command in the script, in a program whose arguments are known: `docker exec -- @ cp a /tmp/x`",
    ),
    *row(
        """
        lxc-create, cri-o, containerd, sbuild, debootstrap, mmdebstrap, vm, k3s, k0s, microk8s, serverless,
        sls, cdk, chalice, zappa, caprover, werf, kubelet
        """,
        "C",
        stdin="run",
        why="some of its subcommands run the commands that its arguments give",
        advice="name the command in the script, in a program whose arguments are known: `docker exec -- @ cp a /tmp/x`",
    ),
    *row(
        "snap",
        "C",
        "--shell,",
        stdin="run",
        is_strict=True,
        why="some of its subcommands run the commands that its arguments give",
        advice="name the command in the script, in a program whose arguments are known: `docker exec -- @ cp a /tmp/x`",
    ),
    *row(
        """
        lxc, incus, vagrant, nomad, consul, fly, flyctl, heroku, cf, minikube, argocd, argo, talosctl, virtctl,
        railway, dokku
        """,
        "+U",
        """
        --project: --debug --quiet --verbose -qvh --address: -a: -n: -N: --namespace: --force-local --version.
        --help.
        """,
        is_strict=True,
        why="some of its subcommands run the commands that their arguments give",
        advice='write the subcommand in the script: `argocd app set app "--parameter=tag=@"`',
    ),
    *row(
        "lxc exec, incus exec",
        "+DN",
        """
        -ntTq --env= --user: --group: --cwd: --disable-stdin --mode: --force-interactive --force-noninteractive
        --project:
        """,
        is_strict=True,
        why="it runs the command that its arguments name, inside a container",
        advice="name the command in the script: `lxc exec app -- cp -- @ /tmp/x`",
    ),
    *row(
        "vagrant ssh, vagrant winrm",
        "C",
        "-c| --command|",
        stdin="shell",
        is_strict=True,
        why="it gives its arguments to a shell on the machine",
        advice="name the command in the script, in a program whose arguments are known: `docker exec -- @ cp a /tmp/x`",
    ),
    *row(
        """
        lxc shell, incus shell, lxc console, incus console, lxc config, incus config, lxc profile, incus profile,
        vagrant provision,
        nomad exec, nomad alloc, nomad job, nomad run, consul exec, consul watch, consul lock, fly ssh, fly console,
        fly machine, fly machines, flyctl ssh, flyctl console, flyctl machine, heroku run, heroku run:detached,
        heroku ps:exec, heroku local, cf ssh, cf run-task, minikube ssh, minikube kubectl, argocd admin,
        talosctl cluster, virtctl ssh, railway run, railway ssh, dokku run, dokku enter
        """,
        "C",
        stdin="open",
        why="it runs the command or the job that its arguments give",
        advice="name the command in the script, in a program whose arguments are known: `docker exec -- @ cp a /tmp/x`",
    ),
]
