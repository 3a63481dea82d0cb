"""A real browser, and what a page does and looks like in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAPER = {"width": 673, "height": 1002}
"""A4 within margins of 16 mm, in CSS pixels."""


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Chromium; skip where it is not installed."""
    playwright = pytest.importorskip("playwright.sync_api")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("Chromium is not installed")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=as_root)
        yield browser
        browser.close()


@dataclass(slots=True)
class View:
    """An open page, with all it asked for and complained about since it was opened."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def violations(self, *rules: str) -> list[str]:
        """Return what axe finds against WCAG 2.2 AA, or against `rules`, with all folds open.

        Gradients are taken away first: axe cannot judge the contrast of text on them.
        """
        axe = pytest.importorskip("axe_playwright_python.sync_playwright")
        self.unfold()
        self.page.evaluate(
            "document.querySelectorAll('*').forEach(e => { e.style.backgroundImage = 'none' })"
        )
        only = {"type": "rule", "values": list(rules)} if rules else STANDARDS
        options = {"runOnly": only, "resultTypes": ["violations", "incomplete"]}
        answer = axe.Axe().run(self.page, options=options).response
        return [
            f"{rule['id']}: {node['html'][:200]}"
            for kind in ("violations", "incomplete")
            for rule in answer[kind]
            for node in rule["nodes"]
            if kind == "violations" or "background" in str(node["any"])
        ]

    def unfold(self) -> None:
        """Open every part that is folded."""
        self.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")

    def overflow(self, width: int) -> int:
        """Return by how many pixels the page is wider than a window of `width` pixels."""
        self.page.set_viewport_size({"width": width, "height": 900})
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )

    def on_paper(self) -> None:
        """Show the page as it is printed."""
        self.page.set_viewport_size(PAPER)
        self.page.emulate_media(media="print")

    def styles(self, selector: str, name: str) -> list[str]:
        """Return a computed style of all elements that `selector` finds."""
        return list(
            self.page.eval_on_selector_all(
                selector, f"found => found.map(one => getComputedStyle(one)['{name}'])"
            )
        )


@contextmanager
def open_page(browser: Any, path: Path, **options: Any) -> Iterator[View]:
    """Open a file in a window of its own."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, **options)
    view = View(context.new_page())
    view.page.on("request", lambda request: view.requests.append(request.url))
    view.page.on("websocket", lambda socket: view.requests.append(socket.url))
    view.page.on("pageerror", lambda error: view.complaints.append(str(error)))
    view.page.on("console", lambda message: view.complaints.append(message.text))
    view.page.on("dialog", lambda dialog: view.complaints.append(f"dialog: {dialog.message}"))
    view.page.goto(path.as_uri(), wait_until="load")
    yield view
    context.close()
