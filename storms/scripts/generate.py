"""Scripts by structure: what an author may write, and what an author would write to break the judgement.

``Generator(chance).script()`` makes one. Four kinds take turns: grown from the grammar of the shell; products of the
spellings, contexts and words in which values became code before; flows of a value through the script's own variables,
functions and files; realistic scripts with a value put somewhere. Some of each are then damaged in a place or two, for
that is where two parsers part. Everything comes from the seed. No script names a program that could do harm.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from storms.scripts import phrases

DIALECTS = ("sh", "sh", "sh", "bash", "bash", "dash")


#: What only bash reads so: most of it is refused in a script for another shell.
_BASHISM = re.compile(
    r"\[\[|\(\(|<<<|&>|[<>]\(|\$['\"]|\$\[|\w=\(|\+=|\bcoproc|\bselect|\bdeclare|\btypeset|\blocal |\bfunction|\|&"
    r"|\$\{!|@P|\bmapfile|\bshopt|\[[01{@]|;;?&|\{fd\}|\bsource|>& ?[a-z{]|\^\^|\{x,"
)

#: Blanks outside of values.
_WORD_ENDS = re.compile(r" (?![abcn] \}\}|\}\})")
_VALUE = re.compile(r"\{\{.*?\}\}")


def _outside(text: str, at: int) -> int:
    """The place, or the end of the value that it stands in."""
    return next((found.end() for found in _VALUE.finditer(text) if found.start() < at < found.end()), at)


class Generator:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._bash = False
        self._wild = False  #: also words and places that are known to be refused, or to be read in several ways
        self._bodies: list[str] = []  #: here-documents that wait for the end of the line

    def script(self) -> tuple[str, str, str]:
        """The kind, the dialect and the text."""
        chance = self._chance
        dialect = chance.choice(DIALECTS)
        self._bash = dialect == "bash" or chance.random() < 0.02
        self._bodies = []
        self._wild = chance.random() < 0.35
        kind, make = chance.choices(_KINDS, _WEIGHTS)[0]
        text = make(self)
        if chance.random() < 0.3:
            text = f"{self._own_lines()}\n{text}"
        if chance.random() < 0.12:
            kind, text = f"{kind}, damaged", self._damaged(text)
        return kind, dialect, text

    # Choices

    def _one(self, *options: str | Callable[[], str]) -> str:
        found = self._chance.choice(options)
        return found if isinstance(found, str) else found()

    def _of(self, options: Sequence[str]) -> str:
        """One of them; of bash's own only now and then where the script is for another shell."""
        found = self._chance.choice(options)
        if not self._bash and _BASHISM.search(found) and self._is(0.9):
            return self._of(options)
        return found

    def _is_wild(self, share: float) -> bool:
        return self._wild and self._is(share)

    def _is(self, share: float) -> bool:
        return self._chance.random() < share

    def _several(self, make: Callable[[], str], most: int, between: str = " ", least: int = 1) -> str:
        return between.join(make() for _ in range(self._chance.randint(least, most)))

    # Lines and here-documents

    def _line(self, text: str) -> str:
        """The line with the bodies of its here-documents below it."""
        bodies, self._bodies = self._bodies, []
        return text + "\n" + "".join(bodies)

    def _inner(self, make: Callable[[], str]) -> str:
        """What stands in a substitution has its here-documents inside."""
        outer, self._bodies = self._bodies, []
        text = make()
        if self._bodies:
            text = self._line(text)
        self._bodies = outer
        return text

    def _grown(self) -> str:
        lines = [self._line(self._list(2)) for _ in range(self._chance.choice((1, 1, 1, 2, 3)))]
        return "".join(lines).removesuffix("\n") if self._is(0.7) else "".join(lines)

    def _own_lines(self) -> str:
        return self._of(phrases.OWN_LINES)

    # Commands

    def _list(self, depth: int) -> str:
        """One line of commands."""
        text = self._pipeline(depth)
        while self._is(0.25):
            joint = self._of(("; ", " && ", " || ", ";", "&&", " & ", " ||\n", " &&\n  ", "\n", "\n\n"))
            if "\n" in joint and self._bodies:
                text = self._line(text + joint.strip("\n ")).removesuffix("\n") + "\n" + self._pipeline(depth)
            else:
                text += joint + self._pipeline(depth)
        return text

    def _pipeline(self, depth: int) -> str:
        text = self._command(depth)
        while self._is(0.15):
            pipe = self._of((" | ", "|", " |\n", " |& ")) if self._bash else self._of((" | ", "|"))
            text += pipe.replace("\n", " " if self._bodies else "\n") + self._command(depth)
        if self._is(0.08):
            text = self._of(phrases.RESERVED_FRONTS if self._is_wild(0.6) else ("! ", "!  ")) + text
        return text

    def _command(self, depth: int) -> str:
        if depth <= 0 or self._is(0.62):
            return self._simple(depth)
        return self._compound(depth - 1) + (self._redirections() if self._is(0.2) else "")

    def _simple(self, depth: int) -> str:
        if self._is(0.07):
            return self._test()
        if self._is(0.07):
            return self._assignments(depth)
        parts = []
        if self._is(0.1):
            parts.append(self._assignments(depth))
        if self._is(0.1):
            parts.append(self._leading())
        if self._is(0.12):
            parts.append(self._of(phrases.PREFIXES if self._wild else _TAME_PREFIXES))
        if self._is_wild(0.15):
            parts.append(self._of(phrases.HEADS))
        else:
            parts.append(self._of(phrases.TABLE_COMMANDS if self._is_wild(0.2) else phrases.COMMANDS))
        for _ in range(self._chance.choice((1, 1, 1, 2, 2, 3))):
            parts.append(self._word(depth))
            if self._is(0.06):
                parts.append(self._leading())
        if self._is(0.2):
            parts.append(self._redirections().strip())
        space = " " if not self._is_wild(0.15) else self._of(("\t", "  ", " \\\n  ", "\\\n", " \\\n"))
        return space.join(part for part in parts if part) + (" # " + self._comment() if self._is_wild(0.05) else "")

    def _comment(self) -> str:
        return self._one("what {{ a }} does", "it's {{ a }}", '"{{ a }}', "$( {{ a }}") + "\n:"

    def _assignments(self, depth: int) -> str:
        return self._several(lambda: self._assignment(depth), 2)

    def _assignment(self, depth: int) -> str:
        if self._is_wild(0.2):
            return self._of(phrases.ODD_ASSIGNMENTS)
        name = self._of(("x", "y", "TAG", "u", "v", "A"))
        sign = "=" if not self._bash or self._is(0.9) else "+="
        if self._bash and self._is(0.08):
            return f"{name}{sign}({self._several(lambda: self._word(depth), 3)})"
        return f"{name}{sign}{self._one(lambda: self._word(depth), lambda: self._word(depth), '', '1')}"

    def _compound(self, depth: int) -> str:
        inner = lambda: self._list(depth)  # noqa: E731
        kinds = _COMPOUNDS if self._bash else _PLAIN_COMPOUNDS
        return self._chance.choice(kinds)(self, inner, depth)

    def _body(self, inner: Callable[[], str]) -> str:
        """A list with its separator, on a line or on its own."""
        text = inner()
        if self._bodies or self._is(0.3):
            return "\n" + self._line(text) if not self._bodies else self._line(text)
        return text + "; "

    def _if(self, inner: Callable[[], str], depth: int) -> str:
        text = f"if {self._body(inner)}then {self._body(inner)}"
        if self._is(0.2):
            text += f"elif {self._body(inner)}then {self._body(inner)}"
        if self._is(0.4):
            text += f"else {self._body(inner)}"
        return text + "fi"

    def _loop(self, inner: Callable[[], str], depth: int) -> str:
        word = self._of(("while", "until"))
        guard = self._of(("break; ", "break\n", "break 2>/dev/null; "))
        return f"{word} {self._body(inner)}do {self._body(inner)}{guard}done"

    def _for(self, inner: Callable[[], str], depth: int) -> str:
        if self._is(0.1):
            return f"for x do {self._body(inner)}done"
        words = self._several(lambda: self._word(depth), 3)
        end = "\n" + "".join(self._bodies) if self._bodies else self._of(("; ", "\n", ";\n "))
        self._bodies = []
        return f"for {self._of(('x', 'i', 'y'))} in {words}{end}do {self._body(inner)}done"

    def _case(self, inner: Callable[[], str], depth: int) -> str:
        text = f"case {self._word(0)} in "
        for _ in range(self._chance.randint(1, 2)):
            pattern = self._several(lambda: self._one(lambda: self._word(0), "a", "*", "'b c'", "[0-9]*", "x*"), 2, "|")
            body = inner()
            if self._bodies:
                body = self._line(body)
            end = self._of((";;", " ;;", ";; ", "\n;;\n", ";;&", ";&") if self._bash else (";;", " ;;", "\n;;\n"))
            text += f"{self._of(('', '('))}{pattern}) {body}{end} "
        return text + "esac"

    def _group(self, inner: Callable[[], str], depth: int) -> str:
        return "{ " + self._body(inner) + "}"

    def _subshell(self, inner: Callable[[], str], depth: int) -> str:
        text = inner()
        if self._bodies:
            return "(" + self._line(text) + ")"
        return self._of(("(%s)", "( %s )", "(\n%s\n)")) % text

    def _function(self, inner: Callable[[], str], depth: int) -> str:
        name = self._of(("g", "run", "g", "x-y" if self._bash else "h"))
        head = self._of(
            (f"{name}() ", f"{name} () ", f"{name}()\n", f"function {name} " if self._bash else f"{name}() ")
        )
        body = self._one(lambda: self._group(inner, depth), lambda: self._group(inner, depth),
                         lambda: self._subshell(inner, depth), lambda: self._if(inner, depth))  # fmt: skip
        return f"{head}{body}\n{name} {self._word(0)}"

    def _coproc(self, inner: Callable[[], str], depth: int) -> str:
        return self._of(("coproc ", "coproc N ")) + self._one(
            lambda: self._group(inner, depth), lambda: self._simple(0), lambda: self._if(inner, depth)
        )

    def _select(self, inner: Callable[[], str], depth: int) -> str:
        return f"select x in {self._word(0)}; do {self._body(inner)}break; done"

    def _arithmetic(self, inner: Callable[[], str], depth: int) -> str:
        if not self._wild:
            return f"for ((i=0; i<1; i++)); do {self._body(inner)}done"
        return self._one(
            "(( {{ a }} ))", "((x={{ n }}))", "(( 1 + 2 ))", "for ((i=0; i<1; i++)); do echo {{ a }}; done",
            "for ((i={{ a }};;)); do break; done", "let x={{ a }}", "(( x > 1 )) && echo {{ a }}", "((1)); {{ a }}",
        )  # fmt: skip

    def _double(self, inner: Callable[[], str], depth: int) -> str:
        word = lambda: self._word(0)  # noqa: E731
        if not self._wild:
            return self._of(("[[ {{ a }} == @ ]]", "[[ -n @ ]]", "[[ @ != a* && -f {{ b }} ]]")).replace(
                "@", self._template()
            )
        return self._one(
            lambda: f"[[ {word()} == {word()} ]]", lambda: f"[[ -n {word()} ]]", lambda: f"[[ -v {word()} ]]",
            lambda: f"[[ {word()} =~ {word()} ]]", lambda: f"[[ {word()} -eq {word()} ]]",
            lambda: f"[[ {word()} != a && ! -z {word()} ]]", lambda: f"[[ {word()} < {word()} ]]",
            lambda: f"[[ ( {word()} = a ) || -e {word()} ]] && {self._simple(0)}", lambda: f"[[ {word()} ]]",
            lambda: f"[[ $x -lt {word()} ]]", lambda: f"[[ -R {word()} || -t {word()} ]]",
        )  # fmt: skip

    def _test(self) -> str:
        word = lambda: self._word(0)  # noqa: E731
        if not self._wild:
            return self._of(_TAME_TESTS).replace("@", self._template())
        return self._one(
            lambda: f"[ {word()} = {word()} ]", lambda: f"[ -n {word()} ]", lambda: f"test {word()} != a",
            lambda: f"[ {word()} -eq 1 ]", lambda: f"[ -f {word()} ]", lambda: f"[ ! -d {word()} ]",
            lambda: f"[ {word()} = a ] || {self._simple(0)}", lambda: f"[ {word()} ]", lambda: f"[ -v {word()} ]",
            lambda: f"[ {word()} -a {word()} ]", lambda: f"test -t {word()}", lambda: f"[ {word()} {word()} ]",
        )  # fmt: skip

    # Words

    def _word(self, depth: int) -> str:
        pick = self._chance.random()
        if pick < 0.36:
            return self._template()
        if pick < 0.52:
            return self._of(phrases.WORDS)
        if pick < 0.60:
            return self._of(phrases.ODD_WORDS if self._wild else phrases.WORDS)
        if pick < 0.74:
            return self._quoted(depth)
        if pick < 0.82:
            return self._several(self._piece, 3, "", 2)
        if pick < 0.94:
            return self._substitution(depth)
        return self._expansion(depth)

    def _template(self) -> str:
        return self._of(phrases.TEMPLATES)

    def _piece(self) -> str:
        return self._one(
            self._template,
            self._template,
            lambda: self._quoted(0),
            lambda: self._of(phrases.GLUE if self._wild else _TAME_GLUE),
        )

    def _quoted(self, depth: int) -> str:
        return self._one(
            '"{{ a }}"', "'{{ a }}'", '"a {{ a }} b"', "'a {{ b }} b'", lambda: self._double_quoted(depth),
            lambda: self._double_quoted(depth), lambda: self._single_quoted(), lambda: self._ansi(),
        )  # fmt: skip

    def _double_quoted(self, depth: int) -> str:
        pieces = (
            self._one(
                self._template,
                self._template,
                lambda: self._of(phrases.IN_DOUBLE if self._wild else _TAME_IN_DOUBLE),
                lambda: self._substitution(depth - 1),
                lambda: self._expansion(depth - 1),
            )
            for _ in range(self._chance.randint(1, 3))
        )
        return '"' + "".join(pieces) + '"'

    def _single_quoted(self) -> str:
        return "'" + self._several(lambda: self._one(self._template, lambda: self._of(phrases.IN_SINGLE)), 3, "") + "'"

    def _ansi(self) -> str:
        if not self._bash and not self._is_wild(0.2):
            return "'{{ a }}'"
        return self._of(("$'{{ a }}'", "$'a\\t{{ a }}\\n'", "$'\\'{{ a }}'", '$"{{ a }}"', "$'\\x41{{ a }}\\'b'"))

    def _substitution(self, depth: int) -> str:
        inner = (lambda: self._list(depth - 1)) if depth > 0 else lambda: self._simple(0)
        pick = self._chance.random()
        if pick < 0.72:
            text = self._inner(inner)
            return self._of(("$(%s)", "$( %s )", "$(%s\n)", "$(\n%s)")) % text if text[:1] != "(" else f"$( {text} )"
        if pick < 0.75 and self._wild:
            return "`" + self._inner(inner) + "`"
        if pick < 0.90 and self._bash:
            return self._of(("<(%s)", ">(%s)")) % self._inner(inner)
        if pick < 0.97 or not self._wild:
            return f'"$({self._inner(inner)})"'
        return self._of(phrases.ARITHMETIC)

    def _expansion(self, depth: int) -> str:
        operator = self._of((":-", "-", ":+", "+"))
        if not self._wild:
            return self._of(('"${u%s%s}"', "${u%s%s}")) % (operator, self._one(self._template, "1", "a b"))
        if self._is(0.4):
            operator = self._of((":=", "=", "#", "##", "%", "%%", ":?", ":", "/", "//", "@", "^", ","))
        word = self._one(self._template, self._template, lambda: self._quoted(0), "1", "a*",
                         lambda: self._substitution(depth - 1))  # fmt: skip
        name = self._of(("x", "u", "v", "1", "@", "!x", "#x", "x[0]", "x[{{ a }}]", "HOME"))
        return "${" + (name if self._is(0.12) else "u") + operator + word + "}"

    # Redirections

    def _redirections(self) -> str:
        return "".join(self._redirection() for _ in range(self._chance.choice((1, 1, 1, 2, 3))))

    def _leading(self) -> str:
        """A redirection that words may follow."""
        while True:
            found = self._of(phrases.REDIRECTIONS if self._wild else _TAME_REDIRECTIONS)
            if not found.startswith("|"):
                return found

    def _redirection(self) -> str:
        pick = self._chance.random()
        if pick < 0.5:
            return " " + self._of(phrases.REDIRECTIONS if self._wild else _TAME_REDIRECTIONS)
        if pick < 0.62:
            return " " + self._of(("> ", ">", ">>", "<", "2>", ">|", "<>")) + self._word(0)
        if pick < 0.68 and self._bash:
            return " " + self._of(("<<< ", "<<<", "&> ", "&>>", ">& ", "{fd}> ")) + self._word(0)
        return self._here_document()

    def _here_document(self) -> str:
        chance = self._chance
        end = (
            "EOF"
            if not self._wild
            else self._of(("EOF", "EOF", "EOF", "E", "END", "_", "EOF1", "é", "a.b", "-", "EOF-EOF", "}", "1"))
        )
        quoted = self._is(0.2)
        dash = "-" if self._is(0.25) else ""
        tab = "\t" if dash and self._is(0.7) else ""
        shown = self._of((f"'{end}'", f'"{end}"', f"\\{end}", f"{end[0]}'{end[1:]}'")) if quoted else end
        space = self._of(("", "", "", " ", "\t"))
        line = (
            (lambda: f"{tab}{self._of(_PLAIN_LINES)}\n")
            if quoted and not self._is_wild(0.3)
            else lambda: self._here_line(tab, end)
        )
        lines = "".join(line() for _ in range(chance.randint(1, 3)))
        if not quoted and self._is_wild(0.15):
            lines += self._of((f"{end[:1]}$(\n", " $(echo {{ a }})\n", f"{end} \n", f" {end}\n", f"{end}$(:)\n"))
        last = f"{tab}{end}\n" if not self._is_wild(0.08) else self._of(("", f"{end} \n", f"{end};\n", f" {end}\n"))
        self._bodies.append(lines + last)
        after = self._of(("", "", "", "", "", ";", " ", " | cat", " && :", ";:"))
        return f" {self._of(('<<', '<<', '<<', '0<<', '3<<'))}{dash}{space}{shown}{after}"

    def _here_line(self, tab: str, end: str) -> str:
        if not self._wild:
            inner = lambda: f"$({self._inner(lambda: self._simple(0))})"  # noqa: E731
            return f"{tab}{self._one(self._template, *_TAME_LINES, inner)}\n"
        inside = self._one(
            self._template, self._template, "a {{ a }} b", '"{{ a }}"', "'{{ b }}'", "$x", "\\$x", "$(echo {{ a }})",
            "plain", "", "{{ a }}{{ b }}", lambda: self._expansion(0),
            lambda: f"$({self._inner(lambda: self._simple(0))})", "`echo {{ a }}`",
            "\\\\{{ a }}", "\\{{ a }}", "a\\", "$(( 1 + {{ a }} ))", "# {{ a }}", "(", ")",
            f"{end}{{{{ a }}}}",
        )  # fmt: skip
        return f"{tab}{inside}\n"

    # The other kinds

    def _product(self) -> str:
        """A word that may evaluate, a spelling of the value, a context: each by itself is well known."""
        head = self._of(phrases.HEADS)
        words = head + " " + self._of(phrases.SPELLINGS)
        if self._is(0.15):
            words = self._of(phrases.PREFIXES) + " " + words
        if self._is(0.1):
            words += " " + self._of(phrases.SPELLINGS)
        text = self._of(phrases.CONTEXTS).replace("@", words)
        if self._is(0.2):
            text = self._of(phrases.CONTEXTS).replace("@", text)
        return text

    def _flow(self) -> str:
        """The value goes into a variable, perhaps through others, and is used there."""
        source, use = self._of(phrases.SOURCES), self._of(phrases.USES if self._is(0.6) else phrases.SAFE_USES)
        lines = [source]
        if self._is(0.3):
            lines.append(self._of(phrases.STEPS))
        if self._is(0.2):
            lines.append(self._of(phrases.GUARDS))
        if self._is(0.2):
            lines.append(self._of(phrases.BETWEEN))
        if self._is_wild(0.3) and "\n" not in use:
            use = self._of(phrases.CONTEXTS).replace("@", use)
        if "@USE" in source:
            return source.replace("@USE", use)
        lines.append(use)
        between = "\n" if any("<<" in line or "\n" in line for line in lines) else self._of(("\n", "\n", "\n", "; "))
        return between.join(lines)

    def _realistic(self) -> str:
        """A script as it is written every day, with the value put in the place of a word or beside one."""
        text = self._of(phrases.REALISTIC)
        if self._is(0.5):
            return text
        words = _WORD_ENDS.split(text)
        at = self._chance.randrange(len(words))
        value = self._of(phrases.SPELLINGS)
        if self._is(0.5):
            words[at] = value
        else:
            words.insert(at, value)
        return " ".join(words)

    def _damaged(self, text: str) -> str:
        for _ in range(self._chance.choice((1, 1, 2))):
            at = _outside(text, self._chance.randrange(len(text) + 1))
            how = self._chance.random()
            if how < 0.6:
                text = text[:at] + self._of(phrases.DAMAGE) + text[at:]
            elif how < 0.8:
                text = text[:at] + text[at + self._chance.randint(1, 3) :]
            elif how < 0.9:
                lines = text.split("\n")
                self._chance.shuffle(lines)
                text = "\n".join(lines)
            else:
                text = text[:at] + text[max(0, at - self._chance.randint(1, 8)) : at] + text[at:]
        return text


