"""git and other tools for versions of source: options, addresses and settings that run programs."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_REMOTE = "some options and addresses name programs that it runs"
_RUNS = "it runs commands that its arguments give"

#: Options that many subcommands share.
_DIFF = """
    -UGSMCBDXOlRaWwbzcmup -h --output! --ext-diff! --textconv! --unified: --format: --pretty? --word-diff?
    --word-diff-regex: --color? --stat? --dirstat? --diff-filter: --diff-algorithm: --anchored:
    --inter-hunk-context: --ignore-matching-lines: --src-prefix: --dst-prefix: --line-prefix: --relative?
    --submodule? --ignore-submodules? --skip-to: --rotate-to: --find-object: --abbrev? --output-indicator-new:
    --output-indicator-old: --output-indicator-context: --ws-error-highlight: --patch --no-patch --raw --numstat
    --shortstat --name-only --name-status --summary --no-renames --find-renames? --find-copies? --cached
    --staged --quiet --exit-code --no-index --merge-base --check --binary --full-index --no-color --minimal
    --patience --histogram --no-ext-diff --no-textconv --color-words? --color-moved? --pickaxe-all
    --pickaxe-regex
    """
_LOG = """
    --since: --until: --after: --before: --author: --committer: --grep: --max-count: --skip: --date: --decorate?
    --decorate-refs: --decorate-refs-exclude: --branches? --tags? --remotes? --glob: --exclude: --min-parents:
    --max-parents: --encoding: --notes? --show-signature --follow --all --oneline --graph --merges --no-merges
    --first-parent --reverse --no-decorate --left-right --cherry-pick --cherry-mark --cherry --ancestry-path?
    --topo-order --date-order --full-history --simplify-by-decoration --boundary --no-walk? --stdin
    --invert-grep --all-match --regexp-ignore-case --abbrev-commit --no-abbrev-commit --parents --children
    --count --objects --walk-reflogs --no-notes --source --use-mailmap --diff-merges: --cc -n: -L: -g -i -E -F
    -P -s -t -q
    """


def _log(options: str = "") -> str:
    flags, taking = "RaWwbzcmuphgiEFPstq0123456789", "UGSOlnLo"
    return f"-{flags} -{taking}: -MCBDX? {_without_letters(_DIFF)} {_without_letters(_LOG)} {options}"


def _without_letters(text: str) -> str:
    return " ".join(token for token in text.split() if token.startswith("--"))


ROWS = [
    *row(
        "git",
        "+U",
        """
        -c|= -C: -pPhv --config-env! --exec-path! --git-dir! --work-tree: --namespace: --super-prefix: --attr-source:
        --bare --paginate --no-pager --no-replace-objects --literal-pathspecs --glob-pathspecs --noglob-pathspecs
        --icase-pathspecs --no-optional-locks --no-lazy-fetch --no-advice --list-cmds: --version. --help.
        --html-path --man-path --info-path
        """,
        is_strict=True,
        why="-c and other options set what git runs",
        advice="write the options in the script: `git -C @ status`",
    ),
    *row(
        "git clone",
        "D",
        """
        -lsqvn46 -u! -c! -o: -b: -j: --upload-pack! --config! --template! --reference: --reference-if-able:
        --origin: --branch: --revision: --depth: --shallow-since: --shallow-exclude: --separate-git-dir: --jobs:
        --server-option: --filter: --bundle-uri: --ref-format: --recurse-submodules? --recursive? --local --no-local
        --no-hardlinks --shared --dissociate --quiet --verbose --progress --no-checkout --bare --mirror
        --single-branch --no-single-branch --no-tags --tags --shallow-submodules --no-shallow-submodules
        --remote-submodules --no-remote-submodules --sparse --reject-shallow --no-reject-shallow
        --also-filter-submodules --ipv4 --ipv6
        """,
        is_strict=True,
        why=_REMOTE,
        advice="end the options first: `git clone -- @ repository`",
    ),
    *row(
        "git fetch, git pull",
        "D",
        """
        -afkpPtuqvnm46hr -S? -j: -oX: -s! --upload-pack! --depth: --deepen: --shallow-since: --shallow-exclude:
        --refmap: --server-option: --filter: --jobs: --negotiation-tip: --recurse-submodules?
        --recurse-submodules-default: --submodule-prefix: --set-upstream --all --append --atomic --dry-run --force
        --keep --multiple --prune --prune-tags --no-tags --tags --no-prune --unshallow --update-shallow --quiet
        --verbose --progress --no-progress --porcelain --write-fetch-head --no-write-fetch-head --auto-maintenance
        --no-auto-maintenance --auto-gc --no-auto-gc --stdin --prefetch --rebase? --no-rebase --ff --no-ff --ff-only
        --squash --no-squash --commit --no-commit --edit --no-edit --strategy! --strategy-option: --gpg-sign?
        --verify --no-verify --autostash --no-autostash --allow-unrelated-histories --stat --no-stat --signoff
        --cleanup: --log? --update-head-ok --ipv4 --ipv6 --refetch
        """,
        is_strict=True,
        why=_REMOTE,
        advice="end the options first: `git fetch -- origin @`",
    ),
    *row(
        "git push",
        "D",
        """
        -dfnquv46 -o: --receive-pack! --exec! --repo: --push-option: --force-with-lease? --recurse-submodules?
        --signed? --all --branches --mirror --tags --follow-tags --prune --delete --force --force-if-includes
        --atomic --dry-run --porcelain --progress --quiet --verbose --set-upstream --thin --no-thin --verify
        --no-verify --no-force-with-lease --no-signed --ipv4 --ipv6
        """,
        is_strict=True,
        why=_REMOTE,
        advice="end the options first: `git push -- origin @`",
    ),
    *row(
        """
        git ls-remote, git fetch-pack, git send-pack, git archive, git upload-pack, git upload-archive,
        git receive-pack, git http-fetch, git http-push
        """,
        "D",
        """
        -bthqvl0123456789 -o: --upload-pack! --exec! --remote! --receive-pack! --server-option: --sort: --heads
        --branches --tags --refs --quiet --exit-code --get-url --symref --format: --prefix: --output: --add-file:
        --add-virtual-file: --mtime: --list --verbose --worktree-attributes --depth: --all --thin --keep --stdin
        """,
        is_strict=True,
        why=_REMOTE,
        advice="end the options first: `git ls-remote -- @`, or begin the word with the script's own text",
    ),
    *row(
        "git rebase",
        "D",
        """
        -imvqnfkhre -x| -X: -s! -S? -C: --exec| --onto: --keep-base --strategy! --strategy-option: --whitespace:
        --empty: --interactive --merge --continue --abort --skip --quit --edit-todo --show-current-patch --apply
        --autosquash --no-autosquash --autostash --no-autostash --root --fork-point --no-fork-point
        --reapply-cherry-picks --no-reapply-cherry-picks --keep-empty --no-keep-empty --allow-empty-message
        --rebase-merges? --update-refs --no-update-refs --reschedule-failed-exec --quiet --verbose --stat --no-stat
        --verify --no-verify --signoff --force-rebase --no-ff --committer-date-is-author-date --ignore-date
        --reset-author-date --ignore-whitespace --gpg-sign? --no-gpg-sign --rerere-autoupdate
        """,
        is_strict=True,
        why="-x gives it a command for a shell",
        advice='begin the revision with text of the script\'s own: `git rebase "refs/heads/@"`',
        ends="--end-of-options",
    ),
    *row(
        """
        git bisect, git filter-branch, git shell, git instaweb, git web--browse, git difftool--helper,
        git mergetool--lib, git sh-setup, git credential-store, git credential, git for-each-repo, git hook,
        git citool, git gui, git gitk, git svn, git p4, git cvsimport, git cvsserver, git cvsexportcommit,
        git quiltimport, git daemon, git http-backend, git fast-import, git imap-send, git remote-ext,
        git remote-fd, git maintenance, git scalar, git lfs, git annex, git flow, git filter-repo, git test,
        git absorb, git branchless, git secret, git crypt
        """,
        "C",
        stdin="always",
        why=_RUNS,
        advice="give the value in the environment, and read it in a script: `x=@ git bisect run ./check.sh`",
    ),
    *row(
        "git submodule",
        "+U",
        "-q --quiet --cached",
        is_strict=True,
        why="foreach gives its arguments to a shell, and add and update fetch from addresses",
        advice="end the options first: `git submodule update --init -- @`",
    ),
    *row(
        "git submodule foreach",
        "C",
        stdin="run",
        why="it gives its arguments to a shell",
        advice="export the value, and let the command read it: `x=@ git submodule foreach 'git tag \"$x\"'`",
    ),
    *row(
        "git submodule *",
        "D",
        """
        -fq -b: -j: -n: --branch: --name: --reference: --depth: --jobs: --filter: --recursive --init --remote
        --force --checkout --merge --rebase --no-fetch --recommend-shallow --quiet --all --cached --files
        --single-branch --progress --no-single-branch --ref-format: --default --upload-pack! --config!
        """,
        is_strict=True,
        why=_REMOTE,
        advice="end the options first: `git submodule add -- @ vendor/x`",
    ),
    *row(
        "git difftool, git mergetool",
        "D",
        """
        -dgyhu -x| -t! -O: --extcmd| --tool! --dir-diff --gui --no-gui --prompt --no-prompt --symlinks --no-symlinks
        --trust-exit-code --no-trust-exit-code --tool-help --cached --staged --rotate-to: --skip-to:
        """,
        is_strict=True,
        why="some options name the program that it runs",
        advice="name the tool in the script, and end the options: `git difftool -y -- @`",
    ),
    *row(
        """
        git log, git show, git whatchanged, git rev-list, git diff, git diff-tree, git diff-index, git diff-files,
        git range-diff, git reflog, git annotate, git cherry
        """,
        "D",
        _log(
            "--output-directory: --open-files-in-pager* --contents: --ignore-rev: --ignore-revs-file: --porcelain "
            "--line-porcelain --incremental --message: --include-untracked"
        ),
        is_strict=True,
        ends="--end-of-options --",
        why="some options run the programs that settings and attributes name, or write files",
        advice="end the options first: `git log --end-of-options @`",
    ),
    *row(
        "git grep",
        "D",
        """
        -GEFPIaivwnlLqchpWzrHo0123456789 -O* -A: -B: -C: -e: -f: -m: --open-files-in-pager* --ext-grep! --textconv!
        --max-depth: --max-count: --threads: --context: --after-context: --before-context: --color? --and --or --not
        --all-match --cached --untracked --no-index --recurse-submodules --name-only --files-with-matches --count
        --line-number --column --heading --break --show-function --function-context --quiet --ignore-case
        --word-regexp --invert-match --fixed-strings --extended-regexp --basic-regexp --perl-regexp --full-name
        --null --only-matching --no-exclude-standard --exclude-standard --text --files-without-match --no-textconv
        --no-recursive --recursive
        """,
        is_strict=True,
        why="-O runs a pager that its argument names",
        advice="give the pattern to an option: `git grep -e @ -- src`",
    ),
    *row(
        "git stash",
        "D",
        """
        -akqupSh -m: --message: --include-untracked --no-include-untracked --only-untracked --all --patch
        --keep-index --no-keep-index --staged --quiet --index --pathspec-from-file: --pathspec-file-nul --ext-diff!
        --textconv! --output!
        """,
        is_strict=True,
        why="some options run the programs that settings and attributes name, or write files",
        advice="end the options first: `git stash push -m @ -- file`",
    ),
    *row(
        "git config",
        "C",
        why="many settings of git name programs that it runs",
        advice="set it for one command through data of its own: `GIT_AUTHOR_NAME=@ git commit -m release`",
    ),
    *row(
        "git send-email",
        "C",
        why="some options name programs that it runs",
        advice="name the options in the script: `git send-email --to=ops HEAD~1`",
    ),
    *row(
        "git remote",
        "+U",
        "-v --verbose",
        is_strict=True,
        why="an address such as ext::… is a program that it runs",
        advice="end the options first: `git remote add -- origin @`",
    ),
    *row(
        "git remote *, git init, git worktree, git bundle, git sparse-checkout, git notes, git replace",
        "D",
        """
        -fqdnp -bBmFt: --template! --mirror? --track --no-track --master: --tags --no-tags --prune --all --push
        --add --delete --dry-run --reason: --lock --detach --orphan --checkout --no-checkout --force --guess-remote
        --expire: --porcelain --initial-branch: --separate-git-dir: --object-format: --ref-format: --shared? --bare
        --quiet --edit!
        """,
        is_strict=True,
        why=_REMOTE,
        advice="end the options first: `git worktree add -- @`",
    ),
    *row(
        "git *",
        "D",
        "--exec! --upload-pack! --receive-pack! --config! --template! --ext-diff! --textconv!",
        is_strict=True,
        why="it may be an alias, a program of its own, or have options that run programs",
        advice="write the subcommand that git's manual lists: `git log --end-of-options @`",
    ),
    *row(
        "hg, chg",
        "C",
        why="--config, aliases and addresses in its arguments name programs that it runs",
        advice="write the options in the script, and choose: `case @ in (stable) hg update stable;; esac`",
    ),
    *row(
        """
        svn, svnadmin, svnserve, svnsync, cvs, bzr, brz, darcs, fossil, jj, p4, pijul, rcs, repo, gclient, tig,
        gitk, git-upload-pack, git-receive-pack, git-shell, hub, tea
        """,
        "D",
        """
        -Nq -rmFcRBHlab: -x! -d! -e! -t! --config-option! --config! --config-dir! --editor-cmd! --diff-cmd!
        --diff3-cmd! --extensions! --tunnel! --rsh! --repository: --revision: --message: --file: --username:
        --password: --depth: --changelist: --title: --body: --base: --head: --label: --non-interactive
        --trust-server-cert --force --quiet --verbose --editor! --exec! --jq! --template!
        """,
        is_strict=True,
        why="some options name programs that it runs",
        advice="end the options first: `svn checkout -- @`",
    ),
    *row(
        "gh, glab",
        "+U",
        "-R: --repo: --version --help",
        is_strict=True,
        why="aliases and extensions that its arguments name run commands",
        advice="write the subcommand in the script: `gh -R @ issue list`",
    ),
    *row(
        "gh alias, gh extension, gh ext, gh codespace, gh cs, gh config, glab alias, glab config",
        "C",
        why="it stores or runs the commands that its arguments give",
        advice="write the subcommand in the script: `gh issue create --title @ --body @`",
    ),
    *row(
        "gh *, glab *",
        "D",
        """
        -R: -t: -b: -B: -H: -l: -a: -r: -m: -n: -f: -F: -q! -T: -L: -s: -S: -A: -e: -p: -j: -dwivc --repo: --title:
        --body: --body-file: --base: --head: --label: --assignee: --reviewer: --milestone: --notes: --notes-file:
        --target: --ref: --field: --raw-field: --header: --input: --method: --jq! --template! --json: --limit:
        --state: --search: --author: --editor --web --fill --draft --prerelease --latest --generate-notes
        --verify-tag --discussion-category: --env: --org: --user: --app: --visibility: --branch: --workflow: --job:
        --log --name: --dir: --pattern: --add-label: --remove-label: --project: --upload-pack! --subject: --squash
        --merge --rebase --auto --delete-branch --admin --description: --source-branch: --target-branch: --tag-name:
        --clone --remote-name:
        """,
        is_strict=True,
        why="some options are programs, or are given to git",
        advice="end the options first: `gh release create --notes @ -- @`",
    ),
]
