"""`POST /predict`: pictures in every way that clients send them, and what is no picture."""

import base64
import gzip
import io
import json
import struct
import zipfile
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.classifier import Classifier
from mnist_serve.api.pictures import is_small_png
from mnist_serve.loading import SHIPPED
from mnist_serve.settings import MIN_CONFIDENCE
from serve.running import Server, running
from support import png

BOUNDARY = "xyz"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def form(*fields: tuple[str, bytes]) -> bytes:
    """A form with some fields, each with its Content-Disposition's parameters."""
    parts = [
        b"--xyz\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (parameters.encode(), contents)
        for parameters, contents in fields
    ]
    return b"".join(parts) + b"--xyz--\r\n"


def promise(width: int, height: int) -> bytes:
    """A PNG file that promises some size, and has almost nothing behind it."""
    chunks = [b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0), b"IDAT" + zlib.compress(bytes(29))]
    packed = [struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each)) for each in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def gif_screen(width: int, height: int) -> bytes:
    """A GIF of one pixel on a screen of some size."""
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, "GIF")
    return file.getvalue()[:6] + struct.pack("<HH", width, height) + file.getvalue()[10:]


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("digit.png", b"no picture")
    return file.getvalue()


class TestPictures:
    def test_the_answer_is_what_the_model_says(
        self, server: Server, digits: npt.NDArray[np.uint8], pictures: list[bytes]
    ) -> None:
        expected = Classifier(SHIPPED)(digits)

        for image, picture, probabilities in zip(digits, pictures, expected, strict=True):
            answer = server.post("/predict?seen=true", picture).json
            np.testing.assert_allclose(answer["probabilities"], probabilities, atol=1e-6)
            assert answer["digit"] == (probabilities.argmax() if probabilities.max() >= MIN_CONFIDENCE else None)
            assert answer["confidence"] == max(answer["probabilities"])
            seen = np.frombuffer(base64.b64decode(answer["seen"]), np.uint8).reshape(28, 28)
            np.testing.assert_array_equal(seen, image)

    @pytest.mark.parametrize("kind", ["", "image/png", "image/jpeg", "application/octet-stream", "image/png; x=y"])
    def test_the_content_type_of_a_picture_need_not_be_right(
        self, server: Server, pictures: list[bytes], kind: str
    ) -> None:
        headers = {"Content_Type": kind} if kind else {}
        assert server.post("/predict", pictures[8], **headers).status == 200

    def test_curls_data_binary_is_read(self, server: Server, pictures: list[bytes]) -> None:
        answer = server.post("/predict", pictures[8], Content_Type="application/x-www-form-urlencoded")
        assert answer.status == 200

    def test_a_form_is_read_and_the_files_name_comes_back(self, server: Server, pictures: list[bytes]) -> None:
        fields = [('name="note"', b"hello"), ('name="file"; filename="eight \xe4.png"', pictures[8])]

        answer = server.post("/predict", form(*fields), Content_Type=FORM)

        assert answer.json["file"] == "eight \xe4.png"
        assert {**answer.json, "file": None} == {**server.post("/predict", pictures[8]).json, "file": None}

    @pytest.mark.parametrize("encoding", ["gzip", "deflate"])
    def test_packed_bodies_are_read(self, server: Server, pictures: list[bytes], encoding: str) -> None:
        body = gzip.compress(pictures[8]) if encoding == "gzip" else zlib.compress(pictures[8])
        assert (
            server.post("/predict", body, Content_Encoding=encoding).json == server.post("/predict", pictures[8]).json
        )

    def test_a_large_photograph_is_read(self, server: Server, digits: npt.NDArray[np.uint8]) -> None:
        large = np.kron(255 - digits[3], np.ones((60, 60), np.uint8))
        file = io.BytesIO()
        Image.fromarray(large).save(file, "JPEG")

        assert server.post("/predict", file.getvalue()).status == 200

    def test_paper_without_ink_has_no_digit(self, server: Server) -> None:
        answer = server.post("/predict", png(np.full((60, 40), 240, np.uint8))).json

        assert answer == {
            "digit": None,
            "confidence": None,
            "probabilities": None,
            "reason": "There is no ink in the picture.",
        }

    def test_several_digits_are_refused_with_their_probabilities(self, server: Server, two_digits: bytes) -> None:
        answer = server.post("/predict", two_digits).json

        assert answer["digit"] is None
        assert answer["reason"] == "There seem to be 2 digits: send one at a time."
        assert len(answer["probabilities"]) == 10
        assert answer["confidence"] == max(answer["probabilities"])

    def test_the_threshold_decides_whether_there_is_a_digit(self, server: Server, pictures: list[bytes]) -> None:
        freely = [server.post("/predict", picture).json for picture in pictures]
        surest = max(answer["confidence"] for answer in freely)

        with running("--workers", "1", MNIST_SERVE_MIN_CONFIDENCE=str(surest)) as strict:
            strictly = [strict.post("/predict", picture).json for picture in pictures]
            counted = strict.get("/metrics").body.decode()
            described = strict.get("/openapi.json").json["paths"]["/predict"]["post"]["description"]

        refused = [answer for answer in strictly if answer["digit"] is None]
        assert 0 < len(refused) < 10
        for before, after in zip(freely, strictly, strict=True):
            assert (after["digit"] is None) == (before["confidence"] < surest)
            assert after["probabilities"] == pytest.approx(before["probabilities"])
        assert "most like a" in refused[0]["reason"]
        assert f"mnist_no_digit_total {float(len(refused))}\n" in counted
        assert f"a probability below {surest:g}." in described


