"""Everyday subcommands of git, each with the options that its manual lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.definitions.shell.options import row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitflow.definitions.shell.options import Program

_WHY = "a value that begins with a dash would be an option, and some of git's options name programs and files"


def _git(command: str, options: str, *, advice: str = "") -> Sequence[Program]:
    advice = advice or f"end the options first: `git {command} -- @`"
    return row(f"git {command}", "D", options, is_strict=True, ends="-- --end-of-options", why=_WHY, advice=advice)


ROWS = [
    *_git(
        "commit",
        """
        -qvseaiponz -FmcC: -Su? -t! --quiet --verbose --file: --author: --date: --message: --reedit-message:
        --reuse-message: --fixup: --squash: --reset-author --trailer: --signoff --template! --edit --cleanup:
        --status --gpg-sign? --all --include --interactive --patch --only --no-verify --dry-run --short --branch
        --ahead-behind --porcelain --long --null --amend --no-post-rewrite --untracked-files?
        --pathspec-from-file: --pathspec-file-nul
        """,
        advice="give the message to an option: `git commit -m @`",
    ),
    *_git(
        "tag",
        """
        -ldvaesfi -mFu: -n? --list --delete --verify --annotate --message: --file: --edit --sign --cleanup:
        --local-user: --force --create-reflog --column? --contains: --no-contains: --merged: --no-merged:
        --sort: --points-at: --format: --color? --ignore-case
        """,
        advice="end the options first: `git tag -m @ -- @`",
    ),
    *_git(
        "merge",
        """
        -nevq -XmF: -S? -s! --stat --summary --log? --squash --commit --edit --cleanup: --ff --ff-only
        --rerere-autoupdate --verify-signatures --strategy! --strategy-option: --message: --file: --into-name:
        --verbose --quiet --abort --quit --continue --allow-unrelated-histories --progress --gpg-sign?
        --autostash --overwrite-ignore --signoff --no-verify
        """,
        advice="end the options first: `git merge --end-of-options @`",
    ),
    *_git(
        "cherry-pick",
        """
        -nesx -mX: -S? --quit --continue --abort --skip --cleanup: --no-commit --edit --signoff --mainline:
        --rerere-autoupdate --strategy! --strategy-option: --gpg-sign? --ff --allow-empty --allow-empty-message
        --keep-redundant-commits
        """,
        advice="end the options first: `git cherry-pick --end-of-options @`",
    ),
    *_git(
        "revert",
        """
        -nes -mX: -S? --quit --continue --abort --skip --cleanup: --no-commit --edit --signoff --mainline:
        --rerere-autoupdate --strategy! --strategy-option: --gpg-sign? --reference
        """,
        advice="end the options first: `git revert --end-of-options @`",
    ),
    *_git(
        "checkout",
        """
        -lqmdf23p -bB: -t? --guess --overlay --quiet --recurse-submodules? --progress --merge --conflict:
        --detach --track? --force --orphan: --overwrite-ignore --ignore-other-worktrees --ours --theirs --patch
        --ignore-skip-worktree-bits --pathspec-from-file: --pathspec-file-nul
        """,
        advice="end the options first: `git checkout --end-of-options @`",
    ),
    *_git(
        "switch",
        """
        -qmdf -cC: -t? --create: --force-create: --guess --discard-changes --quiet --recurse-submodules?
        --progress --merge --conflict: --detach --track? --force --orphan: --overwrite-ignore
        --ignore-other-worktrees
        """,
        advice="end the options first: `git switch --end-of-options @`",
    ),
    *_git(
        "restore",
        """
        -SWqm23p -s: --source: --staged --worktree --ignore-unmerged --overlay --quiet --recurse-submodules?
        --progress --merge --conflict: --ours --theirs --patch --ignore-skip-worktree-bits --pathspec-from-file:
        --pathspec-file-nul
        """,
    ),
    *_git(
        "branch",
        """
        -vqradDmMcClfi -u: -t? --verbose --quiet --track? --set-upstream-to: --unset-upstream --color? --remotes
        --contains: --no-contains: --abbrev? --all --delete --move --copy --list --show-current --create-reflog
        --edit-description --force --merged: --no-merged: --column? --sort: --points-at: --ignore-case
        --recurse-submodules --format:
        """,
    ),
    *_git(
        "am",
        """
        -i3qsukmcr -Cp: -S? --interactive --3way --quiet --signoff --utf8 --keep --keep-non-patch --message-id
        --keep-cr --no-keep-cr --scissors --quoted-cr: --whitespace: --ignore-space-change --ignore-whitespace
        --directory: --exclude: --include: --patch-format: --reject --resolvemsg: --continue --resolved --skip
        --abort --quit --show-current-patch? --allow-empty --committer-date-is-author-date --ignore-date
        --rerere-autoupdate --gpg-sign? --empty:
        """,
    ),
    *_git(
        "apply",
        """
        -N3zRvq -pC: --exclude: --include: --no-add --stat --numstat --summary --check --index --intent-to-add
        --cached --unsafe-paths --apply --3way --build-fake-ancestor: --whitespace: --ignore-space-change
        --ignore-whitespace --reverse --unidiff-zero --reject --allow-overlap --verbose --quiet --inaccurate-eof
        --recount --directory: --allow-empty
        """,
    ),
    *_git(
        "add",
        """
        -nvipefuNA --dry-run --verbose --interactive --patch --edit --force --update --renormalize
        --intent-to-add --all --ignore-removal --refresh --ignore-errors --ignore-missing --sparse --chmod:
        --pathspec-from-file: --pathspec-file-nul
        """,
    ),
    *_git(
        "rm",
        """
        -nqfr --dry-run --quiet --cached --force --ignore-unmatch --sparse --pathspec-from-file:
        --pathspec-file-nul
        """,
    ),
    *_git(
        "reset",
        """
        -qpN --quiet --no-refresh --mixed --soft --hard --merge --keep --recurse-submodules? --patch
        --intent-to-add --pathspec-from-file: --pathspec-file-nul
        """,
        advice="end the options first: `git reset --end-of-options @`",
    ),
    *_git(
        "clean",
        """
        -qnfidxX -e: --quiet --dry-run --force --interactive --exclude:
        """,
    ),
    *_git(
        "describe",
        """
        --contains --debug --all --tags --long --first-parent --abbrev? --exact-match --candidates: --match:
        --exclude: --always --dirty? --broken?
        """,
        advice="end the options first: `git describe --end-of-options @`",
    ),
    *_git(
        "ls-files",
        """
        -ztvfcdmoisku -xX: --cached --deleted --modified --others --ignored --stage --killed --directory --eol
        --empty-directory --unmerged --resolve-undo --exclude: --exclude-from: --exclude-per-directory:
        --exclude-standard --full-name --recurse-submodules --error-unmatch --with-tree: --abbrev? --debug
        --deduplicate --sparse --format:
        """,
    ),
    *_git(
        "ls-tree",
        """
        -drtzl --long --name-only --name-status --object-only --full-name --full-tree --format: --abbrev?
        """,
    ),
    *_git(
        "cat-file",
        """
        -eptsz --allow-unknown-type --use-mailmap --mailmap --batch? --batch-check? --batch-command?
        --batch-all-objects --buffer --follow-symlinks --unordered --textconv! --filters! --path:
        """,
    ),
    *_git(
        "update-ref",
        """
        -dz -m: --no-deref --stdin --create-reflog
        """,
    ),
    *_git(
        "symbolic-ref",
        """
        -qd -m: --quiet --delete --short --recurse
        """,
    ),
    *_git(
        "show-ref",
        """
        -dq -s? --tags --heads --verify --head --dereference --hash? --abbrev? --quiet --exclude-existing?
        """,
    ),
    *_git(
        "for-each-ref",
        """
        -sp --shell --perl --python --tcl --count: --format: --color? --sort: --points-at: --merged:
        --no-merged: --contains: --no-contains: --ignore-case
        """,
        advice="give the value to a listed option: `git for-each-ref --format=@`",
    ),
    *_git(
        "status",
        """
        -vsbz -uM? --verbose --short --branch --show-stash --ahead-behind --porcelain? --long --null
        --untracked-files? --ignored? --ignore-submodules? --column? --no-renames --find-renames?
        """,
        advice="end the options first: `git status --short -- @`",
    ),
    *_git(
        "shortlog",
        """
        -cnse -w? --committer --numbered --summary --email --group: -n -L: --since: --until: --author: --format:
        --no-merges --all
        """,
        advice="end the options first: `git shortlog --end-of-options @`",
    ),
    *_git(
        "blame",
        """
        -bfnpctlsew -SL: -CM? --incremental --root --show-stats --progress --score-debug --show-name
        --show-number --porcelain --line-porcelain --show-email --ignore-rev: --ignore-revs-file: --color-lines
        --color-by-age --minimal --contents: --abbrev?
        """,
    ),
    *_git(
        "format-patch",
        """
        -nNskpq -vo: --numbered --no-numbered --signoff --stdout --cover-letter --numbered-files --suffix:
        --start-number: --reroll-count: --filename-max-length: --rfc --cover-from-description: --subject-prefix:
        --output-directory: --keep-subject --no-binary --zero-commit --ignore-if-in-upstream --no-stat
        --add-header: --to: --cc: --from? --in-reply-to: --attach? --inline? --thread? --signature: --base:
        --signature-file: --quiet --progress --interdiff: --range-diff: --creation-factor: --force-in-body-from
        --ext-diff! --textconv! --output!
        """,
        advice="end the options first: `git format-patch --end-of-options @`",
    ),
    *row(
        "git commit-tree",
        "D",
        "-pmF: -S? --gpg-sign?",
        is_strict=True,
        why=_WHY,
        advice="give the message to an option: `git commit-tree -m @ HEAD^{tree}`",
    ),
    *row(
        """
        git mv, git rev-parse, git merge-base, git name-rev, git var, git count-objects, git gc, git fsck,
        git prune, git repack, git pack-refs, git verify-commit, git verify-tag, git update-index, git hash-object,
        git check-ref-format, git check-ignore, git check-attr, git interpret-trailers, git mktree, git write-tree,
        git read-tree, git merge-file, git merge-tree, git mailinfo, git mailsplit, git patch-id, git stripspace,
        git column
        """,
        "D",
        """
        --verify --quiet --short? --abbrev-ref? --symbolic --symbolic-full-name --show-toplevel --show-prefix
        --git-dir --git-path: --resolve-git-dir: --is-inside-work-tree --is-bare-repository --default: --prefix:
        --all --branches? --tags? --remotes? --is-ancestor --octopus --fork-point --independent --name-only --refs:
        --aggressive --auto --prune? --full --stdin --path: --trailer: --in-place --parse --only-trailers
        --trailer-command! --exec! --force
        """,
        is_strict=True,
        ends="-- --end-of-options",
        why=_WHY,
        advice="end the options first: `git rev-parse --end-of-options @`",
    ),
]
