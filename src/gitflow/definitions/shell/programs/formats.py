"""Documents, media and compilers: what they read can be a program, and their options name others."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

ROWS = [
    *row(
        """
        salt, salt-call, salt-ssh, salt-run, puppet, bolt, chef, chef-shell, chef-apply, chef-client, chef-solo,
        chef-run, knife, cfengine, cf-agent, rex, capistrano, cap, mina, pyinfra
        """,
        "C",
        stdin="always",
        why="states, manifests and commands in its arguments run as code on the hosts",
        advice="give the value in the environment, where the manifest reads it: `FACTER_x=@ puppet apply site.pp`",
    ),
    *row(
        """
        envconsul, consul-template, gomplate, confd, jinja2, j2, mustache, ytt, jsonnet, jrsonnet, cue, dhall, kcl,
        pkl, nickel, opa, conftest, cel, rego, gotpl, sigil, ejs, pug, handlebars, hugo, jekyll, mkdocs,
        sphinx-build, asciidoctor, m2r
        """,
        "C",
        stdin="named",
        why="it evaluates templates and expressions, some of which run commands",
        advice="give the value in the environment, where the template reads it: `x=@ gomplate -f template.txt`",
    ),
    *row(
        """
        tex, etex, latex, pdftex, pdflatex, xetex, xelatex, luatex, lualatex, luahbtex, dvilualatex, context,
        mtxrun, latexmk, arara, tectonic, texi2dvi, texi2pdf, metafont, mf, mpost, bibtex, biber, makeindex, dvips,
        tex4ht, htlatex
        """,
        "C",
        stdin="always",
        why="it reads its arguments as TeX, which can run commands and write files",
        advice="write the value to a file that the document reads as data: `printf '%s' @ > value.txt`",
    ),
    *row(
        "groff, troff, nroff, roff, ptroff, ditroff, eqn, pic, soelim, grap",
        "C",
        "-U,",
        stdin="alone",
        is_strict=True,
        why="requests in its arguments and input can run commands",
        advice="print plain text: `printf '%s\\n' @ | fold -s`",
    ),
    *row(
        """
        gs, ghostscript, gsc, ps2pdf, ps2ps, pdf2ps, ps2ascii, eps2eps, epstopdf, ps2epsi, dvipdf, pdfopt, gsx,
        a2ps, enscript
        """,
        "C",
        stdin="alone",
        why="it runs the PostScript that its arguments give or name",
        advice="name the file in the script: `cp -- @ in.pdf; pdftotext in.pdf out.txt`",
    ),
    *row(
        """
        convert, magick, mogrify, identify, composite, montage, animate, conjure, gm, inkscape, gimp, blender,
        krita, dot, rrdtool, povray, openscad, freecad, freecadcmd, soffice, libreoffice, lowriter, localc, unoconv,
        kicad-cli
        """,
        "C",
        stdin="alone",
        why="a name such as msl:file or a command in its arguments makes it run scripts, or read and write other files",
        advice="give fixed names to files first: `cp -- @ in.png; convert png:in.png out.jpg`",
    ),
    *row(
        "ffmpeg, ffprobe, ffplay, avconv, mplayer, mpv, mencoder, vlc, cvlc, sox, gst-launch",
        "D",
        """
        ~i: ~f: ~c: ~vf! ~af! ~filter_complex! ~lavfi! ~filter! ~filter_script$ ~filter_complex_script$ ~t: ~ss:
        ~to: ~r: ~s: ~b: ~metadata: ~map: ~codec: ~vcodec: ~acodec: ~crf: ~preset: ~loglevel: ~v: ~y ~n ~hide_banner
        ~nostdin --script! --scripts! --lua! --config-dir! --include! --input-conf! --effects-file$ --play-file$ -I!
        --extraintf! --sout! --load-scripts!
        """,
        is_strict=True,
        ends="",
        why="filters, scripts and protocols in its arguments can read and write other files, or run code",
        advice="begin the name with text of the script's own: `ffmpeg -i ./@ ./out.mp4`",
    ),
    *row(
        """
        pandoc, rst2html, rst2pdf, docutils, quarto, jupyter, jupyter-nbconvert, papermill, marimo, nbconvert,
        rmarkdown, typst, wkhtmltopdf, weasyprint, prince, chromium, chrome, google-chrome, chromium-browser,
        firefox, phantomjs, casperjs, playwright, puppeteer, cypress, selenium-side-runner
        """,
        "C",
        """
        -o: -f! -t! -V: -M: -s -N --output: --from! --to! --metadata: --title-prefix: --standalone --toc -F! -L! -d!
        -H! --filter! --lua-filter! --pdf-engine! --pdf-engine-opt! --template! --defaults! --data-dir!
        --extract-media: --metadata-file:
        """,
        is_strict=True,
        why="filters, templates, readers and pages in its arguments run as code",
        advice="give fixed names to files first: `cp -- @ in.md; pandoc -o out.html in.md`",
    ),
    *row(
        """
        cpp, gcc, cc, c89, c99, g++, gcc-ar, gfortran, gdc, gnat, gccgo, c++, clang, clang++, clang-cl, tcc, icc, icx,
        ifort, nvcc, hipcc, emcc, em++
        """,
        "D",
        """
        -o: -c -S -E -g -w -v -D: -U: -I: -x: -l: -L: -O? -W* -f* -m? -B! -T! -X! -R? -M? -p? -s -t? -u: -z: -e: -a
        -A: -C! -r ~std? ~wrapper! ~specs! ~Xclang! ~Xlinker! ~Xassembler! ~Xpreprocessor! ~Xarch_host! ~plugin!
        ~load! ~include! ~imacros! ~isystem: ~idirafter: ~iquote: ~MF: ~MT: ~MQ: ~shared ~static ~pthread ~pipe
        ~pedantic ~dumpbase: ~dumpdir: ~ccbin! ~fplugin! ~fuse-ld! ~no-canonical-prefixes ~nostdlib ~MD ~MMD
        --plugin! --plugin-opt! --sysroot! --config! --specs! --gcc-toolchain! --ld-path! --std: --output: --linker!
        --codegen! --addon! --export-file! --extern! --cfg: --edition: --crate-name: --crate-type: --target!
        --version --help
        """,
        stdin="named",
        is_strict=True,
        ends="",
        why="some options, and files of options such as @file, name plugins and programs that it runs",
        advice="begin the name with text of the script's own: `gcc -c ./@`",
    ),
    *row(
        "ld, lld, ld.lld, ld.gold, ld.bfd, gold, mold, collect2",
        "D",
        """
        -oelLubyhmz: -T! ~plugin! ~plugin-opt! ~rpath: ~soname: ~Map: --plugin! --plugin-opt! --script! --sysroot!
        --output: --entry: --shared --static --gc-sections --strip-all -s -S -r -E -g -q -v -V -i -n -N -M -t
        --version-script! --dynamic-linker! ~dynamic-linker!
        """,
        is_strict=True,
        ends="",
        why="plugins and scripts that its options name decide what it builds and runs",
        advice="begin the name with text of the script's own: `ld -o @ ./a.o`",
    ),
    *row(
        "ar, ranlib, nm, objcopy, ldd, dlltool, windres, dwp, lto-wrapper, objdump, readelf",
        "D",
        """
        --plugin! --target: --output: --preprocessor! --as! --dlltool-name: --section: --add-section:
        --only-section: --input-target: --output-target: --demangle?
        """,
        is_strict=True,
        ends="",
        why="some options name plugins and programs that it runs, and @file names a file of options",
        advice="begin the name with text of the script's own: `nm ./@`",
    ),
    *row(
        "as",
        "D",
        """
        -o: -I: -J -K -L -M -R -Z -W -v -w -g -f -a? -s -D -n --defsym: --gstabs --gdwarf-5 --statistics --version
        --target-help --warn --no-warn --fatal-warnings --listing-lhs-width: --MD: --64 --32 --x32 ~march: ~mtune:
        ~mcpu: ~mfpu: ~mthumb ~mabi:
        """,
        stdin="source",
        is_strict=True,
        ends="",
        why="what it reads becomes a part of a program, and @file names a file of options",
        advice="begin the name with text of the script's own: `as -o app.o ./@`",
    ),
    *row(
        "rustc, rustdoc",
        "D",
        """
        -gOvVh -olLWADF: -C! -Z! --cfg: --crate-type: --crate-name: --edition: --emit: --print: --out-dir: --target!
        --codegen! --extern! --sysroot! --test --cap-lints: --error-format: --color: --verbose --version --help
        --crate-version: --markdown-css: --theme: --html-in-header!
        """,
        stdin="named",
        is_strict=True,
        ends="",
        why="linkers, plugins and macros that its options name run while it builds",
        advice="begin the name with text of the script's own: `rustc -o @ ./main.rs`",
    ),
    *row(
        """
        protoc, buf, thrift, flatc, capnp, swig, bison, yacc, byacc, flex, lex, antlr, nasm, yasm, cppcheck,
        clang-tidy, clang-format, scan-build, bear, intercept-build, splint, smatch, distcc, ccache, sccache, icecc,
        zig, cobc, gtester, rustfmt
        """,
        "C",
        why="its arguments name plugins, macros or compilers that it runs",
        advice="give the value in the environment: `x=@ protoc --cpp_out=out app.proto`",
    ),
]
