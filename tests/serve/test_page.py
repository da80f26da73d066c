"""The web page in a real browser: pens, keys, pictures, trouble, and that everybody can use it."""

import base64
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Error, Request, Route, expect

from mnist_core.cli import sureness
from serve.browser import SIDE, WORDS, Sheet, chromium, handwriting
from serve.running import Server, running, wait_for
from support import png

OpenSheet = Callable[..., Sheet]

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SEVEN = [(80, 70), (200, 70), (170, 130), (140, 220)]


def photo(*line: tuple[int, int]) -> bytes:
    """A line on white paper as a PNG file."""
    picture = Image.new("L", (SIDE, SIDE), 255)
    ImageDraw.Draw(picture).line(line, fill=0, width=16, joint="curve")
    return png(np.asarray(picture))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Of this module only: while it lives, no other test could run an asyncio loop.
    with chromium() as launched:
        yield launched


@pytest.fixture
def open_sheet(browser: Browser, server: Server) -> Iterator[OpenSheet]:
    """Opens pages; none of them may complain, break the content security policy or ask another host."""
    opened: list[Sheet] = []

    def open_one(at: Server = server, **options: Any) -> Sheet:
        opened.append(Sheet(browser, at, **options))
        return opened[-1]

    yield open_one
    for sheet in opened:
        sheet.context.close()
        assert sheet.complaints == []


@pytest.fixture
def sheet(open_sheet: OpenSheet) -> Sheet:
    return open_sheet()


# Drawing.


def test_reads_the_digits_that_it_writes_itself(sheet: Sheet) -> None:
    """What the page draws as its answer, drawn by mouse, is answered with the same digit, and kept in its box."""
    for digit in range(10):
        sheet.write(digit)
        sheet.page.keyboard.press("Escape")

    boxes = sheet.page.locator("#boxes button")
    expect(boxes).to_have_text([str(digit) for digit in range(10)])


def test_reads_peoples_handwriting(sheet: Sheet) -> None:
    misread = []
    for digit, strokes in handwriting(each=1):
        sheet.draw(*strokes)
        try:
            expect(sheet.page.locator("#word")).to_have_text(re.compile(rf"^{WORDS[digit]}\??$"), timeout=2000)
        except AssertionError as difference:
            misread.append(f"{digit}: {difference}")
        sheet.page.keyboard.press("Escape")
    assert len(misread) <= 1, misread


def test_a_finger_draws_and_a_second_one_does_not(open_sheet: OpenSheet) -> None:
    sheet = open_sheet(**PHONE)
    sheet.draw_by_finger(sheet.own_hand(3))
    sheet.expect_answer(3)
    assert sheet.page.evaluate("scrollY") == 0


def test_a_pen_draws(sheet: Sheet) -> None:
    sheet.draw_by_pen(sheet.own_hand(2))
    sheet.expect_answer(2)


def test_a_dot_is_ink(sheet: Sheet) -> None:
    sheet.draw([(140, 140)])
    assert sheet.ink()
    expect(sheet.page.locator("#word")).not_to_be_empty()


def test_the_answer_comes_while_the_pen_is_still_down(sheet: Sheet) -> None:
    box = sheet.page.locator("#canvas").bounding_box()
    assert box
    sheet.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    sheet.page.mouse.down()
    sheet.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 300, steps=4)
    sheet.expect_answer(1)
    sheet.page.mouse.up()


def test_one_request_at_a_time(sheet: Sheet) -> None:
    """However fast the pen is, and the last one has the whole drawing."""
    under_way = 0
    most = 0

    def began(request: Request) -> None:
        nonlocal under_way, most
        under_way += "/predict" in request.url
        most = max(most, under_way)

    def ended(request: Request) -> None:
        nonlocal under_way
        under_way -= "/predict" in request.url

    sheet.page.on("request", began)
    sheet.page.on("requestfinished", ended)
    sheet.page.on("requestfailed", ended)
    sheet.write(8)
    assert most == 1


