"""Managers of packages and environments: what they install or start runs as code."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_INSTALLS = "what it installs runs as code, so a value may not choose a package or where it comes from"
_RUNS = "it runs the command that its arguments name"

_PIP_OPTIONS = """
    -IUqvhn -r$ -c: -e! -i! -f! -t: -d: -w: -C! --requirement$ --constraint: --editable! --index-url!
    --extra-index-url! --find-links! --target: --platform: --python-version: --implementation: --abi: --prefix:
    --src: --root: --cert: --client-cert: --proxy: --cache-dir: --trusted-host: --log: --timeout: --retries:
    --exists-action: --python! --config-settings! --config-setting! --global-option! --build-option!
    --install-option! --report: --progress-bar: --no-binary: --only-binary: --upgrade-strategy: --use-feature:
    --use-deprecated: --keyring-provider! --dest: --wheel-dir: --path: --format: --exclude: --pypi-url!
    --root-user-action: --upgrade --quiet --verbose --no-deps --pre --user --no-cache-dir --require-hashes
    --no-index --no-build-isolation --use-pep517 --break-system-packages --force-reinstall --ignore-installed
    --isolated --no-input --disable-pip-version-check --require-virtualenv --dry-run --no-compile --compile
    --yes --no-clean --prefer-binary --no-warn-script-location --no-color --debug --group$ --index!
    --default-index! --override: --system --script$ --allow-existing --seed -p! --outdated --local --all --files
    -y
    """

ROWS = [
    *row(
        """
        pip, pipx, uv, uvx, pdm, rye, hatch, poetry, pipenv, conda, mamba, micromamba, pixi, tox, nox, virtualenv,
        easy_install, python -m pip, pypy -m pip, python -m pipx, python -m tox, python -m nox, python -m poetry,
        python -m hatch, python -m pipenv, python -m build, twine, flit, maturin, buildout, ensurepip, pyenv,
        jupyter-lab
        """,
        "+U",
        """
        -qvhVny -p! -e! -c$ --python! --quiet --verbose --no-color --color: --isolated --require-virtualenv --log:
        --proxy: --retries: --timeout: --cache-dir: --cert: --trusted-host: --no-input --disable-pip-version-check
        --directory! --project! --config-file$ --no-cache --offline --no-progress --native-tls
        --allow-insecure-host: --env: --with! --from! --spec! --index-url! --pip-args! -C! --no-interaction
        --no-ansi --ansi --version --help
        """,
        is_strict=True,
        why=_RUNS + ", or installs packages, which run as code",
        advice='name the command or package in the script: `uv run -- cp -- @ /tmp/x`, `pip install "app==@"`',
    ),
    *row(
        """
        pip install, pip download, pip wheel, pip uninstall, pip show, pip list, pip index, python -m pip install, pypy
        -m pip install, python -m pip download, python -m pip wheel, uv pip, uv add, uv sync, uv lock, uv venv, uv
        build, uv publish, uv init, pipx install, pipx upgrade, pipx inject, pipx uninstall, poetry add, poetry install,
        poetry build, poetry publish, pdm add, pdm install, pipenv install, uv tool *,
        conda install, conda create, conda env, mamba install, mamba create, micromamba install, micromamba create,
        hatch build, hatch env, twine upload
        """,
        "L",
        f"""
        {_PIP_OPTIONS} -k: --name: --channel! --channels! --file$ --repository-url: --repository: --username:
        --password: --source! --extras: --extra: --with! --without: --only: --directory! --project! --package:
        --no-dev --frozen --locked
        """,
        is_strict=True,
        why=_INSTALLS,
        advice='name the package in the script: `pip install "app==@"`',
    ),
    *row(
        "uv tool",
        "+U",
        is_strict=True,
        why=_INSTALLS,
        advice='name the package in the script: `uv tool install "app==@"`',
    ),
    *row(
        """
        uv run, uv tool run, uvx *, pipx run, pipx runpip, poetry run, poetry shell, poetry config, pipenv run,
        pipenv shell, pdm run, rye run, hatch run, hatch shell, conda run, conda activate, conda config,
        conda build, mamba run, micromamba run, pixi run, tox *, nox *, pyenv exec, pyenv shell, pip config,
        pip cache, pip debug, python -m pip config
        """,
        "+N",
        """
        -qvs -n: -p! -m! -r$ -w! --with! --with-editable! --with-requirements$ --python! --no-project --isolated
        --no-sync --frozen --locked --extra: --group: --only-group: --no-group: --all-extras --all-groups --dev
        --no-dev --env-file: --no-env-file --directory! --project! --package: --module! --script! --spec!
        --pip-args! --index-url! --name: --prefix! --no-capture-output --live-stream --cwd: --env: --offline
        --no-cache --quiet --verbose
        """,
        is_strict=True,
        stdin="alone",
        why=_RUNS,
        advice="name the command in the script: `uv run -- cp -- @ /tmp/x`",
    ),
    *row(
        "npx, pnpx, corepack, volta, fnm, nvm, nodenv",
        "C",
        stdin="alone",
        why="it installs and runs what its arguments name, and some versions give arguments to a shell",
        advice="run the installed program: `node_modules/.bin/app -- @`",
    ),
    *row(
        "npm, pnpm, yarn, yarnpkg, cnpm",
        "+U",
        """
        -C! -w: -sqdgDEOSyPh --prefix! --workspace: --registry! --userconfig! --script-shell! --loglevel: --tag:
        --access: --otp: --dir! --filter: --silent --global --save-dev --yes --json --omit: --include:
        --ignore-scripts --cwd!
        """,
        is_strict=True,
        why="it gives arguments to the scripts of a package through a shell, or installs packages, which run as code",
        advice="give the value in the environment under a name that the script reads: `APP_VERSION=@ npm run deploy`",
    ),
    *row(
        """
        npm version, npm publish, npm dist-tag, npm view, npm pack, npm deprecate, pnpm publish, yarn publish,
        yarn version
        """,
        "D",
        """
        -m: -w: -C! --message: --tag: --access: --otp: --workspace: --registry: --prefix! --script-shell!
        --userconfig! --globalconfig! --node-options! --git! --editor! --new-version: --preid: --sign-git-tag
        --no-git-tag-version --dry-run --json --provenance --allow-same-version --ignore-scripts --no-git-checks
        --publish-branch: --cwd! --use-yarnrc!
        """,
        is_strict=True,
        why="some options set what runs the scripts of a package",
        advice="end the options first: `npm version --no-git-tag-version -- @`",
    ),
    *row(
        "npm *, pnpm *, yarn *, yarnpkg *, cnpm *",
        "C",
        stdin="run",
        why="it gives arguments to the scripts of a package through a shell, or installs packages, which run as code",
        advice="give the value in the environment under a name that the script reads: `APP_VERSION=@ npm run deploy`",
    ),
    *row(
        """
        gem, bundle, bundler, rbenv, rvm, chruby-exec, cpanm, carton, plenv, perlbrew, composer, pear, pecl,
        luarocks, opam, dub, nimble, shards, pod, fastlane, carthage, brew, asdf, mise, rtx, direnv, aws-vault, op,
        doppler, sops, chamber, teller, infisical, gopass, summon, dotenvx, env-cmd, with-env, saml2aws, granted,
        assume, awsume, gimme-aws-creds, berglas, secrethub, akeyless, envchain, ejson, bws, rbw
        """,
        "+U",
        """
        -qv -C: -e: -f: -p: --path: --debug --backend: --prompt: --config! --account: --session: --token: --verbose
        --quiet --profile: --silent
        """,
        is_strict=True,
        why=_RUNS + ", or installs packages, which run as code",
        advice="name the command in the script, after --: `bundle exec cp -- @ /tmp/x`",
    ),
    *row(
        """
        bundle exec, bundler exec, rbenv exec, asdf exec, carton exec, plenv exec, perlbrew exec, opam exec,
        composer exec, brew sh
        """,
        "+N",
        "-qv --keep-file-descriptors --gemfile$ --quiet --verbose --with: --switch: --set-switch",
        is_strict=True,
        stdin="alone",
        why=_RUNS,
        advice="name the command in the script: `bundle exec cp -- @ /tmp/x`",
    ),
    *row(
        "op run, doppler run, teller run, infisical run, dotenvx run, dotenv run, bws run",
        "M",
        """
        -p: -c: -e: -f: -t: --env-file: --environment: --env: --project: --config: --token: --no-masking --account:
        --session: --mount: --mount-format: --mount-template: --mount-max-reads: --preserve-env? --fallback:
        --fallback-passphrase: --only-secrets: --name-transformer: --watch --command| --silent --quiet --path:
        --tags: --overload
        """,
        is_strict=True,
        stdin="alone",
        why=_RUNS,
        advice="name the command in the script: `op run -- cp -- @ /tmp/x`",
    ),
    *row(
        "dotenv",
        "+U",
        "-fqe: --file: --quote: --export: --version. --help.",
        is_strict=True,
        why="run runs the command that its arguments name",
        advice="name the command in the script: `dotenv -f @ run cp a /tmp/x`",
    ),
    *row(
        "direnv exec",
        "+DN",
        is_strict=True,
        stdin="alone",
        why=_RUNS,
        advice="name the command in the script: `direnv exec . cp -- @ /tmp/x`",
    ),
    *row(
        "aws-vault exec, saml2aws exec",
        "DM",
        """
        -nsj -t: -d: -a: -r: --duration: --region: --no-session --backend: --prompt: --ecs-server --ec2-server
        --server --lazy --json --stdout --debug --mfa-token: --exec-profile: --start --idp-account:
        """,
        is_strict=True,
        stdin="alone",
        why=_RUNS,
        advice="name the command in the script: `aws-vault exec app -- cp -- @ /tmp/x`",
    ),
    *row(
        "chamber exec, rtx exec, aws-vault export",
        "C",
        stdin="alone",
        why=_RUNS,
        advice="give the value in the environment, and read it in a script: `x=@ chamber exec app -- ./job.sh`",
    ),
    *row(
        "sops exec-env, sops exec-file, envchain *, summon *",
        "C",
        stdin="alone",
        why="it gives its arguments to a shell",
        advice="export the value, and let the command read it: `x=@ sops exec-env secrets.yaml './deploy \"$x\"'`",
    ),
    *row(
        "cpan",
        "C",
        stdin="alone",
        why=_INSTALLS + ", and commands that it reads run code",
        advice="write the packages in the script, and choose among them: `case @ in (web) cpan install Plack;; esac`",
    ),
    *row(
        """
        gem *, cpanm *, composer *, pear *, pecl *, luarocks *, opam *, pod *, brew *, asdf *, mise *,
        rbenv *, rvm *, bundle *, fastlane *
        """,
        "C",
        stdin="alone",
        why=_INSTALLS,
        advice="write the packages in the script, and choose among them: `case @ in (web) bundle install;; esac`",
    ),
    *row(
        """
        apt, apt-get, aptitude, apt-cache, apt-key, apt-mark, apt-file, add-apt-repository, apt-ftparchive, dselect,
        nala
        """,
        "D",
        """
        -qdsyufhmbV -o|= -c$ -t: -a: -P: --option|= --config-file$ --target-release: --default-release:
        --host-architecture: --build-profiles: --yes --assume-yes --no-install-recommends --install-recommends
        --quiet? --allow-downgrades --download-only --dry-run --simulate --purge --reinstall --fix-broken
        --fix-missing --no-upgrade --only-upgrade --allow-unauthenticated! --allow-change-held-packages
        --auto-remove --installed --upgradable --no-install-suggests --print-uris --show-progress --no-download
        """,
        is_strict=True,
        why="-o sets what it runs",
        advice="end the options first: `apt-get install -y -- @`",
    ),
    *row(
        "dpkg, dpkg-deb, dpkg-query",
        "D",
        """
        -iIrPVCAlLsSpcexXfbBDEGORW -a: --admindir! --root! --instdir! --pre-invoke! --post-invoke! --status-logger!
        --path-exclude: --path-include: --log: --admin-dir! --install --remove --purge --unpack --configure
        --force-confold --force-confdef --force-all --sign-command! --check-command! --hook!
        """,
        why="some options name hooks that it runs, and a package's own scripts run as root",
        advice="begin the name with text of the script's own: `dpkg -i ./@`",
    ),
    *row(
        """
        dpkg-source, dpkg-buildpackage, debuild, debchange, dch, debsign, lintian, gbp, dget, uscan, alien,
        checkinstall
        """,
        "C",
        why="its options and the source that its arguments name hold commands that it runs",
        advice="give the value in the environment: `DEBFULLNAME=@ dch -r x`",
    ),
    *row(
        "rpm, rpmquery, rpmverify, rpmbuild, rpm2cpio, rpmkeys, rpmsign, rpmspec, rpmdb",
        "D",
        """
        -ivhUFeqVKalfcdpt -E! -D! --eval! --define! --undefine: --pipe! --rcfile$ --macros$ --load$ --predefine!
        --root: --dbpath: --queryformat! --qf! --import --install --upgrade --erase --query --verify --nodeps
        --force --noscripts --quiet --prefix: --relocate: --target: --with: --without:
        """,
        is_strict=True,
        why="macros such as %(…) in its arguments run commands",
        advice="end the options first: `rpm -q -- @`",
    ),
    *row(
        """
        yum, dnf, microdnf, zypper, tdnf, pacman, paru, yay, makepkg, apk, emerge, ebuild, equery, xbps-install,
        eopkg, slackpkg, installpkg, swupd, opkg, pkg, pkg_add, pkgin, snapcraft, winget, choco, scoop
        """,
        "D",
        """
        -yqvnbCSRQhu -c$ -x: -d: -e: --setopt! --config$ --plugin! --enableplugin! --disableplugin: --installroot!
        --releasever: --enablerepo: --disablerepo: --repo: --repofrompath! --nogpgcheck! --exclude: --assumeyes
        --quiet --refresh --best --allowerasing --nobest --downloadonly --root! -p! --dbpath! --gpgdir! --hookdir!
        --sysroot! --noconfirm --needed --no-cache --virtual: -t: --repository! -X! --allow-untrusted! --keys-dir!
        --non-interactive --no-recommends --raw-solver! --plus-repo!
        """,
        stdin="session",
        is_strict=True,
        why="some options set what it runs, or where packages come from",
        advice="end the options first: `dnf install -y -- @`",
    ),
]
