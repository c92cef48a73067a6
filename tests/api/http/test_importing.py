"""Each in a process of its own, since a module is imported once."""

import subprocess
import sys

import pytest

AFTERWARDS = """
import os
from gitflow.api.http.importing import import_aiohttp
import_aiohttp()
from aiohttp import connector, web
print(connector._SSL_CONTEXT_VERIFIED.cert_store_stats()["x509"], os.environ.get("SSL_CERT_FILE"))
"""


@pytest.mark.parametrize("given", [None, "/etc/ours.pem"])
def test_importing_aiohttp_reads_no_certificates_and_leaves_the_setting_as_it_was(given, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if given:
        monkeypatch.setenv("SSL_CERT_FILE", given)
    done = subprocess.run([sys.executable, "-c", AFTERWARDS], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["0", str(given)]


def test_nothing_imports_aiohttp_before_the_server_does():
    imported = "import sys, gitflow.cli.local.server; print('aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", imported], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