@pytest.mark.parametrize(
    ("shape", "is_small"),
    [((28, 28), True), ((1, 28), True), ((29, 28), False), ((28, 29), False), ((1, 784), False), ((64, 64), False)],
)
def test_only_pictures_as_small_as_mnists_are_read_among_others(shape: tuple[int, int], is_small: bool) -> None:
    assert is_small_png(png(np.zeros(shape, np.uint8))) == is_small


class TestExplanations:
    @staticmethod
    def explained(server: Server, picture: Image.Image) -> tuple[dict[str, Any], npt.NDArray[np.uint8], Any]:
        """What is told of a picture, and its two planes."""
        file = io.BytesIO()
        picture.save(file, "PNG")
        told = server.post("/predict?explain=true", file.getvalue()).json["explanation"]
        grey, ink = (np.asarray(Image.open(io.BytesIO(base64.b64decode(told[name])))) for name in ("grey", "ink"))
        assert grey.shape == ink.shape
        assert max(grey.shape) <= 256
        return told, grey, ink

    def test_the_ink_is_shown_where_it_is(self, server: Server) -> None:
        picture = Image.new("L", (1200, 600), 255)
        ImageDraw.Draw(picture).line([(200, 100), (400, 100), (300, 480)], 0, 40)

        told, grey, ink = self.explained(server, picture)

        width, height = told["size"]
        assert width == 2 * height
        scale = ink.shape[1] / width
        left, top, right, bottom = (edge * scale for edge in told["box"])
        rows, columns = np.nonzero(ink)
        assert (columns.min(), rows.min()) == (pytest.approx(left, abs=1), pytest.approx(top, abs=1))
        assert (columns.max() + 1, rows.max() + 1) == (pytest.approx(right, abs=1), pytest.approx(bottom, abs=1))
        assert left / scale == pytest.approx(180 * width / 1200, abs=10)
        assert told["digits"] == 1
        assert grey[ink > 200].min() > 128 > grey[ink == 0].max()  # turned so that ink is light

    def test_a_blank_picture_has_no_box(self, server: Server) -> None:
        told, _, ink = self.explained(server, Image.new("L", (30, 40), 200))

        assert told["box"] is None
        assert told["digits"] == 0
        assert told["size"] == [30, 40]
        assert not ink.any()

    def test_the_largest_is_bounded(self, server: Server) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (2000, 2000), np.uint8)

        told, _, _ = self.explained(server, Image.fromarray(noise))

        assert len(json.dumps(told)) < 200_000

    def test_it_comes_when_asked_for(self, server: Server, pictures: list[bytes]) -> None:
        for query in ("", "?seen=true", "?explain=false", "?explain=false&seen=true"):
            assert "explanation" not in server.post(f"/predict{query}", pictures[3]).json
        assert {"seen", "explanation"} < server.post("/predict?explain=true&seen=true", pictures[3]).json.keys()


