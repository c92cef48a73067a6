"""Values that leave a mark when anything runs them, in whatever way: the canaries.

``@c`` is a program of a private folder that leaves the mark, ``@p`` a folder of such programs under the names of all
tools. To print or write a value leaves no mark; only to run it does.
"""

from __future__ import annotations

import random

#: Those that break out of the most places; half of all choices.
STRONG = (
    "@c", "canary", "$(@c)", "`@c`", "x[$(@c)]", ";@c;", "\n@c\n", "|@c|", "'$(@c)'", "';@c;'", '";@c;"',
    "a[$(@c)]=1", "$(@c) `@c` ;@c; '\n@c\n\"\n@c\n",
)  # fmt: skip
OTHERS = (
    "canary x", "@c x", "\t@c", "x[`@c`]", "x[0$(@c)]", "1;@c", "@c;", "&@c", "&&@c", "||@c", "};@c;{", "{ @c;}",
    "(@c)", "\nEOF\n@c\n", "EOF\n@c", "\n\tEOF\n@c\n", "\nE\n@c\n", "\nEND\n@c\n", "\n\n@c\n", ")) ; @c ; ((",
    "*) @c;;", ") @c;;", ";; *) @c", "x=$(@c)", "x=@c", "y='$(@c)'", "$((x[$(@c)]))", "$[x[$(@c)]]", "${x[$(@c)]}",
    "${x:-$(@c)}", "${x@P}", "1+x[$(@c)]", "x[$(@c)]+1", "0x1", "1", "-1", "08", "", " ", "-c", "-v", "-i", "-x", "-n",
    "-e", "-s", "-S", "-o", "-a", "-exec", "--", "-", "+x", "--posix", "eval", "sh", "bash", "command", "env", "exec",
    ".", "source", "trap", "u", "x", "a", "b", "!", "=", "(", ")", "[", "]", "[[", "((", "{", "}", "<", ">", "#", "*",
    "~", "\\", "\\\n@c\n", "\\n@c", "'", '"', "`", "$", "$'", '$"', "$(", "$((", "${", "%s", "%n", "%d", "\x01", "\x7f",
    "\r\n@c\n", "#\n@c", "é", "é;@c", "\u00a0@c", "\udc81", "x y", "x\ny", "BEGIN{system(\"@c\")}", "1e @c", "e@c",
    "-oProxyCommand=@c", "-oLocalCommand=@c", "--checkpoint-action=exec=@c", "--to-command=@c", "-I@c", "-F@c",
    "--use-compress-program=@c", "--rsh=@c", "-e@c", "--rsync-path=@c", "--upload-pack=@c", "--receive-pack=@c",
    "--rcfile=@c", "--init-file=@c", "-S@c", "--split-string=@c", "-c@c", "--command=@c", "--eval=@c", "-P@c",
    "--unzip-command=@c", "-TT@c", "--entrypoint=@c", "PATH=@p", "BASH_ENV=@c", "ENV=@c", "@p", "@p:", "PATH", "IFS",
    "PS4", "BASH_ENV", "PS4=$(@c)", "PROMPT_COMMAND=@c", "IFS=c", "SHELLOPTS", "RANDOM", "<(@c)", ">(@c)", "<@c", ">@c",
    "@(x|$(@c))", "/c", "script.sh", "../c", "...", "!!", "^a^b", "{a,b}", "a b c", "true", "x=1", "alias.a=!@c",
    "|@c", "o|@c", "-e\n@c", "--rsh\n@c", "EOF", "E", "END", "yes\n", "then", "do", "done", "fi", "esac", "in", "time",
    "coproc", "x() { @c; }", "function x", "@c.sh",
)  # fmt: skip

NUMBERS = ("0", "1", "-1", "42", "007", "9223372036854775807", "true", "false", "1.5")


class Canaries:
    """The values for one folder of programs."""

    def __init__(self, folder: str) -> None:
        def here(value: str) -> str:
            return value.replace("@c", f"{folder}/c").replace("@p", f"{folder}/p")

        self.strong = tuple(map(here, STRONG))
        self.others = tuple(map(here, OTHERS))

    def choose(self, chance: random.Random, expression: str) -> str:
        if expression == "n":
            return chance.choice(NUMBERS)
        return chance.choice(self.strong if chance.random() < 0.55 else self.others)
