"""What filters of other template engines are called here: Twig, Liquid, Ansible, Go with Sprig, Jinja, JavaScript."""

from __future__ import annotations

#: Ours, and what others write for it; small, without ``_``.
_ELSEWHERE = {
    "tojson": "jsonencode json jsonify tojsonpretty toprettyjson tonicejson dump dumpjson serialize jsondumps",
    "fromjson": "jsondecode parsejson jsonparse deserialize jsonloads",
    "b64encode": "base64 base64encode tobase64 b64enc b64 encodebase64",
    "b64decode": "base64decode frombase64 b64dec decodebase64",
    "urlencode": "urlquery uriencode urlescape escapeurl encodeuri encodeuricomponent queryescape",
    "upper": "upcase toupper touppercase uppercase",
    "lower": "downcase tolower tolowercase lowercase",
    "title": "titlecase totitle",
    "capitalize": "ucfirst capitalise",
    "length": "size count len",
    "trim": "strip trimspace trimall",
    "int": "toint tointeger integer atoi parseint",
    "float": "tofloat number tonumber parsefloat atof",
    "string": "str tostring",
    "bool": "tobool boolean toboolean",
    "unique": "uniq distinct",
    "replace": "regexreplace sub gsub",
    "sha256": "sha256sum hash",
    "default": "ifempty coalesce dflt",
    "lines": "splitlines splitlist",
    "sort": "sorted sortalpha",
    "sum": "add",
}
_OURS = {name: ours for ours, names in _ELSEWHERE.items() for name in (*names.split(), ours)}
_QUOTING = frozenset(
    ["quote", "shellquote", "shquote", "shellescape", "escapeshell", "escapeshellarg", "squote", "sq", "shlexquote"]
)


def advice_for_filter(name: str) -> str:
    """What to write in place of a filter of another engine; empty for a name that none of them has."""
    known = _plain(name)
    if known in _QUOTING:
        return "leave it out: in a `cmd` every value is quoted where it stands"
    return f'did you mean "{_OURS[known]}"?' if known in _OURS else ""


def advice_for_function(name: str) -> str:
    """The same for what is called as a function there."""
    known = _plain(name)
    if known in _QUOTING:
        return advice_for_filter(name)
    return f"write it as a filter: value | {_OURS[known]}" if known in _OURS else ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