# Undo and clear.


def test_undo_takes_back_one_thing_after_the_other(sheet: Sheet) -> None:
    undo = sheet.page.get_by_role("button", name="Undo")
    clear = sheet.page.get_by_role("button", name="Clear")
    expect(undo).to_be_disabled()
    expect(clear).to_be_disabled()

    sheet.write(7)
    ink = sheet.ink()
    sheet.draw([(100, 140), (190, 140)])
    assert sheet.ink() > ink
    clear.click()
    sheet.expect_blank()

    undo.click()
    assert sheet.ink() > ink
    undo.click()
    assert sheet.ink() == ink
    sheet.expect_answer(7)
    undo.click()
    sheet.expect_blank()
    expect(undo).to_be_disabled()
    expect(sheet.page.locator("#boxes button")).to_have_count(0)


@pytest.mark.parametrize(
    ("clear", "undo"), [("Escape", "Control+z"), ("Delete", "u"), ("Backspace", "Meta+z")], ids=lambda key: key
)
def test_keys_clear_and_undo(sheet: Sheet, clear: str, undo: str) -> None:
    sheet.write(1)
    sheet.page.keyboard.press(clear)
    sheet.expect_blank()
    sheet.page.keyboard.press(undo)
    sheet.expect_answer(1)
    sheet.page.keyboard.press(undo)
    sheet.expect_blank()


def test_the_keys_are_shown(sheet: Sheet) -> None:
    expect(sheet.page.get_by_role("button", name="Undo").locator("kbd")).to_have_text("U")
    expect(sheet.page.get_by_role("button", name="Clear").locator("kbd")).to_have_text("Esc")
    expect(sheet.page.get_by_text("With keys: arrows move")).to_be_visible()


# Without a pointer, without a screen.


def test_draws_with_the_keyboard_alone(sheet: Sheet) -> None:
    """A seven: along the top, then down and to the left with two arrows held at once."""
    keys = sheet.page.keyboard
    keys.press("Tab")
    for key in ["ArrowLeft"] * 7 + ["ArrowUp"] * 10 + [" "] + ["ArrowRight"] * 14:
        keys.press(key)
    keys.down("ArrowDown")
    for _ in range(9):
        keys.down("ArrowLeft")
        keys.up("ArrowLeft")
        keys.press("ArrowDown")
        keys.down("ArrowDown")
    keys.up("ArrowDown")
    keys.press("Enter")
    sheet.expect_answer(7)

    ink = sheet.ink()
    keys.press("ArrowLeft")
    assert sheet.ink() == ink  # the pen is up
    keys.press("Escape")
    sheet.expect_blank()


def test_tab_reaches_everything_and_shows_where_it_is(sheet: Sheet) -> None:
    sheet.write(4)
    sheet.page.keyboard.press("Escape")
    sheet.write(5)
    sheet.page.evaluate("document.activeElement.blur()")
    sheet.page.locator("h1").click()

    reached = []
    for _ in range(10):
        sheet.page.keyboard.press("Tab")
        name, outline = sheet.page.evaluate(
            """() => {
                const { id, dataset, textContent } = document.activeElement;
                return [id || textContent, getComputedStyle(document.activeElement).outlineStyle];
            }"""
        )
        assert outline == "solid", name
        reached.append(name)
    assert reached == ["canvas", "undo", "clear", "open", "How it was read", "4", "5", "API", "Metrics", "Model"]

    sheet.page.locator("#boxes button").first.focus()
    sheet.page.keyboard.press("Enter")
    sheet.expect_answer(4)


