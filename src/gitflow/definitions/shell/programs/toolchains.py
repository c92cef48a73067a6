"""Languages that are compiled first: their tools run what is named, and what a project says."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_RUNS = "it runs the text that its options give, or the file that its first argument names"

ROWS = [
    *row(
        "java, javaw, jre",
        "+S",
        """
        ~jar$. ~cp+ ~classpath+ --class-path+ ~p+ --module-path+ ~m$. --module$. ~agentlib* ~agentpath* ~javaagent*
        --add-modules: --add-opens: --add-exports: --add-reads: --patch-module+ --upgrade-module-path+ --source:
        --enable-native-access? --enable-preview --limit-modules: --illegal-access? --list-modules. --show-version
        --dry-run ~version. ~showversion ~verbose? ~help. ~server ~client ~ea ~da ~esa ~dsa ~enableassertions
        ~disableassertions -D? -X*
        """,
        is_strict=True,
        ends="",
        why="it runs the class, the archive or the source that its arguments name",
        advice="name the program in the script, and give the value after it: `java -jar app.jar @`",
    ),
    *row(
        "javac, scalac, groovyc",
        "C",
        why="its options name plugins, processors and scripts that it runs",
        advice="name the files in the script: `javac -d out src/App.java`",
    ),
    *row(
        "kotlin, kotlinc, kotlinc-jvm, kotlinc-native, scala, scala-cli, amm, sbt, mill",
        "C",
        stdin="alone",
        why="it reads its arguments as code, as commands or as the name of a program",
        advice="give the value in the environment: `x=@ scala run.jar`",
    ),
    *row(
        """
        swift, swiftc, carcrystal, nim, dart, elm, vala, rdmd, dmd, ldc2, runghc, runhaskell, stack, cabal
        """,
        "+S",
        """
        -vnqxa -e+ -Co: ~race ~tags: ~mod: ~ldflags+ ~gcflags+ ~asmflags+ ~exec+ ~toolexec+ ~overlay+ ~modfile+
        ~pgo: ~cover --run+
        """,
        stdin="alone",
        is_strict=True,
        why="it builds and runs the source that its arguments name",
        advice="build the program first, and give the value to it: `./bin/app @`",
    ),
    *row(
        "swift repl",
        "C",
        stdin="always",
        why="it runs what its input says",
        advice="build the program first, and give the value to it: `./bin/app @`",
    ),
    *row(
        "go",
        "+U",
        "-C:",
        is_strict=True,
        why="some of its subcommands run the code that their arguments name",
        advice="build the program first, and give the value to it: `./bin/app @`",
    ),
    *row(
        "go build, go test, go install, go generate, go vet, go get, go tool, go list, go env",
        "L",
        """
        ~toolexec! ~exec! ~overlay! ~ldflags! ~gcflags! ~asmflags! ~gccgoflags! ~compiler! ~vettool! ~modfile$
        ~pkgdir: ~o: ~tags: ~mod: ~run: ~bench: ~count: ~timeout: ~p: ~coverprofile: ~covermode: ~coverpkg: ~cpu:
        ~parallel: ~skip: ~C: ~buildmode: ~installsuffix: ~pgo: ~race ~v ~x ~n ~a ~json ~short ~failfast ~cover
        ~trimpath ~work ~u ~t ~m ~f: ~w! ~args.
        """,
        is_strict=True,
        ends="",
        why="it builds or runs the packages that its arguments name",
        advice="name the packages in the script: `go test -run=@ ./pkg`",
    ),
    *row(
        "cargo",
        "+U",
        """
        -qvVh -ZC: --config! --locked --offline --frozen --color: --quiet --verbose --list. --explain: --version.
        --help.
        """,
        is_strict=True,
        plus=True,
        why="it builds and runs the packages and configuration that its arguments name",
        advice="build the program first, and give the value to it: `target/release/app @`",
    ),
    *row(
        """
        cargo build, cargo test, cargo check, cargo clippy, cargo bench, cargo doc, cargo fmt, cargo publish,
        cargo install, cargo add
        """,
        "L",
        """
        -qvrkh -FjpZ: --config! --manifest-path$ --path$ --git! --index! --registry: --target-dir: --target!
        --package: --features: --bin: --example: --test: --bench: --profile: --color: --jobs: --exclude:
        --message-format: --version: --release --all-features --no-default-features --workspace --all --lib --bins
        --tests --examples --locked --offline --frozen --quiet --verbose --no-run --root:
        """,
        is_strict=True,
        why="it builds and runs the packages and configuration that its arguments name",
        advice="build the program first, and give the value to it: `target/release/app @`",
    ),
    *row(
        "dotnet, mono",
        "+U",
        """
        -dhv --diagnostics --info. --version. --list-sdks. --list-runtimes. --additionalprobingpath!
        --additional-deps! --depsfile$ --runtimeconfig$ --fx-version: --roll-forward:
        """,
        is_strict=True,
        why="it runs the program or the script that its arguments name",
        advice="name the program in the script, and give the value after it: `dotnet app.dll @`",
    ),
    *row(
        """
        dotnet script, dotnet fsi, dotnet exec, dotnet run, dotnet msbuild, dotnet build, dotnet test,
        dotnet publish, dotnet tool, dotnet new, msbuild, xbuild, csc, fsc
        """,
        "C",
        stdin="alone",
        why="it evaluates properties and scripts in its arguments",
        advice="build the program first, and give the value to it: `dotnet app.dll @`",
    ),
    *row(
        "erlc, escript, elixir, elixirc, mix, rebar3, gleam",
        "C",
        stdin="alone",
        why="it evaluates arguments, or runs the script or task that they name",
        advice="give the value in the environment: `x=@ elixir ./job.exs`",
    ),
    *row(
        """
        ghc, ocaml, ocamlrun, ocamlfind, agda, mlton, smlsharp
        """,
        "C",
        stdin="alone",
        why=_RUNS,
        advice="build the program first, and give the value to it: `./bin/app @`",
    ),
    *row(
        """
        ghci, utop, coqtop, idris, sml, poly, swipl, prolog, gprolog, yap, hugs, erl, iex
        """,
        "C",
        stdin="always",
        why=_RUNS,
        advice="build the program first, and give the value to it: `./bin/app @`",
    ),
    *row(
        """
        gnuplot, octave, octave-cli, matlab, scilab, scilab-cli, maxima, sage, mathematica, wolframscript, bc, gp,
        dc, m4, gforth, ginsh, yacas, qalc, spatch, apl, dyalog, stata, sas, spss, Singular, sympy, polymake
        """,
        "C",
        stdin="always",
        why="it evaluates what its arguments give or name, and what it reads",
        advice="compute with a program that takes data: `x=@ awk 'BEGIN { print ENVIRON[\"x\"] * 2 }'`",
    ),
    *row(
        "expr",
        "D",
        is_strict=True,
        why="a value could become an operator of the expression",
        advice="compare with `case`, or compute in the flow: `case @ in (yes) echo agreed;; esac`",
    ),
]
