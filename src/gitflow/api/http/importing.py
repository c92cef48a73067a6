"""Imports aiohttp, without the certificates that it would read for its own client.

See docs/decisions/0032-aiohttp-reads-no-certificates.md.
"""

from __future__ import annotations

import os
from importlib import import_module

#: OpenSSL's own setting: the file of the authorities that a context trusts by default.
AUTHORITIES = "SSL_CERT_FILE"


def import_aiohttp() -> None:
    """Before anything else imports it, and before there are other threads.

    The two contexts that aiohttp makes meanwhile trust nobody: whoever uses its client gives it one of their own.
    """
    before = os.environ.get(AUTHORITIES)
    os.environ[AUTHORITIES] = os.devnull
    try:
        import_module("aiohttp")
    finally:
        if before is None:
            del os.environ[AUTHORITIES]
        else:
            os.environ[AUTHORITIES] = before