def test_a_screen_reader_finds_names_and_hears_the_answer(sheet: Sheet) -> None:
    sheet.write(6)
    expect(sheet.page.get_by_role("status")).to_have_text(re.compile(r"^Six, .*\d\u00a0% sure$"))
    expect(sheet.page.get_by_role("meter", name="6")).to_have_attribute("aria-valuetext", re.compile(r"\d\u00a0%$"))
    described = sheet.page.locator("body").aria_snapshot()
    for line in [
        'heading "Draw a digit" [level=1]',
        'application "Write one digit, 0 to 9"',
        'button "Undo"',
        'button "Clear"',
        'button "Open picture"',
        'list "How likely each digit is"',
        'img "The 28 by 28 pixels that the model saw"',
        'heading "How it was read"',
        'region "Your last digits"',
        'button "Six, ',
        'navigation "Server"',
    ]:
        assert line in described
    values = probabilities(sheet)
    assert values.argmax() == 6
    assert values.sum() == pytest.approx(1, abs=0.001)


# What the model saw, and the last digits.


def test_shows_what_the_model_saw(sheet: Sheet) -> None:
    with sheet.page.expect_response(lambda response: "/predict" in response.url) as response:
        sheet.choose("seven.png", photo(*SEVEN))
    sheet.expect_answer(7)

    shown = sheet.page.evaluate(
        """() => Array.from(seen.getContext("2d").getImageData(0, 0, 28, 28).data).filter((_, i) => i % 4 === 0)"""
    )
    assert bytes(shown) == base64.b64decode(response.value.json()["seen"])
    assert sheet.page.locator("#seen").evaluate("(canvas) => getComputedStyle(canvas).imageRendering") == "pixelated"


def test_a_click_brings_an_earlier_digit_back(sheet: Sheet) -> None:
    sheet.write(3)
    ink = sheet.ink()  # an answer to all of it may still be on its way
    sheet.page.keyboard.press("Escape")
    sheet.write(1)

    sheet.page.get_by_role("button", name="Three, ").click()
    sheet.expect_answer(3)
    assert sheet.ink() == ink
    expect(sheet.page.locator("#boxes [aria-current=true]")).to_have_text("3")
    sheet.page.keyboard.press("Control+z")
    sheet.expect_answer(1)
    expect(sheet.page.locator("#boxes button")).to_have_text(["3", "1"])


def test_what_was_drawn_after_the_last_answer_comes_back_too(sheet: Sheet) -> None:
    sheet.write(3)
    sheet.page.route("**/predict*", lambda _: None)  # from now on, no answer comes
    sheet.draw([(20, 20), (60, 20)])
    ink = sheet.ink()
    sheet.page.keyboard.press("Escape")
    sheet.page.unroute("**/predict*")
    sheet.write(1)

    with sheet.page.expect_response(lambda response: "/predict" in response.url):
        sheet.page.get_by_role("button", name="Three, ").click()
    assert sheet.ink() == ink


# How it was read, and why there is no digit.


def told(sheet: Sheet, act: Callable[[], object]) -> Any:
    """The answer to what is done."""
    with sheet.page.expect_response(lambda response: "/predict" in response.url) as response:
        act()
    return response.value.json()


def shown_steps(sheet: Sheet) -> Any:
    """What the steps show: sources of the pictures, place of the box, and whether the last has ink."""
    return sheet.page.evaluate(
        """() => {
            const steps = document.getElementById("steps");
            const canvas = steps.querySelector("canvas");
            return {
                told: !steps.classList.contains("untold"),
                grey: [...steps.querySelectorAll(".grey")].map((image) => image.getAttribute("href")),
                ink: steps.querySelector(".ink").getAttribute("href"),
                box: ["x", "y", "width", "height"].map((side) => steps.querySelector(".frame")[side].baseVal.value),
                viewBox: steps.querySelector("svg").getAttribute("viewBox"),
                seen: Math.max(...canvas.getContext("2d").getImageData(0, 0, 28, 28).data),
            };
        }"""
    )


def expect_steps(sheet: Sheet) -> None:
    expect(sheet.page.locator("#steps")).to_have_class("steps")  # and not "untold"


