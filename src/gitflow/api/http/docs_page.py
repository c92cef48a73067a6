"""The page at ``/docs``, which fetches and shows ``/openapi.json``. It loads nothing from other servers."""

from __future__ import annotations

import base64
import hashlib

_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; text-transform: capitalize; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .6rem; border: 1px solid var(--line); border-radius: 6px; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
.needs { float: right; opacity: .65; font-size: 12px; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; }
td, th { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-top: 1px solid var(--line); }
"""

_SCRIPT = """
const make = (tag, text, kind) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (kind) node.className = kind;
  return node;
};
const row = cells => {
  const node = make("tr");
  for (const cell of cells) node.append(make("td", cell));
  return node;
};
const table = rows => {
  const node = make("table");
  node.append(...rows.map(row));
  return node;
};
const named = schema => schema?.$ref ? schema.$ref.split("/").pop() : JSON.stringify(schema ?? {});
const contents = content => Object.entries(content ?? {}).map(([media, one]) =>
  one.schema ? `${media}: ${named(one.schema)}` : media).join(", ");
const show = (path, method, operation) => {
  const node = make("details"), head = make("summary");
  head.append(make("span", method.toUpperCase(), "method"), make("code", path),
    make("span", operation["x-needs"], "needs"));
  node.append(head, make("p", operation.summary));
  if (operation.parameters.length) {
    node.append(make("h4", "Parameters"), table(operation.parameters.map(one =>
      [one.name, one.in, named(one.schema), one.description ?? ""])));
  }
  if (operation.requestBody) node.append(make("h4", "Body"), make("p", contents(operation.requestBody.content)));
  node.append(make("h4", "Answers"), table(Object.entries(operation.responses).map(([status, one]) =>
    [status, one.description, contents(one.content)])));
  return node;
};
const api = await (await fetch("openapi.json")).json();
const body = document.querySelector("main");
body.append(make("h1", `${api.info.title} ${api.info.version}`), make("p", api.info.description));
const link = make("a", "openapi.json");
link.href = "openapi.json";
body.append(link);
const tags = new Map();
for (const [path, methods] of Object.entries(api.paths))
  for (const [method, operation] of Object.entries(methods)) {
    const tag = operation.tags[0];
    if (!tags.has(tag)) tags.set(tag, []);
    tags.get(tag).push(show(path, method, operation));
  }
for (const [tag, shown] of tags) body.append(make("h2", tag), ...shown);
body.append(make("h2", "Schemas"));
for (const [name, schema] of Object.entries(api.components.schemas)) {
  const node = make("details");
  node.append(make("summary", name), make("pre", JSON.stringify(schema, null, 2)));
  body.append(node);
}
"""

PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>gitflow API</title>"
    '<meta name=viewport content="width=device-width">'
    f"<style>{_STYLE}</style><main></main><script type=module>{_SCRIPT}</script></html>"
).encode()


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


#: Allows this style, this script, and requests to this server only.
POLICY = (
    f"default-src 'none'; style-src {_source(_STYLE)}; script-src {_source(_SCRIPT)}; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
