"""Makes the pictures of the documentation, from a real server: ``make pictures``.

The pages must be built, and Chromium must be there. The same pages at the same size are taken each time; times and ids
differ, so commit a picture only where the page has changed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "api")]

from browsing import IS_SETTLED, ROOT, wait_until  # noqa: E402
from filled import DEFAULT, Jobs, fill, start  # noqa: E402

PICTURES = ROOT / "docs" / "how-to" / "pictures"
SIZE = {"width": 1280, "height": 720}


def shots(jobs: Jobs) -> dict[str, tuple[str, str, str]]:
    """By the name of the picture: the address, what must be there first, and the theme."""
    return {
        "overview": ("/?workspace=default", "text=First failure", "light"),
        "failed-job": (f"/jobs/{jobs.failed}", "[role=log] >> text=order 41", "light"),
        "jobs": ("/jobs?status=failed&status=running", "[role=row] a", "dark"),
        "run": ("/tasks?run=default/release&input.version=1.4.4", "form li", "light"),
        "approvals": ("/approvals", "article >> text=If approved", "light"),
        "refused-revision": ("/git/shop", "text=did you mean", "light"),
    }


def take(browser: Any, url: str, jobs: Jobs) -> None:
    for name, (address, ready, theme) in shots(jobs).items():
        context = browser.new_context(viewport=SIZE, color_scheme=theme, reduced_motion="reduce", locale="en-GB")
        page = context.new_page()
        page.goto(url + address)
        page.locator(ready).first.wait_for()
        page.locator("header").get_by_text("live", exact=True).wait_for()
        wait_until(page, IS_SETTLED)
        page.screenshot(path=PICTURES / f"{name}.png")
        context.close()
        print(f"{name}.png: {(PICTURES / f'{name}.png').stat().st_size // 1000} kB")


def main() -> None:
    from playwright.sync_api import sync_playwright

    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        running = start(Path(folder), DEFAULT.replace(" 🚀", ""))  # not every machine has a font with this sign
        try:
            jobs = fill(running, Path(folder))
            sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=sandbox
            )
            take(browser, running.url, jobs)
            browser.close()
        finally:
            running.stop()


if __name__ == "__main__":
    main()