def test_shows_how_it_was_read_to_who_opens_it(sheet: Sheet) -> None:
    summary = sheet.page.get_by_text("How it was read")
    answer = told(sheet, lambda: sheet.choose("seven.png", photo(*SEVEN)))
    assert "explanation" not in answer
    sheet.expect_answer(7)
    expect(sheet.page.get_by_role("img", name="The ink that was found, in its box")).to_be_hidden()

    explanation = told(sheet, summary.click)["explanation"]
    expect_steps(sheet)

    shown = shown_steps(sheet)
    left, top, right, bottom = explanation["box"]
    assert shown["grey"] == [f"data:image/png;base64,{explanation['grey']}"] * 2
    assert shown["ink"] == f"data:image/png;base64,{explanation['ink']}"
    assert shown["box"] == [left, top, right - left, bottom - top]
    assert shown["viewBox"] == "0 0 {} {}".format(*explanation["size"])
    assert shown["seen"] == 255
    expect(sheet.page.get_by_role("img", name="The ink that was found, in its box")).to_be_visible()
    sheet.expect_answer(7)

    summary.click()
    assert "explanation" not in told(sheet, lambda: sheet.draw(SEVEN))


def test_the_ink_is_shown_in_colour_in_its_frame(sheet: Sheet) -> None:
    sheet.page.get_by_text("How it was read").click()
    sheet.choose("seven.png", photo(*SEVEN))
    expect_steps(sheet)
    tile = sheet.page.get_by_role("img", name="The ink that was found, in its box")

    def marked(colour: tuple[int, int, int]) -> npt.NDArray[np.bool_]:
        pixels = np.asarray(Image.open(io.BytesIO(tile.screenshot())).convert("RGB")).astype(int)
        marks: npt.NDArray[np.bool_] = abs(pixels - colour).max(axis=2) < 40
        return marks

    wait_for(lambda: marked((147, 177, 255)).any())  # the picture in it is there a moment later
    ink, frame = marked((147, 177, 255)), marked((255, 122, 92))

    assert ink.mean() > 0.01
    rows, columns = np.nonzero(frame)
    assert ink[rows.min() : rows.max(), columns.min() : columns.max()].sum() == ink.sum()


def test_how_it_was_read_follows_the_pen_and_the_history(sheet: Sheet) -> None:
    sheet.choose("seven.png", photo(*SEVEN))
    sheet.expect_answer(7)
    sheet.page.keyboard.press("Escape")
    sheet.page.get_by_text("How it was read").click()
    assert not shown_steps(sheet)["told"]
    assert shown_steps(sheet)["seen"] == 0

    sheet.write(1)
    expect_steps(sheet)
    one = shown_steps(sheet)

    told(sheet, sheet.page.get_by_role("button", name="Seven, ").click)  # as its answer had no explanation
    expect(sheet.page.locator("#steps .ink")).not_to_have_attribute("href", one["ink"])
    sheet.expect_answer(7)
    assert shown_steps(sheet)["told"]
    sheet.page.keyboard.press("Escape")
    sheet.expect_blank()
    assert not shown_steps(sheet)["told"]


def test_opening_the_steps_while_a_picture_is_read_loses_neither(sheet: Sheet) -> None:
    busy = {"status": 503, "headers": {"Retry-After": "1"}, "body": json.dumps({"error": "Busy."})}
    sheet.write(1)
    sheet.page.wait_for_timeout(200)  # until nothing is on its way
    sheet.page.route("**/predict*", lambda route: route.fulfill(**busy), times=1)
    sheet.choose("seven.png", photo(*SEVEN))
    expect(sheet.page.locator("#notice")).to_contain_text("The server is busy.")
    sheet.page.get_by_text("How it was read").click()

    sheet.expect_answer(7)
    expect(sheet.page.get_by_role("img", name="Your picture")).to_be_visible()
    expect_steps(sheet)
    sheet.page.wait_for_timeout(200)
    sheet.expect_answer(7)


def test_keys_open_the_steps(sheet: Sheet) -> None:
    sheet.page.locator("summary").focus()
    sheet.page.keyboard.press("Enter")
    expect(sheet.page.get_by_role("img", name="The picture in grey")).to_be_visible()
    sheet.page.keyboard.press(" ")
    expect(sheet.page.get_by_role("img", name="The picture in grey")).to_be_hidden()


