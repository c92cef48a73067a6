"""Programs that run something on another machine, where a shell reads what they send."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_REMOTE = "the other machine's shell reads its arguments as a script"

ROWS = [
    *row(
        "ssh, slogin, autossh, hpnssh",
        "+DR",
        "-46AaCfGgKkMNnqsTtVvXxYy -BbcDEeiLlmpQRSWwO: -JI+ -o|= -F+ -P:",
        stdin="alone",
        is_strict=True,
        why=_REMOTE,
        advice="name the host after --, and give other values as input of a command that takes data: "
        "`ssh -- @ \"systemctl restart app\"`, `printf '%s' @ | ssh -- host 'cat > file'`",
    ),
    *row(
        """
        rsh, remsh, rexec, mosh, et, eternalterminal, dbclient, dropbear, plink, putty, pssh, parallel-ssh, pdsh,
        clush, dsh, cssh, pcp, prsync, mssh, tsh, tssh, sish, telnet, rlogin, check_by_ssh, tailscale ssh
        """,
        "C",
        stdin="always",
        why=_REMOTE,
        advice='use ssh, and name the host after --: `ssh -- @ "systemctl restart app"`',
    ),
    *row(
        "tailscale",
        "+U",
        "--socket:",
        is_strict=True,
        why="tailscale ssh gives its arguments to a shell on the other machine",
        advice="write the subcommand in the script: `tailscale ping @`",
    ),
    *row(
        "sshpass",
        "+N",
        "-fdpP: -e? -hvV",
        is_strict=True,
        why="it runs the command that its arguments name",
        advice='name the command in the script: `sshpass -e ssh -- @ "systemctl restart app"`',
    ),
    *row(
        "sftp",
        "D",
        "-46AaCfNpqrv -BclPiRX: -o|= -S! -D! -F$ -J! -b$ -s!",
        stdin="always",
        is_strict=True,
        why="some options name programs that it runs, and it runs commands from its input or from a batch",
        advice="use scp, and end the options first: `scp -- @ host:/tmp/x`",
    ),
    *row(
        "scp, hpnscp",
        "D",
        "-346ABCOpqrRTv -cliPX: -o|= -S! -D! -F$ -J!",
        is_strict=True,
        why="some options name programs that it runs, and sftp runs commands from a batch",
        advice="end the options first: `scp -- @ host:/tmp/x`",
    ),
    *row(
        "ssh-keygen",
        "D",
        "-ABcegHhikLlpQquvXxy -aCEFfGIJjKMmNnPRrSsTtVWYzZbO: -Dw! -U -d",
        is_strict=True,
        why="-D and -w load a library that its argument names",
        advice="give the value to a listed option: `ssh-keygen -t ed25519 -C @ -f key`",
    ),
    *row(
        "ssh-add",
        "D",
        "-cDdKklLqvXxC -EHhtT: -eSs!",
        is_strict=True,
        why="-s and -S load a library that its argument names",
        advice="end the options first: `ssh-add -- @`",
    ),
    *row(
        "ssh-copy-id",
        "D",
        "-fnhsx -ipt: -o! -F$",
        is_strict=True,
        ends="",
        why="its options go to ssh, where some of them run programs",
        advice='begin the host with text of the script\'s own: `ssh-copy-id "app-@"`',
    ),
    *row(
        "sshfs",
        "D",
        "-CdsfhV146 -p: -o|= -F$",
        is_strict=True,
        why="some options name programs that it runs",
        advice="end the options first: `sshfs -- @ /mnt/x`",
    ),
    *row(
        "sshd, ssh-pkcs11-helper, ssh-sk-helper, sftp-server",
        "C",
        stdin="always",
        why="its options and its configuration name programs that it runs",
        advice="write the options in the script, and choose among them: `case @ in (yes) sshd -t;; esac`",
    ),
    *row(
        "rsync, unison, lsyncd, duplicity, borg, rdiff-backup, rsnapshot, csync2, dirvish",
        "D",
        """
        -vqcarRbudlLkKHpEAXogDtONJUSnWxIzCyhPis8046F -e! -M! -f: -B: -T: -@: --rsh! --rsync-path! --remote-option!
        --filter: --exclude: --include: --exclude-from: --include-from: --files-from: --config$ --password-file:
        --password-command! --rsh-options! --suffix: --backup-dir: --chmod: --chown: --usermap: --groupmap:
        --out-format: --log-file: --log-file-format: --port: --address: --sockopts: --bwlimit: --timeout:
        --contimeout: --max-size: --min-size: --max-delete: --partial-dir: --temp-dir: --compare-dest: --copy-dest:
        --link-dest: --compress-level: --compress-choice: --checksum-choice: --block-size: --modify-window:
        --skip-compress: --info: --debug: --iconv: --read-batch: --write-batch! --only-write-batch! --daemon!
        --early-input: --stop-after: --stop-at: --outbuf: --checksum-seed: --protocol: --delete --archive --verbose
        --compress --dry-run --itemize-changes --delete-after --delete-excluded --recursive --progress --partial
        --stats --human-readable --ssh-command! --ssh! --sshcmd! --remote-schema! --remote-path!
        --stdin-from-command! --content-from-command --paths-from-command --hook!
        """,
        why="some options name programs that it runs, here or on the other machine",
        advice="end the options first: `rsync -a -- @ host:/srv/x/`",
    ),
    *row(
        "rclone",
        "DL",
        """
        -Phinquv -LMcI --config$ --password-command! --sftp-ssh! --sftp-server-command! --webdav-bearer-token-command!
        --rc --rc-addr: --include: --exclude: --filter: --filter-from: --include-from: --exclude-from: --files-from:
        --transfers: --checkers: --bwlimit: --log-file: --log-level: --max-age: --min-age: --max-size: --min-size:
        --max-depth: --backup-dir/ --compare-dest/ --copy-dest/ --suffix: --retries: --timeout: --contimeout: --stats:
        --checksum --dry-run --progress --verbose --quiet --update --fast-list --size-only --immutable
        --metadata-mapper!
        """,
        why="an address such as :sftp,ssh=…: names a program that it runs",
        advice='begin the address with text of the script\'s own: `rclone copy "./@" backup:data`',
    ),
    *row(
        "restic",
        "D",
        """
        -cqvhn -o|= -r/ -H: -p: -f: --option|= --repo/ --repository-file: --repo2/ --from-repo/ --password-command!
        --from-password-command! --password-file: --cacert: --cache-dir: --tls-client-cert: --limit-download:
        --limit-upload: --key-hint: --host: --tag: --exclude: --exclude-file: --iexclude: --files-from: --parent:
        --target: --include: --keep-last: --keep-daily: --keep-weekly: --keep-monthly: --keep-yearly: --keep-tag:
        --stdin --stdin-filename: --stdin-from-command! --json --quiet --verbose --no-cache --no-lock --prune --dry-run
        --compression: --path: --group-by: --read-data-subset:
        """,
        why="some options and addresses name programs that it runs",
        advice="end the options first: `restic backup -- @`",
    ),
    *row(
        """
        psftp, pscp, runscript, tasksh, lftp, ftp, ncftp, tnftp, kermit, minicom, picocom, smbclient, cadaver,
        rpcclient, winexe, psexec, evil-winrm, crackmapexec, impacket-psexec, wmic, winrs, virsh, virt-install, vmrun,
        govc, VBoxManage, prlctl, qm, pct, xe, esxcli
        """,
        "C",
        stdin="always",
        why="it reads its arguments or its input as commands, some of which run programs",
        advice='use a program that takes data: `curl -fsS -T ./file -- "https://host/@"`',
    ),
]
