"""The content security policy of the pages, and the nonce that index.html carries.

Scripts are files of this server only. Styles may also be inserted by the pages' own scripts (the scroll lock of a
dialog does that), with the nonce of the answer that the page came with.
"""

from __future__ import annotations

import os
from base64 import b64encode

#: What ``vite build`` writes where the nonce belongs.
PLACEHOLDER = b"__CSP_NONCE__"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{nonce}; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

#: Of files: a worker obeys the policy of its own script, not that of the page.
FILE_POLICY = _POLICY.format(nonce="")


def new_nonce() -> str:
    return b64encode(os.urandom(18)).decode()


def page_policy(nonce: str) -> str:
    return _POLICY.format(nonce=f" 'nonce-{nonce}'")