def test_several_digits_are_refused_in_words(sheet: Sheet) -> None:
    sheet.draw([(80, 60), (80, 220)])
    sheet.draw([(200, 60), (200, 220)])

    reason = "There seem to be 2 digits: send one at a time."
    expect(sheet.page.locator("#word")).to_have_text("No digit")
    expect(sheet.page.locator("#other")).to_have_text(reason)
    expect(sheet.page.get_by_role("status")).to_have_text(reason)
    expect(sheet.page.locator("#bars .best")).to_have_count(0)
    assert probabilities(sheet).sum() == pytest.approx(1, abs=0.001)
    expect(sheet.page.locator("#boxes button")).to_have_count(0)


def test_what_looks_like_no_digit_shows_what_it_looks_most_like(sheet: Sheet) -> None:
    shares = [0.05, 0.05, 0.05, 0.08, 0.31, 0.1, 0.1, 0.1, 0.1, 0.06]
    reason = "It does not look like a digit; most like a 4 (31.0 %)."
    refusal = {"digit": None, "confidence": 0.31, "probabilities": shares, "reason": reason}
    sheet.page.route(
        "**/predict*", lambda route: route.fulfill(json={**refusal, "seen": base64.b64encode(bytes(784)).decode()})
    )
    sheet.draw(SEVEN)

    expect(sheet.page.locator("#word")).to_have_text("No digit")
    expect(sheet.page.get_by_role("status")).to_have_text(reason)
    assert probabilities(sheet) == pytest.approx(shares)
    expect(sheet.page.get_by_role("meter", name="4")).to_have_attribute("aria-valuetext", "31.0\u00a0%")


def test_a_refusal_takes_the_doubt_of_the_answer_before_away(sheet: Sheet) -> None:
    unsure = {"digit": 4, "confidence": 0.55, "probabilities": [0.05] * 4 + [0.55] + [0.05] * 5}
    refusal = {**unsure, "digit": None, "reason": "Not sure enough: most like a 4 (55.0 %)."}
    seen = base64.b64encode(bytes(784)).decode()
    answers = iter([unsure])
    sheet.page.route("**/predict*", lambda route: route.fulfill(json={**next(answers, refusal), "seen": seen}))
    panel = sheet.page.locator(".unsure")

    sheet.choose("one.png", photo((140, 60), (140, 220)))
    expect(sheet.page.locator("#word")).to_have_text("Four?")
    expect(panel).to_have_count(1)
    sheet.choose("seven.png", photo(*SEVEN))
    expect(sheet.page.locator("#word")).to_have_text("No digit")
    expect(panel).to_have_count(0)


def test_probabilities_are_told_as_the_command_line_tells_them(sheet: Sheet) -> None:
    shares = [1, 0.9995, 0.99949, 0.5, 0.1, 0.01, 0.0006, 0.0005, 0.00049, 0]
    answer = {"digit": 0, "confidence": 1, "probabilities": shares, "seen": base64.b64encode(bytes(784)).decode()}
    sheet.page.route("**/predict*", lambda route: route.fulfill(json=answer))

    sheet.draw(SEVEN)

    for digit, share in enumerate(shares):
        told = sureness(share).replace(" ", "\u00a0")
        expect(sheet.page.get_by_role("meter", name=str(digit))).to_have_attribute("aria-valuetext", told)


def probabilities(sheet: Sheet) -> npt.NDArray[np.float64]:
    """What the ten bars say."""
    return np.array(
        [float(meter.get_attribute("aria-valuenow") or "nan") for meter in sheet.page.get_by_role("meter").all()]
    )


# Pictures.


