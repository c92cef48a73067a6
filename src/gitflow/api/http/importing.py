"""Imports aiohttp without reading the CA certificates for its client.

See docs/decisions/0032-aiohttp-reads-no-certificates.md.
"""

from __future__ import annotations

import os
from importlib import import_module

#: OpenSSL's setting: the file of CA certificates that a context trusts by default.
CA_FILE = "SSL_CERT_FILE"


def import_aiohttp() -> None:
    """Must run before any other import of aiohttp, and before other threads start.

    The two TLS contexts that aiohttp creates on import trust no CA: users of its client pass a context of their own.
    """
    before = os.environ.get(CA_FILE)
    os.environ[CA_FILE] = os.devnull
    try:
        import_module("aiohttp")
    finally:
        if before is None:
            del os.environ[CA_FILE]
        else:
            os.environ[CA_FILE] = before