_TAME_PREFIXES = ("env", "env A=1", "nice -n 5", "timeout 5", "nohup", "command", "env -u X", "stdbuf -oL", "sudo -u x")
_TAME_GLUE = ("a", "-", "=", "/", ":", ",", ".", "%", "@", "+")
_TAME_IN_DOUBLE = (" ", "a", "'", "$x", "${x}", "\n", "#", "%", ";", "(", "'{{ a }}'", "{{ b }}")
_TAME_LINES = (
    "{{ a }}",
    "a {{ a }} b",
    '"{{ a }}"',
    "'{{ b }}'",
    "$x",
    "plain",
    "",
    "{{ a }}{{ b }}",
    "# {{ a }}",
    "it's (",
)
_TAME_TESTS = (
    "[ @ = a ]", "[ -n @ ]", "test @ != a", "[ @ -eq 1 ]", "[ -f @ ]", "[ ! -d @ ]", "[ @ = a ] || echo @",
    '[ "$x" = @ ]',
)  # fmt: skip
_TAME_REDIRECTIONS = (
    ">f", ">>f", "2>&1", "2>/dev/null", "<f", ">/dev/null 2>&1", ">&2", ">| f", "> {{ a }}", '> "{{ a }}"', "< {{ a }}",
    "2>&1 >f", "| cat", "| sort", "| tee f", '| while read -r x; do echo "$x"; done', "3>&1 >f", "> x{{ a }} 2>&1",
)  # fmt: skip
_PLAIN_LINES = ("a", "$x", "$(hello", "`", "it's", "", " EOF", "EOF ", "E", "#", "\\")
_PLAIN_COMPOUNDS = (
    Generator._if, Generator._loop, Generator._for, Generator._case, Generator._group, Generator._subshell,
    Generator._function,
)  # fmt: skip
_COMPOUNDS = (
    *_PLAIN_COMPOUNDS, Generator._coproc, Generator._select, Generator._arithmetic, Generator._double,
)  # fmt: skip
_KINDS = (
    ("grown", Generator._grown),
    ("product", Generator._product),
    ("flow", Generator._flow),
    ("realistic", Generator._realistic),
)
_WEIGHTS = (50, 15, 20, 15)
