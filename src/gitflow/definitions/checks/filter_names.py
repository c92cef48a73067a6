"""Maps filters of other template engines to gitflow's: Twig, Liquid, Ansible, Go with Sprig, Jinja, JavaScript."""

from __future__ import annotations

#: gitflow's filter -> its names in other engines, in lower case and without ``_``.
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


#: What functions of other systems are for -> what to write instead.
_FUNCTIONS = {
    "write `depends_on: [{step: NAME, accept: any}]` instead of a condition": "always",
    "write `depends_on: [{step: NAME, accept: [failed]}]` instead of a condition": "failure failed isfailure",
    "write `depends_on: [{step: NAME, accept: [cancelled]}]` instead of a condition": "cancelled",
    "leave it out: a step runs when all that it depends on has completed": "success succeeded issuccess",
    "write job.created_at for the time of the job": "now utcnow today date datetime time currentdate timestamp",
    "declare a secret, or give the value as input": "lookup env getenv var environ",
    "write `'text' in value`": "contains includes",
    "write `value is startingwith('text')`": "startswith",
    "write `value is endingwith('text')`": "endswith",
    "write ~ between the parts": "format concat printf",
    "write `name.output` for the output of a step": "needs output outputs stepoutput xcompull",
}
_ADVICE = {name: advice for advice, names in _FUNCTIONS.items() for name in names.split()}


def advice_for_filter(name: str) -> str:
    """What to write instead of a filter of another engine; empty for an unknown name."""
    known = _plain(name)
    if known in _QUOTING:
        return "leave it out: in a `cmd` every value is quoted automatically"
    return f'did you mean "{_OURS[known]}"?' if known in _OURS else ""


def advice_for_function(name: str) -> str:
    """What to write instead of a function of another engine; empty for an unknown name."""
    known = _plain(name)
    if known in _QUOTING:
        return advice_for_filter(name)
    if known in _ADVICE:
        return _ADVICE[known]
    return f"write it as a filter: value | {_OURS[known]}" if known in _OURS else ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
