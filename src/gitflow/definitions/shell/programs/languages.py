"""Programs with a language of their own: an argument is a program, an expression or a build in it."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_OWN_LANGUAGE = "it reads this argument as a program in a language of its own"
_BUILD = "it runs the build that its arguments name, and its options change what the build runs"
_AWK = "give the value in the environment: `x=@ awk '{ print ENVIRON[\"x\"] }' file`"

ROWS = [
    *row(
        "awk, mawk, nawk, bwk, original-awk, goawk, frawk, wawk",
        "+CD",
        """
        -v= -F: -f$ -W+ -V. --version. --help. --csv -e! -E$. -il+ --assign= --field-separator: --file$
        """,
        stdin="pipes",
        is_strict=True,
        why=_OWN_LANGUAGE,
        advice=_AWK,
    ),
    *row(
        "gawk",
        "+CD",
        """
        -bcCghIkMnNOPrsStV -v= -F: -f$ -e! -E$. -il+ -D? -d? -L? -o? -p? -W+ --assign= --field-separator: --file$
        --source! --exec$. --include+ --load+ --characters-as-bytes --traditional --copyright --debug?
        --dump-variables? --gen-pot --help --trace --csv --lint? --bignum --non-decimal-data --use-lc-numeric
        --pretty-print? --optimize --profile? --posix --re-interval --no-optimize --sandbox --lint-old --persist
        --version
        """,
        stdin="pipes",
        is_strict=True,
        why=_OWN_LANGUAGE,
        advice="give the value in the environment: `x=@ gawk '{ print ENVIRON[\"x\"] }' file`",
    ),
    *row(
        "sed, gsed, ssed, minised, sd",
        "CD",
        """
        -nErsuzb -e! -f$ -iI? -l: --expression! --file$ --quiet --silent --regexp-extended --in-place?
        --line-length: --null-data --zero-terminated --separate --unbuffered --posix --debug --sandbox
        --follow-symlinks --binary --help. --version.
        """,
        stdin="edits",
        is_strict=True,
        why=_OWN_LANGUAGE,
        advice="let awk read the value from the environment: `x=@ awk '{ sub(/old/, ENVIRON[\"x\"]) } 1' file`",
    ),
    *row(
        "rename, prename, file-rename, perl-rename",
        "CD",
        """
        -vnfdu0 -e! -E! --expr! --verbose --nono --force --path --fullpath --filename --null --no-act --symlink
        --last
        """,
        is_strict=True,
        why="its first argument is a program in Perl",
        advice="move the files one by one: `mv -- @ /tmp/x`",
    ),
    *row(
        "jq, gojq, jaq",
        "CD",
        """
        -cnrjaCMSsehRV -f$ -L+ --arg:: --argjson:: --argfile:: --slurpfile:: --rawfile:: --args --jsonargs --tab
        --indent: --from-file$ --library-path+ --compact-output --null-input --raw-output --raw-output0
        --join-output --ascii-output --color-output --monochrome-output --sort-keys --unbuffered --stream
        --stream-errors --seq --exit-status --slurp --raw-input --binary --build-configuration --yaml-input
        --yaml-output --help. --version.
        """,
        stdin="alone",
        is_strict=True,
        why=_OWN_LANGUAGE,
        advice="name the value for the program: `jq --arg x @ '.name == $x' file`",
    ),
    *row(
        """
        xq, tomlq, dasel, jless, mlr, miller, gron, jql, jid, zq, nushell, dsq, textql, xsv, qsv, csvsql, csvgrep
        """,
        "C",
        why=_OWN_LANGUAGE,
        advice="give the value in the environment: `x=@ yq '.name = strenv(x)' file`",
    ),
    *row(
        "yq",
        "CCD",
        """
        -CeiMnNPrvhVyYcjS -I: -o: -p: -sfL+ -w: --arg:: --argjson:: --slurpfile:: --rawfile:: --from-file!
        --expression! --split-exp+ --split-exp-file+ --inplace --null-input --no-doc --prettyPrint --unwrapScalar?
        --exit-status --colors --no-colors --indent: --output-format: --input-format: --tojson --yaml-output
        --in-place --front-matter: --header-preprocess --verbose
        """,
        is_strict=True,
        why=_OWN_LANGUAGE,
        advice="give the value in the environment: `x=@ yq '.name = strenv(x)' file`",
    ),
    *row(
        "xmlstarlet, xml, saxon, xidel, pup, htmlq, hxselect, basex, zorba",
        "C",
        why="it evaluates the expression or style sheet that its arguments give",
        advice="give the value as input: `printf '%s' @ | xmllint --noout -`",
    ),
    *row(
        "xmllint",
        "D",
        """
        --xpath! --shell --schema: --relaxng: --schematron$ --dtdvalid: --dtdvalidfpi: --encode: --output: -o:
        --path: --pretty: --pattern! --maxmem: --noout --format --html --nonet --recover --stream --valid --c14n
        --noblanks --xinclude --quiet
        """,
        is_strict=True,
        ends="",
        why="--xpath and --pattern are programs in a language of their own",
        advice="begin the name with text of the script's own: `xmllint --noout ./@`",
    ),
    *row(
        "xsltproc",
        "C",
        """
        -o: --output: --stringparam:: --encoding: --maxdepth: --nonet --novalid --noout --html --timing --verbose
        """,
        is_strict=True,
        why="it runs the style sheet that its arguments name",
        advice="give the value to a parameter of the style sheet: `xsltproc --stringparam x @ style.xsl in.xml`",
    ),
    *row(
        """
        ed, red, ex, vi, vim, nvim, view, vimdiff, rvim, rview, gvim, gview, evim, elvis, nvi, vile, kak, hx, helix,
        micro, nano, pico, rnano, joe, jed, mg, ne, emacs, emacsclient, emacs-nox, xemacs, zile, subl, gedit
        """,
        "C",
        stdin="always",
        why="it takes commands from its options, from words that begin with +, or from what it reads",
        advice="change the file with a program that takes data: `printf '%s\\n' @ > file`",
    ),
    *row(
        "less, more, most, man, pinfo, info, w3mman",
        "C",
        why="some of its options, and words that begin with +, are commands that it runs",
        advice="print the text: `cat -- @`",
    ),
    *row(
        """
        gdb, gdbserver, lldb, rr, cgdb, ddd, dtrace, bpftrace, stap, systemtap, sysdig, radare2, r2, rizin, jdb,
        delve, dlv, trace-cmd, uftrace, drgn, kgdb, crash, scanmem, jtag
        """,
        "C",
        stdin="always",
        why="it runs commands that its options give, or a program with its arguments through a shell",
        advice="export the value, and read it from the program's environment: `x=@ gdb -batch -x ./commands.gdb ./app`",
    ),
    *row(
        "make, gmake, bmake, pmake, remake, dmake, nmake, mk, checkmake, colormake",
        "C",
        """
        -BbdeikLmnpqrRSstvw -C! -f$ -I! -E! -j? -l? -O? -o! -W! --always-make --directory! --file$ --makefile$
        --eval! --include-dir! --jobs? --load-average? --max-load? --output-sync? --old-file! --what-if! --new-file!
        --assume-old! --assume-new! --environment-overrides --ignore-errors --keep-going --check-symlink-times
        --just-print --dry-run --recon --print-data-base --question --no-builtin-rules --no-builtin-variables
        --silent --quiet --no-silent --no-keep-going --stop --touch --trace --version. --print-directory
        --no-print-directory --warn-undefined-variables --debug? --shuffle? --help.
        """,
        stdin="alone",
        is_strict=True,
        reads_environment=True,
        why="make expands $(shell …) in variables, also in those of its environment, and in the names of targets",
        advice="write the value to a file that a recipe reads: `printf '%s' @ > value.txt`",
    ),
    *row(
        "ninja, samu, ninja-build",
        "D",
        "-nvwh -f$ -C! -t! -d: -jkl: --version. --verbose --quiet",
        is_strict=True,
        why=_BUILD,
        advice="end the options first: `ninja -C build -- @`",
    ),
    *row(
        "cmake",
        "C",
        """
        -D= -G: -S/ -B: -U: -A: -T: -C$ -P$ -W? --install-prefix: --prefix: --config: --parallel? --log-level:
        --fresh --build! --install! --target! --preset: --toolchain$ --build-options! --open! --trace --version
        """,
        is_strict=True,
        why="-E and -P run commands and scripts, and targets and generators reach other build programs",
        advice='give the value to an entry of the cache with a name: `cmake -S . -B build "-DAPP_VERSION=@"`',
    ),
    *row(
        """
        meson, scons, waf, bazel, bazelisk, buck, pants, please, plz, tup, redo, xmake, premake, qmake, gn,
        autoreconf, configure, autoconf, automake, autom4te, aclocal, libtool, cpack, ctest, conan, vcpkg, bitbake
        """,
        "C",
        stdin="named",
        why=_BUILD,
        advice="give the value in a file that the build reads: `printf '%s' @ > value.txt`",
    ),
    *row(
        "nix-shell",
        "C",
        "--run| --command|",
        stdin="shell",
        is_strict=True,
        why=_BUILD,
        advice="give the value in a file that the build reads: `printf '%s' @ > value.txt`",
    ),
    *row(
        "nix, nix-build, nix-instantiate, nix-env, guix",
        "C",
        stdin="open",
        why=_BUILD,
        advice="give the value in a file that the build reads: `printf '%s' @ > value.txt`",
    ),
    *row(
        "mvn, mvnw, mvnd",
        "L",
        """
        -BCNUVXaenoqvh -D= -P: -T: -b: -f$ -s$ -t$ -l: ~gs$ ~gt$ ~pl: ~rf: ~am ~amd ~ff ~fae ~fn ~ntp ~llr ~nsu ~cpu
        ~npu ~emp! ~ep! --define= --activate-profiles: --threads: --file$ --settings$ --global-settings$
        --toolchains$ --projects: --resume-from: --log-file: --batch-mode --quiet --errors --offline
        --update-snapshots --non-recursive --also-make --fail-fast --fail-at-end --no-transfer-progress
        --show-version --color:
        """,
        is_strict=True,
        why="goals, settings and build files that its arguments name choose plugins that it runs",
        advice='give the value to a property with a name: `mvn -B "-Drevision=@" package`',
    ),
    *row(
        "gradle, gradlew",
        "L",
        """
        -?hSsdiqwamtu -P= -D= -x: -b$ -c$ -I! -p! -g! -T: --project-prop= --system-prop= --init-script!
        --build-file$ --settings-file$ --include-build! --project-dir! --gradle-user-home! --project-cache-dir:
        --exclude-task: --max-workers: --console: --tests: --warning-mode: --write-verification-metadata:
        --stacktrace --info --debug --quiet --daemon --no-daemon --parallel --build-cache --no-build-cache --offline
        --refresh-dependencies --scan --continue --dry-run --rerun-tasks --profile
        """,
        is_strict=True,
        why="tasks, scripts and folders that its arguments name run as code",
        advice='give the value to a property with a name: `gradle "-Pversion=@" build`',
    ),
    *row(
        "ant, maven, grails, sbtw, leiningen",
        "C",
        stdin="named",
        why="its arguments name tasks, build files and properties, which can name programs and plugins that it runs",
        advice="give the value in the environment under a name that the build reads: `APP_VERSION=@ ant build`",
    ),
    *row(
        """
        just, task, rake, go-task, mage, thor, invoke, inv, fab, fabric, doit, grunt, gulp, jake, cake, earthly,
        dagger, tilt, skaffold, overmind, foreman, honcho, goreman, hivemind, procodile, forego, lerna, nx, turbo,
        moon, wireit
        """,
        "C",
        stdin="alone",
        why="it pastes its arguments into the scripts of its tasks, or runs the commands that they name",
        advice="give the value in the environment under a name that the task reads: `APP_VERSION=@ just deploy`",
    ),
    *row(
        "terraform, tofu, terragrunt, opentofu, packer, cdktf, pulumi",
        "D",
        """
        ~chdir! ~var: ~var-file: ~target: ~replace: ~out: ~state: ~state-out: ~backup: ~lock? ~lock-timeout?
        ~parallelism? ~plugin-dir! ~backend-config: ~from-module! ~config! ~input? ~auto-approve ~no-color
        ~compact-warnings ~refresh-only ~refresh? ~destroy ~upgrade ~reconfigure ~migrate-state ~json ~raw
        ~detailed-exitcode ~generate-config-out: ~only: ~except: ~force ~on-error? ~timestamp-ui ~color? ~recursive
        ~check ~diff ~get?
        """,
        stdin="session",
        is_strict=True,
        why="some options name configuration, plugins and modules that it runs",
        advice='give the value as a variable: `terraform apply -var "version=@"`',
    ),
    *row(
        "ansible-console",
        "C",
        stdin="always",
        why="it runs the commands that it reads on the hosts",
        advice="read the value with lookup('env', 'x'): `x=@ ansible-playbook site.yaml`",
    ),
    *row(
        "ansible-galaxy",
        "L",
        """
        -fgincv -r$ -s! -p: --role-file$ --requirements-file$ --server! --roles-path: --collections-path: --init-path:
        --token: --api-key: --keyring: --timeout: --force --force-with-deps --no-deps --ignore-certs --ignore-errors
        --keep-scm-meta --offline --pre --upgrade
        """,
        is_strict=True,
        why="what it installs runs as code, so a value may not choose a role or where it comes from",
        advice='name the role in the script: `ansible-galaxy install "acme.app,@"`',
    ),
    *row(
        "ansible-vault",
        "D",
        """
        -Jpvn: --vault-password-file! --vault-pass-file! --new-vault-password-file! --vault-id! --new-vault-id!
        --encrypt-vault-id: --name: --stdin-name: --output: --ask-vault-password --ask-vault-pass --prompt
        --show-input --skip-tty-check
        """,
        is_strict=True,
        why="a file of a password that its options name is run where it is a program",
        advice="give the value as input: `printf '%s' @ | ansible-vault encrypt_string --stdin-name x`",
    ),
    *row(
        """
        ansible, ansible-playbook, ansible-pull, ansible-inventory, ansible-test, ansible-runner,
        ansible-navigator
        """,
        "C",
        """
        -CDKkbvh -ltuTfc: --limit: --tags: --skip-tags: --user: --start-at-task: --forks: --timeout: --check --diff
        --become --list-hosts --list-tasks --list-tags --syntax-check --step --flush-cache
        """,
        stdin="named",
        is_strict=True,
        why="modules, templates ({{ … }}) and extra variables in its arguments run as code on the hosts",
        advice="read the value with lookup('env', 'x'): `x=@ ansible-playbook site.yaml`",
    ),
]
