"""Programs for files: options that name a program to run, or a file of options."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_OPTIONS = "some of its options run programs"

ROWS = [
    *row(
        "find, gfind, bfs",
        "D",
        "~exec!",
        stdin="exec",
        why="some of its predicates run commands",
        advice="begin the path with text of the script's own: `find ./@ -type f`",
    ),
    *row(
        "fd, fdfind",
        "D",
        """
        -HIsiFapL01lgquh -xX! -dEtecSCojMm: --exec! --exec-batch! --glob --regex --fixed-strings --hidden
        --no-ignore --max-depth: --min-depth: --exact-depth: --exclude: --type: --extension: --size:
        --changed-within: --changed-before: --owner: --format: --base-directory: --path-separator: --search-path:
        --ignore-file: --color: --threads: --max-results: --batch-size: --and: --case-sensitive --ignore-case
        --absolute-path --follow --print0 --full-path --quiet --list-details
        """,
        is_strict=True,
        stdin="exec",
        why=_OPTIONS,
        advice="end the options first: `fd -t f -- @`",
    ),
    *row(
        "rg, ripgrep, ag, ack, ugrep, ug",
        "D",
        """
        -acbFHhiIlLnNoPqsSuUvVwxz0p -e: -f: -g: -t: -T: -A: -B: -C: -d: -E: -j: -m: -M: -r: --pre! --pre-glob:
        --hostname-bin! --search-zip --regexp: --file: --glob: --iglob: --type: --type-not: --type-add: --max-count:
        --max-depth: --max-columns: --max-filesize: --threads: --replace: --sort: --sortr: --color: --colors:
        --encoding: --engine: --context: --after-context: --before-context: --context-separator:
        --field-match-separator: --ignore-file: --path-separator: --dfa-size-limit: --regex-size-limit: --pager!
        --filter! --ackrc$ --output: --config$ --view! --json --no-heading --hidden --no-ignore --fixed-strings
        --ignore-case --smart-case --word-regexp --files --files-with-matches --count --quiet --null --multiline
        --line-number --no-filename --with-filename --only-matching --invert-match --no-messages --vimgrep --column
        --stats
        """,
        is_strict=True,
        why=_OPTIONS,
        advice="give the pattern to an option and end the options: `rg -e @ -- ./src`",
    ),
    *row(
        "tar, gtar, bsdtar, star, ptar",
        "D",
        """
        -AcdrtuxkpsBGhijJlmnOPRSUvwWzZao -I| -F! -f: -C: -T$ -X: -K: -b: -g: -H: -L: -N: -V: --use-compress-program|
        --to-command| --checkpoint-action|= --rsh-command! --rmt-command! --info-script! --new-volume-script! --file:
        --directory: --files-from$ --exclude-from: --exclude: --transform: --xform: --strip-components: --owner:
        --group: --mode: --mtime: --checkpoint? --format: --label: --suffix: --backup? --newer: --newer-mtime:
        --after-date: --starting-file: --tape-length: --blocking-factor: --record-size: --listed-incremental:
        --level: --occurrence? --hole-detection: --sparse-version: --index-file: --volno-file: --pax-option:
        --owner-map: --group-map: --sort: --warning: --quoting-style: --quote-chars: --no-quote-chars:
        --one-top-level? --totals? --atime-preserve? --add-file: --options! --uname: --gname: --uid: --gid:
        --passphrase: --create --extract --get --list --append --update --diff --compare --delete --concatenate
        --catenate --gzip --bzip2 --xz --zstd --lzma --lzip --lzop --compress --auto-compress --verbose --verify
        --preserve-permissions --same-owner --no-same-owner --no-same-permissions --numeric-owner --absolute-names
        --dereference --hard-dereference --one-file-system --no-recursion --recursion --keep-old-files
        --skip-old-files --overwrite --unlink-first --keep-newer-files --to-stdout --null --wildcards --no-wildcards
        --anchored --no-anchored --ignore-case --ignore-failed-read --touch --sparse --multi-volume
        --read-full-records --ignore-zeros --show-transformed-names --utc --full-time --acls --selinux --xattrs
        --force-local --exclude-vcs --exclude-vcs-ignores --exclude-caches --exclude-backups --exclude-tag:
        --remove-files --exclude-ignore: --show-defaults --block-number --interactive --confirmation --restrict
        --incremental
        """,
        is_strict=True,
        stdin="data",
        is_bundled=True,
        why=_OPTIONS,
        advice="give the archive to an option, and end the options: `tar -cf @ -- @`",
    ),
    *row(
        "cpio, pax, afio, bsdcpio",
        "D",
        """
        -ioptABcdfmnruvVSsklLz0a -I: -O: -F: -E: -C: -H: -R: -M: --rsh-command! --file: --directory: --format:
        --owner: --pattern-file: --block-size: --io-size: --message: --quiet --verbose --null --extract --create
        --pass-through --make-directories --list -P! -Z! --use-compress-program!
        """,
        is_strict=True,
        why=_OPTIONS,
        advice="end the options first: `cpio -i -- @`",
    ),
    *row(
        "zip, zipcloak, zipnote, zipsplit",
        "D",
        """
        -0123456789rjmqvuydfgXoTeDlLkJcwzASF -b: -n: -ix -P: -s: -O: -t: -R ~TT| --unzip-command| --recurse-paths
        --junk-paths --quiet --test --exclude: --include: --temp-path: --suffixes: --output-file: --password:
        --encrypt --from-date: --before-date: --split-size: --move --update --freshen --delete --grow --symlinks
        --names-stdin --verbose --no-extra --no-dir-entries
        """,
        is_strict=True,
        why="-TT and --unzip-command name a program that it runs",
        advice="end the options first: `zip -r -- out.zip @`",
    ),
    *row(
        """
        7z, 7za, 7zr, 7zz, rar, unrar, unzip, zipinfo, funzip, arj, lha, unar, lsar, p7zip, dar, zpaq, sevenzip,
        patool, dtrx, atool, aunpack
        """,
        "D",
        """
        -dP: -op? -x -q -n -l -t -v -j -C -a -L -X -y -r ~sfx* -~sfx* -i! --use-compress-program! --config$ -m?
        """,
        why=_OPTIONS,
        advice="begin the name with text of the script's own: `unzip -q ./@ -d /tmp/x`",
        ends="",
    ),
    *row(
        "sort, gsort",
        "D",
        """
        -bdfghiMnRrVcCmsuz -k: -o: -S: -t: -T: --compress-program! --files0-from: --key: --output: --buffer-size:
        --field-separator: --temporary-directory: --parallel: --batch-size: --random-source: --sort: --check?
        --ignore-leading-blanks --dictionary-order --ignore-case --general-numeric-sort --human-numeric-sort
        --ignore-nonprinting --month-sort --numeric-sort --random-sort --reverse --version-sort --merge --stable
        --unique --zero-terminated --debug --help --version
        """,
        is_strict=True,
        why="--compress-program names a program that it runs",
        advice="end the options first: `sort -- @`",
    ),
    *row(
        "split, gsplit, csplit",
        "D",
        """
        -a: -b: -C: -l: -n: -t: -d -e -u -x -f: -k -s -z --filter| --suffix-length: --additional-suffix: --bytes:
        --line-bytes: --lines: --number: --separator: --numeric-suffixes? --hex-suffixes? --elide-empty-files
        --unbuffered --verbose --prefix: --digits: --suffix-format: --quiet --silent --keep-files
        """,
        is_strict=True,
        why="--filter names a command that it runs for each part",
        advice="end the options first: `split -l 100 -- @ part-`",
    ),
    *row(
        "diff, colordiff, gdiff",
        "D",
        """
        -abBcdeEilnNpqrstTuwyZ -CDFILSUWxX: --to-file: --from-file: --unified? --context? --label: --width:
        --exclude: --exclude-from: --color? --ignore-matching-lines: --starting-file: --tabsize: --horizon-lines:
        --recursive --brief --report-identical-files --new-file --text --ignore-case --ignore-all-space
        --ignore-space-change --ignore-blank-lines --side-by-side --suppress-common-lines --minimal --ifdef:
        --show-function-line: --palette: --normal --ed --rcs --left-column --show-c-function --expand-tabs
        --initial-tab --no-dereference --ignore-file-name-case --unidirectional-new-file --strip-trailing-cr
        --speed-large-files --line-format: --changed-group-format: --diff-program!
        """,
        is_strict=True,
        why="programs of this family have options that name the program that compares",
        advice="end the options first: `diff -u -- @ new`",
    ),
    *row(
        "sdiff",
        "D",
        """
        -abBdEHilstWZ -oIw: --diff-program! --output: --ignore-matching-lines: --width: --text --minimal
        --expand-tabs --tabsize:
        """,
        is_strict=True,
        why="--diff-program names a program that it runs",
        advice="end the options first: `sdiff -- @ new`",
    ),
    *row(
        "diff3, merge",
        "D",
        """
        -aAeEimTxX3qp -L: --diff-program! --label: --merge --text --show-all --ed --show-overlap --easy-only
        --overlap-only --strip-trailing-cr
        """,
        is_strict=True,
        why="--diff-program names a program that it runs",
        advice="end the options first: `diff3 -- @ old new`",
    ),
    *row(
        "wdiff, interdiff, dwdiff, delta, difft, kdiff3, meld",
        "D",
        "--diff-program! --pager! --paging: --config! --diff-args! --override!",
        is_strict=True,
        why="some options name programs that it runs",
        advice="end the options first: `wdiff -- @ new`",
    ),
    *row(
        "patch, gpatch",
        "D",
        """
        -bceElnNRstTuvZf -BdDFgioprVxYz: --strip: --input: --output: --directory: --reject-file: --forward --reverse
        --dry-run --batch --backup --prefix: --suffix: --quiet --silent --get: --version-control: --unified
        --context --normal --ed! --force --fuzz: --ifdef: --merge? --remove-empty-files --basename-prefix:
        --backup-if-mismatch --no-backup-if-mismatch --posix --ignore-whitespace --binary --set-time --set-utc
        --verbose --reject-format: --read-only: --quoting-style: --follow-symlinks --debug: --help. --version.
        """,
        is_strict=True,
        why="a patch can be a script for ed, and some options fetch files by commands",
        advice="end the options first: `patch -p1 -i @`",
    ),
    *row(
        "install, ginstall",
        "D",
        """
        -bcCdDpsTvZ -g: -m: -o: -t: -S: --strip-program! --group: --mode: --owner: --target-directory: --suffix:
        --backup? --strip --directory --compare --no-target-directory --preserve-timestamps --preserve-context
        --context? --verbose --debug
        """,
        is_strict=True,
        why="--strip-program names a program that it runs",
        advice="end the options first: `install -m 600 -- @ /srv/x`",
    ),
    *row(
        "run-parts",
        "D",
        """
        -dv -au: --arg: --umask: --regex: --new-session --test --verbose --report --list --reverse --exit-on-error
        --lsbsysinit --debug
        """,
        is_strict=True,
        why="it runs the programs in the folder that its argument names",
        advice="name the folder in the script, and give the value to an option: `run-parts --arg=@ /etc/deploy.d`",
    ),
    *row(
        "logrotate",
        "D",
        """
        -dfv -s: -l: -m! --state: --log: --mail! --force --debug --verbose --skip-state-lock --wait-for-state-lock
        """,
        stdin="named",
        is_strict=True,
        why="it runs the commands of the configuration that its argument names",
        advice="name the configuration in the script: `logrotate --state=@ /etc/logrotate.conf`",
    ),
    *row(
        "savelog, cronolog, rotatelogs, multilog, svlogd, s6-log",
        "C",
        why="it runs programs that its arguments name on each file",
        advice="choose among words of the script: `case @ in (yes) savelog -n app.log;; esac`",
    ),
    *row(
        """
        update-alternatives, alternatives, xdg-open, xdg-mime, gio, gnome-open, kde-open, mimeopen, run-mailcap,
        sensible-browser, sensible-editor, sensible-pager, x-www-browser, select-editor, visudo, vipw, vigr,
        sudoedit, fzf, sk, peco, lesspipe, lessopen, batcat, bat, ranger, mc, lf, nnn, vifm, scrot,
        perlbug, neofetch, hyfetch
        """,
        "C",
        why="it starts the program that its arguments, or the kind of a file, choose",
        advice="name the program in the script: `cp -- @ /tmp/x`",
    ),
    *row(
        "exiftool",
        "D",
        """
        ~if! ~if2! ~if3! ~if4! ~if5! ~p! ~printFormat! ~config$ ~@! ~ ~d: ~dateFormat: ~o: ~out: ~ext: ~x: ~i: ~c: ~W:
        ~w: ~charset: ~lang? ~tagsFromFile: ~TagsFromFile: ~sep: ~srcfile: ~api: ~userParam: ~fileOrder: ~stay_open:
        ~json ~j ~csv ~r ~s ~S ~n ~a ~u ~q ~m ~P ~overwrite_original ~fast ~f ~g ~G ~h ~v ~X ~b ~t ~T ~L ~E ~all
        """,
        why="-if and -p are programs in Perl, and -config and -@ name files of code and of options",
        advice="begin the name with text of the script's own: `exiftool -json ./@`",
    ),
    *row(
        "cowsay, cowthink",
        "D",
        "-f$ -eTW: -bdgpstwynNh -l.",
        is_strict=True,
        why="-f names a picture, which is a program in Perl",
        advice="end the options first: `cowsay -- @`",
    ),
    *row(
        "facter",
        "D",
        """
        -djypvth -c$ -l: --custom-dir! --external-dir! --config$ --debug --json --yaml --hocon --puppet --log-level:
        --no-block --no-cache --no-custom-facts --no-external-facts --no-ruby --strict --verbose --timing --version
        """,
        is_strict=True,
        why="folders that its options name hold programs that it runs",
        advice="end the options first: `facter -- @`",
    ),
    *row(
        "csvtool",
        "+U",
        "-t: -u: -o: -h",
        is_strict=True,
        why="call runs the command that its argument names",
        advice="write the subcommand in the script: `csvtool col 1 @`",
    ),
    *row(
        "csvtool call",
        "+N",
        is_strict=True,
        why="it runs the command that its arguments name",
        advice="name the command in the script: `csvtool call cp ./@`",
    ),
    *row(
        "at, batch, crontab, atq, anacron, fcrontab, fcron, incrontab",
        "C",
        stdin="always",
        why="it keeps commands and runs them later",
        advice="write the value to a file that the later command reads: `printf '%s' @ > value.txt`",
    ),
    *row(
        """
        mount, umount, losetup, cryptsetup, mkfs, fsck, fusermount, mount.nfs, mount.cifs, swapon, lvm, dmsetup,
        mdadm, zfs, zpool, nbd-client, qemu-img, qemu-nbd, guestmount, virt-customize, virt-edit
        """,
        "C",
        why="a type, an option or a script in its arguments names a program or a device that it uses as root",
        advice="choose among words of the script: `case @ in (data) mount /srv/data;; esac`",
    ),
    *row(
        "debugfs, xfs_db, guestfish, qemu-system-x86_64, qemu-system-aarch64, kvm",
        "C",
        stdin="always",
        why="it runs the commands that its arguments or its input give, some of which run programs",
        advice="choose among words of the script: `case @ in (data) mount /srv/data;; esac`",
    ),
    *row(
        """
        prove, bats, shellspec, rspec, cucumber, behave, robot, ctags, etags, cscope, gtags, doxygen, cloc, scc,
        tokei, astyle, shfmt, shellcheck, eslint, prettier, tsc, babel, webpack, vite, rollup, esbuild, jest, mocha,
        vitest, ava, karma, stylelint, black, ruff, mypy, pyright, pylint, flake8, isort, pre-commit, rubocop,
        phpunit, phpstan, psalm, golangci-lint, hadolint, yamllint, ansible-lint, tflint, checkov, semgrep, trivy,
        grype, syft, sonar-scanner, codeql
        """,
        "L",
        """
        --config! --options! -c! --config-file! --plugin! --load-plugins! --rcfile! --init-hook! --rulesdir!
        --resolve-plugins-relative-to! --filter! --langdef! --preload! --require! -r! --loader! --reporter!
        --formatter! --parser! --project! -p! --setupFiles! --rootDir! --output: --format: --level: --severity: -o:
        -f: --bootstrap! --configuration!
        """,
        why="options and files of configuration name plugins that it runs",
        advice='name the files in the script, and end the options: `ruff check -- "./@"`',
    ),
]
