"""Interpreters: the text after an option, the file that the first operand names, or the standard input is code."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_RUNS = "it runs the text that its options give, or the file that its first argument names"
_MODULE = "this module runs the code that its arguments give or name"

ROWS = [
    *row(
        "python, pypy, pythonw, micropython, ipython, jython, graalpy, bpython, ptpython, cpython",
        "+S",
        """
        -?bBdEhIOPqRsStuvVx3 -i, -c!. -m@ -Q: -WX+ --help. --help-all. --help-env. --help-xoptions. --version.
        --check-hash-based-pycs:
        """,
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `python3 ./job.py @`",
    ),
    *row(
        "python -m timeit, pypy -m timeit",
        "C",
        "-hpv -nru: -s+ --number: --repeat: --setup+ --process --unit: --verbose --help.",
        is_strict=True,
        why=_MODULE,
        advice="let the statement read the environment: `x=@ python3 -m timeit 'import os; os.environ[\"x\"]'`",
    ),
    *row(
        "pdb, python -m pdb, pypy -m pdb",
        "+S",
        "-h -c+ -m$. -p: --command+ --help.",
        stdin="always",
        is_strict=True,
        why=_MODULE,
        advice="name the script, and give the value after it: `python3 -m pdb ./job.py @`",
    ),
    *row(
        "python -m trace, pypy -m trace",
        "+S",
        """
        -tTlrRcsgh -fC: --ignore-module: --ignore-dir: --file: --coverdir: --count --trace --listfuncs --module+
        --trackcalls --report --no-report --missing --summary --timing --help. --version.
        """,
        stdin="alone",
        is_strict=True,
        why=_MODULE,
        advice="name the script, and give the value after it: `python3 -m trace --trace ./job.py @`",
    ),
    *row(
        """
        python -m cProfile, pypy -m cProfile, python -m profile, pypy -m profile, python -m runpy, pypy -m runpy,
        python -m kernprof, python -m pyinstrument, python -m viztracer, python -m memory_profiler,
        python -m debugpy, python -m scalene, python -m line_profiler
        """,
        "+S",
        "-h -m$. -os: --outfile: --sort: --help.",
        stdin="alone",
        is_strict=True,
        why=_MODULE,
        advice="name the script, and give the value after it: `python3 -m cProfile ./job.py @`",
    ),
    *row(
        """
        python -m code, pypy -m code, python -m idlelib, python -m IPython, python -m asyncio, python -m doctest,
        python -m pydoc, pypy -m pydoc, pydoc
        """,
        "C",
        "-qhc!",
        stdin="always",
        is_strict=True,
        why=_MODULE,
        advice="name the script, and give the value after it: `python3 ./job.py @`",
    ),
    *row(
        """
        python -m zipapp, python -m compileall, python -m py_compile, python -m ensurepip, python -m venv,
        python -m virtualenv
        """,
        "D",
        "-h -p! -om: --python! --main! --output: --compress --prompt: --upgrade --clear",
        is_strict=True,
        why="its options write programs that run later",
        advice="end the options first: `python3 -m venv -- @`",
    ),
    *row(
        "coverage, python -m coverage",
        "U",
        "--rcfile$ --help. --version.",
        is_strict=True,
        why="coverage run runs the program that it names",
        advice="name the script, and give the value after it: `coverage run ./job.py @`",
    ),
    *row(
        "coverage run, python -m coverage run",
        "+S",
        """
        -aLph -m$. --append --branch --concurrency: --context: --data-file: --include: --module$. --omit:
        --parallel-mode --pylib --source: --timid --debug: --help. --rcfile+ --save-signal:
        """,
        stdin="alone",
        is_strict=True,
        why="it runs the program that its first argument names",
        advice="name the script, and give the value after it: `coverage run ./job.py @`",
    ),
    *row(
        "pytest, py.test, python -m pytest, nose2, python -m unittest",
        "L",
        """
        -xlsvqhfV -p! -c$ -o! -kmnrW: --rootdir! --confcutdir! --config-file$ --override-ini! --import-mode:
        --pdbcls! --basetemp: --junitxml: --junit-xml: --maxfail: --tb: --durations: --cov? --cov-config$
        --cov-report? --ignore: --ignore-glob: --deselect: --log-level: --log-file: --color: --capture: --pyargs
        """,
        why="it imports the tests and plugins that its arguments name",
        advice="name the tests in the script, and choose among them: `pytest -k @ -- tests`",
    ),
    *row(
        "perl",
        "+SC",
        "-acflsStTuUvwWX0123456789 -np; -eE! -Mm+ -F* -d*, -I: -CDiVx? --help.",
        stdin="alone",
        is_strict=True,
        why="it runs the text after -e, and its <> runs a file name that ends in | as a command",
        advice="name the script, and give the value after it: `perl ./job.pl @`",
    ),
    *row(
        "ruby, jruby, mruby, truffleruby, rbx, irb, erb",
        "+S",
        """
        -acdhlnpsSvwyTUW0123456789 -e! -r+, -F* -C: -IE: -iKx? --external-encoding: --internal-encoding: --encoding:
        --copyright --debug --disable? --enable? --dump: --yydebug --verbose --version. --help. --jit? --yjit?
        --backtrace-limit: --parser: --require+, --execute! --execute-print! --execute-continue!
        """,
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `ruby ./job.rb @`",
    ),
    *row(
        "node, nodejs, iojs, tsx, ts-node",
        "+S",
        """
        -hcv -i, -ep! -r+ -C: --eval! --print! --require+ --import+ --loader+ --experimental-loader+ --env-file:
        --env-file-if-exists: --check --interactive, --test --watch --watch-path: --inspect? --inspect-brk?
        --input-type: --conditions: --enable-source-maps --no-warnings --trace-warnings --trace-deprecation
        --throw-deprecation --no-deprecation --max-old-space-size: --max-semi-space-size: --stack-trace-limit:
        --unhandled-rejections: --title: --openssl-config+ --icu-data-dir: --dns-result-order: --test-reporter+
        --test-reporter-destination: --test-name-pattern: --run! --build-snapshot --snapshot-blob+ --expose-gc
        --harmony --preserve-symlinks --preserve-symlinks-main --experimental-strip-types --experimental-vm-modules
        --help. --version.
        """,
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `node ./job.js @`",
    ),
    *row(
        "node inspect, nodejs inspect, node debug, nodejs debug, tsx inspect, ts-node inspect",
        "C",
        stdin="always",
        why="a debugger runs what its input says",
        advice="name the script, and give the value after it: `node ./job.js @`",
    ),
    *row(
        "deno",
        "+U",
        "-qLh -A --quiet --log-level: --unstable --help. --version.",
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `deno run ./job.ts @`",
    ),
    *row(
        "deno run, deno serve, deno test, deno bench, deno compile",
        "+S",
        """
        -Aqh -rNREWS? -L: -c+ --allow-all --allow-read? --allow-write? --allow-net? --allow-env? --allow-run*
        --allow-ffi* --allow-sys? --allow-import? --deny-read? --deny-write? --deny-net? --deny-env? --deny-run?
        --config+ --no-config --import-map+ --no-check? --check? --cached-only --reload? --lock? --frozen?
        --node-modules-dir? --preload+ --env-file? --unstable --v8-flags: --seed: --no-remote --no-npm --quiet
        --watch? --inspect? --output: --target:
        """,
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `deno run ./job.ts @`",
    ),
    *row(
        "deno eval, deno repl, deno task, deno install, deno add, deno x, deno jupyter",
        "C",
        stdin="alone",
        why=_RUNS,
        advice="name the script, and give the value after it: `deno run ./job.ts @`",
    ),
    *row(
        "bun",
        "+U",
        """
        -ep! -r+ -bhiv --eval! --print! --preload+ --require+ --import+ --config+ --env-file: --cwd: --filter:
        --silent --watch --hot --bun --help. --version.
        """,
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `bun ./job.ts @`",
    ),
    *row(
        "bunx",
        "+LD",
        "--bun --no-install --verbose --silent -p!",
        is_strict=True,
        why="it installs and runs the package that its first argument names",
        advice="name the package in the script: `bunx cowsay @`",
    ),
    *row(
        "go run, cargo run, bun run, bun exec, bun test, bun create, bun x, bun -",
        "C",
        stdin="always",
        why="it builds or runs what its arguments name",
        advice="name the program, and give the value after it: `./bin/app @`",
    ),
    *row(
        "bun install, bun add, bun update, bun link, bun pm, bun patch, bun build",
        "L",
        "--cwd+ --config+ --registry+ --production --dev --global --frozen-lockfile",
        is_strict=True,
        why="what it installs runs as code, so a value may not choose a package or where it comes from",
        advice='name the package in the script: `bun add "app"`',
    ),
    *row(
        "php, php-cgi, hhvm",
        "+S",
        """
        -a, --< -CehHilmnqsvw -rBRE! -c+ -d+ -F$ -f$ -S: -t: -z+ --run! --process-begin! --process-code! --process-end!
        --process-file$ --file$ --define+ --php-ini+ --server: --docroot: --no-php-ini --interactive, --info.
        --modules. --version. --help. --syntax-check --no-header --strip --ini? --rf: --rc: --re: --rz: --ri:
        """,
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `php ./job.php -- @`",
    ),
    *row(
        "rails, flask, django-admin, manage.py, artisan, symfony, drush, wp, eb, copilot, balena",
        "U",
        stdin="session",
        why="some of its subcommands run code that their arguments or their input give",
        advice="write the subcommand in the script: `wp post create --post_title=@`",
    ),
    *row(
        """
        rails runner, rails r, flask shell, django-admin shell, manage.py shell, artisan tinker, wp eval, wp eval-file,
        wp shell, drush php, drush php-eval, drush ev, drush php-script, drush scr, drush core-cli
        """,
        "C",
        stdin="alone",
        why="it runs the code that its arguments or its input give",
        advice="write the value to a file that the code reads: `printf '%s' @ > value.txt`",
    ),
    *row(
        "lua, luajit, texlua, luau, luvit, resty, slsh",
        "+S",
        "-i, -EvWgnt -e+ -l+ -bjO+ -C: --version. --help. --quiet --no-readline --init-file$",
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `lua ./job.lua @`",
    ),
    *row(
        "tclsh, wish, jimsh",
        "+S",
        "-e! ~encoding: ~colormap: ~display: ~geometry: ~name: ~sync ~use: ~visual:",
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `tclsh ./job.tcl @`",
    ),
    *row(
        "expect, expectk",
        "+S",
        "-c+ -f$ -b$ -dDinNv",
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `expect -f ./job.exp -- @`",
    ),
    *row(
        "Rscript, littler, R, Rterm",
        "+S",
        """
        -e! -f$ -g: --file$ --interactive, --args. --verbose --vanilla --no-environ --no-site-file --no-init-file
        --no-save --no-restore --no-echo --slave --quiet --silent --save --restore --encoding: --default-packages+
        --debugger+ --version. --help.
        """,
        stdin="alone",
        is_strict=True,
        ends="",
        why=_RUNS,
        advice="name the script, and give the value after it: `Rscript ./job.R @`",
    ),
    *row(
        "julia",
        "+S",
        """
        -qvh -i, -eE! -LJH+ -Cpt: -Og? --eval! --print! --load+ --sysimage+ --project+ --startup-file: --history-file:
        --threads: --procs: --color: --banner: --compile: --optimize? --machine-file+ --handle-signals: --depwarn:
        --code-coverage? --track-allocation? --check-bounds: --quiet --interactive, --help. --version.
        """,
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `julia -- ./job.jl @`",
    ),
    *row(
        "groovy",
        "+S",
        """
        -e! -dhnpv -ail? -bcD: ~cp+ --classpath+ --configscript+ --basescript: --define: --encoding: --indy --help.
        --version.
        """,
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `groovy ./job.groovy @`",
    ),
    *row(
        "groovysh, jshell, bsh, jrunscript, jjs, nashorn, rdbg, byebug, pry, ksshell, volatility",
        "C",
        stdin="always",
        why=_RUNS,
        advice="give the value in the environment: `x=@ jshell ./job.jsh`",
    ),
    *row(
        "osascript",
        "+S",
        "-e! -lsi: -h",
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `osascript ./job.scpt @`",
    ),
    *row(
        "lein, boot",
        "C",
        stdin="always",
        why=_RUNS,
        advice="name the script, and give the value after it: `guile -s ./job.scm @`",
    ),
    *row(
        "guile",
        "S",
        """
        -c+ -e+ -l+ -x+ -s$. -L+ -C+ -q -n --< --fresh-auto-compile --no-auto-compile --no-debug --debug --listen?
        --language: --use-srfi: --r6rs --r7rs -h -v --help. --version.
        """,
        stdin="alone",
        is_strict=True,
        why=_RUNS,
        advice="name the script, and give the value after it: `guile -s ./job.scm @`",
    ),
    *row(
        """
        racket, gracket, raco, mzscheme, csi, chicken-csi, gosh, scheme, chez, petite, chibi-scheme, gsi,
        mit-scheme, sbcl, clisp, ecl, ccl, abcl, ros, newlisp, picolisp, pil, hy, janet, fennel, clojure, clj, bb
        """,
        "S",
        """
        -c+ -e+ -E+ -l+ -x+ -s$. -p+ -P+ -r+ -t+ -u$. -f+ -i+ -k+ -m+ -L+ -A+ -M+ -X+ -T+ -q -n --eval+ --load+
        --script$. --non-interactive --no-userinit --no-sysinit --disable-debugger --noinform --quit --core+
        --dynamic-space-size: --fresh-auto-compile --no-auto-compile --no-debug --debug --listen? --language:
        --use-srfi:
        """,
        stdin="alone",
        is_strict=True,
        ends="",
        why=_RUNS,
        advice="name the script, and give the value after it: `guile -s ./job.scm @`",
    ),
]
