"""Drives the web page in a real browser: pens, fingers, keys and files, and what a person then sees."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from serve.running import Server

Stroke = Sequence[Sequence[float]]  # points (x, y) from 0 to SIDE

SIDE = 280  # units of the sheet, each way
WORDS = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]
PATIENCE = 15_000  # ms for what should take a few
_HANDWRITING = Path(__file__).parents[3] / "shared/handwriting/unipen"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium or Chrome, without a window."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not path:
        pytest.skip("no chromium, chromium-browser or google-chrome is on PATH")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


class Sheet:
    """The page of a server, opened in a window of its own.

    Attributes:
        page: Playwright's page.
        complaints: Errors in the browser's console, and requests to other hosts.
    """

    def __init__(self, browser: Browser, server: Server, path: str = "/", **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        self.complaints: list[str] = []
        self._origin = server.url
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._requested)
        self.page.goto(server.url + path)

    def _heard(self, message: ConsoleMessage) -> None:
        # The browser itself notes every answer that is an error, expected or not.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((self._origin, "blob:", "data:")):
            self.complaints.append(f"a request to {request.url}")

    # Drawing.

    def draw(self, *strokes: Stroke) -> None:
        """Draws with the mouse."""
        mouse = self.page.mouse
        for stroke in strokes:
            first, *rest = self._on_screen(stroke)
            mouse.move(*first)
            mouse.down()
            for point in rest:
                mouse.move(*point)
            mouse.up()

    def draw_by_finger(self, *strokes: Stroke) -> None:
        """Draws with the first finger, while a second one rests on the sheet."""
        devices = self._devices()
        x, y = self._on_screen([(20, 20)])[0]
        resting = {"x": x, "y": y, "id": 2}
        for stroke in strokes:
            for i, (x, y) in enumerate(self._on_screen(stroke)):
                fingers = [{"x": x, "y": y, "id": 1}, *([resting] if i else [])]
                kind = "touchMove" if i > 1 else "touchStart"
                devices.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
            devices.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def draw_by_pen(self, *strokes: Stroke) -> None:
        """Draws with a pen on a tablet."""
        devices = self._devices()
        for stroke in strokes:
            points = self._on_screen(stroke)
            kinds = ["mousePressed", *["mouseMoved"] * (len(points) - 1), "mouseReleased"]
            for kind, (x, y) in zip(kinds, [*points, points[-1]], strict=True):
                event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "pointerType": "pen"}
                devices.send("Input.dispatchMouseEvent", {**event, "clickCount": 1})

    def _devices(self) -> CDPSession:
        return self.context.new_cdp_session(self.page)

    def _on_screen(self, stroke: Stroke) -> list[tuple[float, float]]:
        box = self.page.locator("#canvas").bounding_box()
        assert box
        scale = box["width"] / SIDE
        return [(box["x"] + x * scale, box["y"] + y * scale) for x, y in stroke]

    def own_hand(self, digit: int) -> Stroke:
        """A digit as the page itself writes its answers."""
        points: Stroke = self.page.evaluate(
            """async (digit) => {
                const { GLYPHS } = await import("/static/digits.js");
                const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
                path.setAttribute("d", GLYPHS[digit]);
                return Array.from({ length: 11 }, (_, i) => {
                    const { x, y } = path.getPointAtLength((path.getTotalLength() * i) / 10);
                    return [75 + 1.3 * x, 50 + 1.3 * y];
                });
            }""",
            digit,
        )
        return points

    def write(self, digit: int) -> None:
        """Draws a digit and waits until it is read."""
        self.draw(self.own_hand(digit))
        self.expect_answer(digit)

    # Pictures.

    def choose(self, name: str, content: bytes) -> None:
        self.page.set_input_files("#file", {"name": name, "mimeType": "", "buffer": content})

    def drop(self, name: str, content: bytes) -> None:
        self._transfer("drop", "dataTransfer", name, content)

    def drop_from_disk(self, path: Path) -> None:
        """Drops what is at a path, as a file manager does: a file, a folder, or what is no longer there."""
        devices = self._devices()
        x, y = self._on_screen([(SIDE / 2, SIDE / 2)])[0]
        data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            devices.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})

    def paste(self, name: str, content: bytes) -> None:
        self._transfer("paste", "clipboardData", name, content)

    def _transfer(self, event: str, holder: str, name: str, content: bytes) -> None:
        self.page.evaluate(
            """([event, holder, name, bytes]) => {
                const data = new DataTransfer();
                data.items.add(new File([Uint8Array.from(bytes)], name));
                const kind = event === "drop" ? DragEvent : ClipboardEvent;
                document.body.dispatchEvent(new kind(event, { [holder]: data, bubbles: true, cancelable: true }));
            }""",
            [event, holder, name, list(content)],
        )

    # What is seen.

    def expect_answer(self, digit: int) -> None:
        """Waits for the answer to all that was drawn, not to the first half of it, and looks at what it is."""
        expect(self.page.locator("#answer")).not_to_have_attribute("aria-busy", "true")
        expect(self.page.locator("#word")).to_have_text(WORDS[digit])

    def expect_blank(self) -> None:
        """Nothing is on the sheet, and no answer stands beside it."""
        assert not self.ink()
        expect(self.page.locator("#word")).to_be_empty()
        expect(self.page.locator("#bars .best")).to_have_count(0)

    def ink(self) -> int:
        """How many pixels of the sheet are inked."""
        count: int = self.page.evaluate(
            """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
                const { width, height } = canvas;
                const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
                done(data.filter((value, i) => i % 4 === 3 && value > 127).length);
            })))"""
        )
        return count


def handwriting(each: int) -> list[tuple[int, list[Stroke]]]:
    """Digits that people drew on tablets, with what they are: `each` of every digit, of different writers."""
    if not _HANDWRITING.is_dir():
        pytest.skip(f"there is no handwriting in {_HANDWRITING}")
    drawn = json.loads((_HANDWRITING / "strokes.json").read_text())
    rows = [line.split(",") for line in (_HANDWRITING / "labels.csv").read_text().splitlines()[1:]]
    chosen = []
    for digit in range(10):
        files = [row[0] for row in rows if row[1] == str(digit)]
        chosen += [
            (digit, [_thinned(stroke) for stroke in drawn[file]]) for file in files[:: len(files) // each][:each]
        ]
    return chosen


def _thinned(stroke: Stroke) -> Stroke:
    """Every third point, as a slow browser sees a quick pen."""
    return [*stroke[:-1:3], stroke[-1]]
