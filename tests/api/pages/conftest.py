"""A folder of built pages, as small as can be, so that these tests need no Node."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from gitflow.api.pages import built

SCRIPT = b"console.log('built');" * 100


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that servers of this test serve their pages from."""
    folder = tmp_path / "pages"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><p>pages')
    (folder / "theme.js").write_text("document.title;")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "BUILD.json").write_text("{}")
    (folder / "assets" / "main-1a2b.js").write_bytes(SCRIPT)
    (folder / "assets" / "main-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "assets" / "main-1a2b.js.br").write_bytes(b"as brotli writes it")
    (folder / "assets" / "main-3c4d.css").write_text("p{}")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "assets" / "link.txt").symlink_to(tmp_path / "secret.txt")
    monkeypatch.setattr(built, "FOLDERS", (tmp_path / "nothing", folder))
    return folder


@pytest.fixture
def no_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(built, "FOLDERS", (tmp_path / "nothing",))
