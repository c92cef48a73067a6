"""Programs of the system: terminals, services and sessions that run commands from their arguments."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_SHELL = "it gives its arguments to a shell, or runs commands that they name"

ROWS = [
    *row(
        "tmux",
        "C",
        "-C, -2DlNuvV -c| -f$ -LST:",
        stdin="named",
        is_strict=True,
        why=_SHELL,
        advice="export the value, and let the command read it: `x=@ tmux new-session -d './job \"$x\"'`",
    ),
    *row(
        """
        screen, byobu, zellij, dvtm, ttyrec, asciinema, termtosvg, mosh-server, conspy, openvt, agetty, getty,
        mingetty, runit, runsv, runsvdir, supervisord, supervisorctl, circusd, pm2, nodemon, monit, daemonize,
        daemon, watchexec, watchman, incrond, chokidar, onchange, wgo, tmuxinator, teamocil
        """,
        "C",
        stdin="named",
        why=_SHELL,
        advice="export the value, and let the command read it: `x=@ tmux new-session -d './job \"$x\"'`",
    ),
    *row(
        """
        xterm, rxvt, urxvt, uxterm, lxterminal, gnome-terminal, konsole, kitty, xfce4-terminal, terminator, wezterm,
        tilix, x-terminal-emulator, xdotool, wmctrl, xbindkeys, sxhkd, dmenu_run, rofi, i3-msg, swaymsg, hyprctl,
        bspc, awesome-client, startx, xinit, Xorg
        """,
        "C",
        why=_SHELL,
        advice="run the command without a terminal: `cp -- @ /tmp/x`",
    ),
    *row(
        """
        systemctl, journalctl, loginctl, busctl, dbus-send, gdbus, qdbus, initctl, telinit, init, rc-service,
        service, launchctl, schtasks, nssm, coredumpctl, bootctl, udevadm, varlinkctl, portablectl, homectl,
        userdbctl, systemd-tmpfiles, systemd-sysusers
        """,
        "D",
        """
        -aflqrhex -p: -t: -s: -o: -H! -M: -nu: -D: -S: -U: -b? -P: -g: -c: --host! --machine: --root: --image:
        --property: --type: --state: --output: --lines: --unit: --since: --until: --identifier: --priority: --grep:
        --directory: --file: --signal: --kill-whom: --job-mode: --what: --when: --check-inhibitors: --message:
        --namespace: --cursor: --boot? --facility: --output-fields: --debugger! --debugger-arguments! --drop-in!
        --stdin --user --system --now --no-block --quiet --no-pager --full --all --force --no-legend --failed
        --global --runtime --reverse --follow --no-full --utc --dmesg --value --wait --recursive
        """,
        is_strict=True,
        why="some options and subcommands run commands, here or on another machine",
        advice="end the options first: `systemctl restart -- @`",
    ),
    *row(
        "useradd, usermod, adduser, groupadd, groupmod, luseradd",
        "D",
        """
        -DhlmMNrUoLa -cdegGkKpuZ: -s! -R! -P! --base-dir: --comment: --home-dir: --defaults --expiredate:
        --inactive: --gid: --groups: --skel! --key: --create-home --no-create-home --no-user-group --non-unique
        --password: --root! --prefix! --shell! --system --uid: --user-group --selinux-user: --home: --gecos:
        --disabled-password --disabled-login --ingroup: --add_extra_groups --quiet --conf$ --append --login: --lock
        --unlock --move-home
        """,
        is_strict=True,
        why="some options choose the shell that will run, and from which root folder it works",
        advice="end the options first: `useradd -m -- @`",
    ),
    *row(
        """
        sysctl, modprobe, insmod, kexec, grub-mkconfig, update-grub, update-initramfs, mkinitcpio, dracut, ldconfig,
        depmod, newusers, chpasswd, pam-auth-update, authselect, auditctl
        """,
        "C",
        why="its arguments name settings, modules and programs that run as root",
        advice="choose among words of the script: `case @ in (yes) modprobe loop;; esac`",
    ),
    *row(
        "gtk-launch, kioclient, yad, zenity",
        "C",
        why="its arguments can name a command that it runs",
        advice="run the command itself: `cp -- @ /tmp/x`",
    ),
]