@pytest.mark.parametrize("way", ["choose", "drop", "paste"])
def test_reads_a_picture(sheet: Sheet, way: str) -> None:
    sheet.draw([(140, 60), (140, 220)])
    sheet.expect_answer(1)
    getattr(sheet, way)("seven.png", photo(*SEVEN))
    sheet.expect_answer(7)
    picture = sheet.page.get_by_role("img", name="Your picture")
    expect(picture).to_be_visible()
    assert not sheet.ink()

    sheet.page.keyboard.press("Control+z")  # back to the drawing
    sheet.expect_answer(1)
    expect(picture).to_be_hidden()
    expect(sheet.page.locator("#boxes button")).to_have_text(["1", "7"])


def test_drawing_on_a_picture_begins_anew(sheet: Sheet) -> None:
    sheet.choose("one.png", photo((140, 60), (140, 220)))
    sheet.expect_answer(1)
    sheet.write(7)
    expect(sheet.page.get_by_role("img", name="Your picture")).to_be_hidden()
    expect(sheet.page.locator("#boxes button")).to_have_text(["1", "7"])


def test_a_bad_file_is_explained_and_the_drawing_stays(sheet: Sheet, server: Server) -> None:
    sheet.write(7)
    ink = sheet.ink()
    bad = b"These are notes, not a picture."
    sentence = server.post("/predict", bad).json["error"]
    sheet.choose("notes.txt", bad)
    expect(sheet.page.locator("#notice")).to_have_text(f"notes.txt: {sentence}")
    expect(sheet.page.get_by_role("status")).to_have_text(f"notes.txt: {sentence}")
    sheet.expect_answer(7)
    assert sheet.ink() == ink

    sheet.draw([(100, 140), (190, 140)])
    expect(sheet.page.locator("#notice")).to_be_empty()