class TestBadPictures:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"", 400),
            (b"\x89", 415),
            (b"hello, this is text", 415),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
            (zipped(), 415),
            (b"%PDF-1.7", 415),
            (promise(60_000, 60_000), 413),
            (promise(2**31 - 1, 2**31 - 1), 413),
            (promise(0, 28), 400),
            (gif_screen(65_535, 65_535), 413),
        ],
        ids=["empty", "byte", "text", "svg", "zip", "pdf", "60000", "2**31", "flat", "gif"],
    )
    def test_they_are_refused_with_a_reason(self, server: Server, body: bytes, status: int) -> None:
        answer = server.post("/predict", body, Content_Type="image/png")

        assert answer.status == status
        assert answer.json.keys() == {"error"}
        assert len(answer.json["error"]) > 20

    def test_a_truncated_picture_is_refused(self, server: Server, digits: npt.NDArray[np.uint8]) -> None:
        picture = png(np.kron(digits[3], np.ones((4, 4), np.uint8)))

        for length in range(8, len(picture) - 12, 40):
            assert server.post("/predict", picture[:length]).status == 400

    def test_the_pixel_limit_holds(self, pictures: list[bytes]) -> None:
        with running("--workers", "1", "--max-pixels", "783") as server:
            answer = server.post("/predict", pictures[0])
        assert answer.status == 413
        assert "784" in answer.json["error"]
        assert "783" in answer.json["error"]

    @pytest.mark.parametrize("kind", ["application/json", "text/plain", "video/mp4", "multipart/mixed", "nonsense"])
    def test_what_says_it_is_something_else_is_not_read(self, server: Server, pictures: list[bytes], kind: str) -> None:
        answer = server.post("/predict", pictures[0], Content_Type=kind)

        assert answer.status == 415
        assert kind in answer.json["error"]

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("multipart/form-data", form(('name="file"', b"x"))),
            ("multipart/form-data; boundary=", form(('name="file"', b"x"))),
            (FORM, b""),
            (FORM, b"no form at all"),
            (FORM, form()),
            (FORM, form(('name="photo"', b"x"))),
            (FORM, form(('filename="x"', b"x"))),
            (FORM, form(('name="file"', b"x"))[:-8]),
            (FORM, form(*[('name="a"', b"")] * 50, ('name="file"', b"x"))),
            (FORM, b"--xyz\r\nContent-Disposition: form-data; name=\xff\r\n\r\nx\r\n--xyz--\r\n"),
            (FORM, b"--xyz\r\n" + b"A: b\r\n" * 1000 + b"\r\nx\r\n--xyz--\r\n"),
            (FORM, form(('name="file"', b""))),
        ],
    )
    def test_broken_forms_are_refused(self, server: Server, kind: str, body: bytes) -> None:
        answer = server.post("/predict", body, Content_Type=kind)

        assert answer.status == 400
        assert answer.json.keys() == {"error"}

    @pytest.mark.parametrize(
        ("encoding", "body", "status"),
        [
            ("gzip", b"not packed", 400),
            ("gzip", gzip.compress(b"x" * 1000, mtime=0)[:-4], 400),
            ("gzip", gzip.compress(b"x", mtime=0) + b"tail", 400),
            ("deflate", b"", 400),
            ("gzip", gzip.compress(bytes(17 * 2**20), mtime=0), 413),
            ("br", b"x", 415),
            ("gzip, gzip", gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), 415),
        ],
    )
    def test_badly_packed_bodies_are_refused(self, server: Server, encoding: str, body: bytes, status: int) -> None:
        assert server.post("/predict", body, Content_Encoding=encoding).status == status

    def test_an_unknown_query_is_told(self, server: Server, pictures: list[bytes]) -> None:
        assert server.post("/predict?seen=maybe", pictures[0]).status == 400
        assert server.post("/predict?explain", pictures[0]).status == 400
        assert server.post("/predict?seen=true&sen=true", pictures[0]).status == 400
        assert server.post("/predict?sen=true", pictures[0]).status == 400


class TestKeys:
    def test_without_the_key_nothing_is_read(self, pictures: list[bytes]) -> None:
        with running("--workers", "1", "--api-key", "s3cret") as server:
            for headers in ({}, {"X_API_Key": ""}, {"X_API_Key": "s3cre"}, {"Authorization": "Basic s3cret"}):
                answer = server.post("/predict", pictures[0], **headers)
                assert answer.status == 401
                assert answer.headers["www-authenticate"] == "Bearer"
            assert server.get("/metrics").status == 401
            assert server.get("/v2/models/mnist").status == 401
            for headers in ({"X_API_Key": "s3cret"}, {"Authorization": "Bearer s3cret"}):
                assert server.post("/predict", pictures[0], **headers).status == 200
            for path in (
                "/",
                "/docs",
                "/openapi.json",
                "/v2/health/live",
                "/v2/health/ready",
                "/v2/models/mnist/ready",
            ):
                assert server.get(path).status == 200, path

    def test_space_around_it_does_not_count(self, pictures: list[bytes]) -> None:
        """As secrets that are mounted as files end in a line's end."""
        with running("--workers", "1", MNIST_SERVE_API_KEY=" s3cret word\n") as server:
            for headers in ({"X_API_Key": "s3cret word"}, {"Authorization": "Bearer s3cret word"}):
                assert server.post("/predict", pictures[0], **headers).status == 200
            assert server.post("/predict", pictures[0], X_API_Key="s3cret").status == 401

    def test_the_description_tells_of_it(self) -> None:
        with running("--workers", "1", MNIST_SERVE_API_KEY="s3cret") as server:
            description = server.get("/openapi.json").json
        assert "securitySchemes" in description["components"]
        assert "s3cret" not in json.dumps(description)


class TestSite:
    @pytest.mark.parametrize("path", ["/", "/docs"])
    def test_pages_are_safe_and_whole(self, server: Server, path: str) -> None:
        answer = server.get(path)

        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert b"</html>" in answer.body

    def test_a_page_that_did_not_change_is_not_sent_again(self, server: Server) -> None:
        tag = server.get("/").headers["etag"]
        answer = server.get("/", If_None_Match=tag)
        assert (answer.status, answer.body) == (304, b"")

    def test_pages_come_packed_where_the_client_likes(self, server: Server) -> None:
        answer = server.get("/", Accept_Encoding="gzip")
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(answer.body) == server.get("/").body

    @pytest.mark.parametrize("path", ["/static/", "/static/../model/model.json", "/static/%2e%2e/loading.py"])
    def test_no_other_file_is_to_be_had(self, server: Server, path: str) -> None:
        assert server.get(path).status == 404