@pytest.mark.parametrize("name", ["moved.png", "folder"])
def test_what_cannot_be_read_is_explained_and_the_drawing_stays(sheet: Sheet, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    sheet.write(7)
    ink = sheet.ink()
    sheet.drop_from_disk(tmp_path / name)
    notice = sheet.page.locator("#notice")
    expect(notice).to_have_text(f"{name}: This can’t be read. It may have been moved, or be a folder.")
    sheet.expect_answer(7)
    assert sheet.ink() == ink

    sheet.page.keyboard.press("Escape")
    expect(notice).to_be_empty()
    sheet.write(1)


def test_a_picture_outlives_its_file(sheet: Sheet, tmp_path: Path) -> None:
    file = tmp_path / "seven.png"
    file.write_bytes(photo(*SEVEN))
    sheet.drop_from_disk(file)
    sheet.expect_answer(7)
    file.unlink()
    sheet.page.keyboard.press("Escape")
    sheet.expect_blank()
    sheet.page.keyboard.press("Control+z")  # reads it again
    sheet.expect_answer(7)


def test_a_picture_without_ink_has_no_digit(sheet: Sheet) -> None:
    sheet.choose("blank.png", png(np.full((40, 40), 255, np.uint8)))
    expect(sheet.page.locator("#word")).to_have_text("No digit")
    expect(sheet.page.locator("#other")).to_have_text("There is no ink in the picture.")
    expect(sheet.page.locator("#boxes button")).to_have_count(0)


def test_a_paste_without_a_picture_is_explained(sheet: Sheet) -> None:
    sheet.page.evaluate(
        """document.body.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: new DataTransfer(), bubbles: true }))"""
    )
    expect(sheet.page.locator("#notice")).to_have_text("There is no picture in the clipboard.")


# Trouble.


def test_a_server_that_went_away_is_said_and_waited_for(open_sheet: OpenSheet) -> None:
    """The drawing is kept and, with the server back, read without being touched."""
    with running("--workers", "1") as first:
        sheet = open_sheet(first)
        sheet.write(1)
        sheet.page.keyboard.press("Escape")
    sheet.draw(SEVEN)
    notice = sheet.page.locator("#notice")
    expect(notice).to_contain_text("The server doesn’t answer.")
    expect(sheet.page.locator("#word")).to_be_empty()
    assert sheet.ink()

    with running("--workers", "1", "--port", str(first.port)):
        sheet.expect_answer(7)
        expect(notice).to_be_empty()
        sheet.context.close()


def test_the_notice_goes_when_the_server_is_back_though_nothing_is_drawn(open_sheet: OpenSheet) -> None:
    with running("--workers", "1") as first:
        sheet = open_sheet(first)
    sheet.draw(SEVEN)
    expect(sheet.page.locator("#notice")).to_contain_text("The server doesn’t answer.")
    sheet.page.keyboard.press("Escape")
    expect(sheet.page.locator("#notice")).to_contain_text("The server doesn’t answer.")
    with running("--workers", "1", "--port", str(first.port)):
        expect(sheet.page.locator("#notice")).to_be_empty()
        sheet.context.close()


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(sheet: Sheet) -> None:
    asked: list[float] = []

    def busy_once(route: Route) -> None:
        asked.append(time.monotonic())
        if len(asked) == 1:
            route.fulfill(status=503, headers={"Retry-After": "1"}, body=json.dumps({"error": "Busy."}))
        else:
            route.continue_()

    sheet.page.route("**/predict*", busy_once)
    sheet.draw(SEVEN)
    expect(sheet.page.locator("#notice")).to_contain_text("The server is busy.")
    sheet.expect_answer(7)
    expect(sheet.page.locator("#notice")).to_be_empty()
    assert asked[1] - asked[0] >= 0.95


def test_an_answer_that_is_not_the_servers_is_asked_for_again(sheet: Sheet) -> None:
    """As a network's sign-in page gives for whatever is asked."""
    sheet.page.route("**/predict*", lambda route: route.fulfill(body="<h1>Please sign in</h1>"), times=1)
    sheet.draw(SEVEN)
    sheet.expect_answer(7)


def test_asks_for_the_key_of_a_server_that_has_one(open_sheet: OpenSheet) -> None:
    with running("--workers", "1", MNIST_SERVE_API_KEY="se-cret") as locked:
        sheet = open_sheet(locked)
        sheet.draw(SEVEN)
        key = sheet.page.get_by_label("API key")
        links = sheet.page.get_by_role("navigation").get_by_role("link")
        expect(sheet.page.get_by_text("This server asks for an API key.").first).to_be_visible()
        key.fill("wrong")
        key.press("Enter")
        expect(sheet.page.get_by_text("The server didn’t accept that key.").first).to_be_visible()
        key.fill("se-cret")
        sheet.page.get_by_role("button", name="Use this key").click()
        sheet.expect_answer(7)
        expect(key).to_be_hidden()

        expect(links).to_have_text(["API"])  # the others would ask for the key, which a link can't send

        sheet.page.reload()  # the key is kept as long as the tab is
        expect(links).to_have_text(["API"])
        sheet.write(1)
        sheet.context.close()


@pytest.mark.parametrize("replaced_by", ["nothing", "another"])
def test_a_late_answer_to_an_old_drawing_is_never_shown(sheet: Sheet, replaced_by: str) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    own_hand = sheet.own_hand(1)
    sheet.page.route("**/predict*", hold)
    with sheet.page.expect_request("**/predict*"):
        sheet.draw(own_hand)
    sheet.page.keyboard.press("Escape")
    sheet.page.unroute("**/predict*")
    if replaced_by == "another":
        sheet.draw(SEVEN)
        sheet.expect_answer(7)
    old = {"digit": 3, "confidence": 1, "probabilities": [0, 0, 0, 1, 0, 0, 0, 0, 0, 0], "seen": ""}
    for route in held:
        with suppress(Error):  # the page has hung up
            route.fulfill(json=old)
    sheet.page.wait_for_timeout(200)
    if replaced_by == "another":
        sheet.expect_answer(7)
    else:
        sheet.expect_blank()


# Looks.


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_fits_a_phone(open_sheet: OpenSheet, path: str) -> None:
    sheet = open_sheet(path=path, **PHONE)
    expect(sheet.page.locator("main > section").first).to_be_visible()
    if path == "/":
        sheet.draw(SEVEN)
        sheet.expect_answer(7)
        sheet.page.locator("summary").click()
        sheet.page.set_input_files("#file", {"name": "n" * 200 + ".txt", "mimeType": "", "buffer": b"notes"})
        expect(sheet.page.locator("#notice")).not_to_be_empty()
    assert sheet.page.evaluate("document.documentElement.scrollWidth") <= 360
    beyond = sheet.page.evaluate(
        """() => [...document.querySelectorAll("main *")]
            .filter((element) => element.getClientRects().length && element.getBoundingClientRect().right > 360)
            .map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert beyond == []


@pytest.mark.parametrize("path", ["/", "/docs"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(open_sheet: OpenSheet, scheme: str, path: str) -> None:
    """Against its ground by 4.5 to 1 at least, as WCAG AA asks."""
    sheet = open_sheet(path=path, color_scheme=scheme, reduced_motion="reduce")
    expect(sheet.page.locator("main > section").first).to_be_visible()
    if path == "/":
        sheet.draw(SEVEN)
        sheet.expect_answer(7)
        sheet.page.locator("summary").click()
        sheet.choose("notes.txt", b"notes")
        expect(sheet.page.locator("#notice")).not_to_be_empty()
    ratios = sheet.page.evaluate(_CONTRASTS)
    assert len(ratios) > 20
    assert {text: ratio for text, ratio in ratios if ratio < 4.5} == {}
    assert sheet.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == (
        "rgb(22, 21, 27)" if scheme == "dark" else "rgb(251, 234, 228)"
    )


_CONTRASTS = """() => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = (color) => {
        const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        const [r, g, b] = numbers(color).map((v) => linear(v / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        const color = getComputedStyle(element).backgroundColor;
        return numbers(color)[3] === 0 ? ground(element.parentElement) : color;
    };
    const written = [...document.body.querySelectorAll("*")].filter((element) =>
        [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()) &&
        element.checkVisibility() && !element.closest("canvas, noscript, :disabled"));
    return written.map((element) => {
        const [a, b] = [getComputedStyle(element).color, ground(element)].map(luminance).sort((a, b) => b - a);
        return [element.textContent, (a + 0.05) / (b + 0.05)];
    });
}"""


def test_nothing_moves_for_who_wants_it_still(open_sheet: OpenSheet) -> None:
    assert open_sheet().page.evaluate("document.getAnimations().length") > 0
    assert open_sheet(reduced_motion="reduce").page.evaluate("document.getAnimations().length") == 0


def test_colours_that_the_reader_forces_still_tell_the_bars_apart(open_sheet: OpenSheet) -> None:
    sheet = open_sheet(forced_colors="active")
    sheet.write(7)
    best, other = (
        sheet.page.locator(bar).first.evaluate("(bar) => getComputedStyle(bar).backgroundColor")
        for bar in ("#bars .best [role=meter] div", "#bars li:not(.best) [role=meter] div")
    )
    assert best != other
    assert sheet.ink()


# The API's description.


def test_docs_show_every_operation_and_schema(open_sheet: OpenSheet, server: Server) -> None:
    page = open_sheet(path="/docs").page
    described = server.get("/openapi.json").json
    for path, operations in described["paths"].items():
        for method in operations:
            expect(page.get_by_role("heading", name=f"{method.upper()} {path}", exact=True)).to_be_visible()
    for name in described["components"]["schemas"]:
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.get_by_text(f"curl -F file=@photo.jpg {server.url}/predict")).to_be_visible()

    page.get_by_role("link", name="Reading").first.click()
    expect(page.get_by_role("region", name="Reading")).to_be_in_viewport()


def test_docs_without_javascript_lead_to_the_description(open_sheet: OpenSheet) -> None:
    page = open_sheet(path="/docs", java_script_enabled=False).page
    page.locator("noscript a").click()
    expect(page).to_have_url(re.compile("/openapi.json$"))
