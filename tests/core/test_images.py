"""Photos: refused by their header, rewritten without anything but pixels."""

import io
import struct
import zlib

import pytest
from PIL import Image

from tuangou.core.errors import ImageRefused
from tuangou.core.images import LARGEST_BYTES, SMALL_BYTES, SMALL_SIDE, reencode, small_copy


def picture(size=(60, 40), kind="JPEG", mode="RGB", colour="red", **options) -> io.BytesIO:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **options)
    out.seek(0)
    return out


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["WEBP"])


def png_header(width: int, height: int) -> io.BytesIO:
    """A PNG that says how large it is and holds next to nothing: a bomb's first bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + crc

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b""))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_known_kinds_become_webp(kind):
    image = opened(reencode(picture(kind=kind)))
    assert (image.format, image.size) == ("WEBP", (60, 40))


@pytest.mark.parametrize(
    ("mode", "colour"), [("P", 0), ("L", 128), ("RGBA", (0, 0, 0, 0)), ("LA", (0, 0)), ("1", 1)]
)
def test_every_colour_mode_is_taken(mode, colour):
    assert opened(reencode(picture(kind="PNG", mode=mode, colour=colour))).mode == "RGB"


def test_what_was_transparent_becomes_white_not_black():
    image = opened(reencode(picture(kind="PNG", mode="RGBA", colour=(0, 0, 0, 0))))
    assert image.convert("L").getextrema() == (255, 255)


def test_a_large_photo_is_shrunk_and_keeps_its_shape():
    assert opened(reencode(picture((4000, 3000)))).size == (1280, 960)
    assert opened(reencode(picture((4000, 3000)), longest_side=480)).size == (480, 360)


def test_a_turned_photo_stands_upright_and_loses_its_place():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "a phone"
    exif.get_ifd(0x8825)[1] = "N"  # GPS: where the person lives
    image = opened(reencode(picture((60, 40), exif=exif)))
    assert image.size == (40, 60)
    assert not image.getexif()
    assert "exif" not in image.info
    assert "icc_profile" not in image.info


@pytest.mark.parametrize(("width", "height"), [(13000, 13600), (5000, 5000), (30000, 30000)])
def test_a_bomb_is_refused_by_its_header(width, height, monkeypatch):
    def decoded(*_args, **_kwargs):
        raise AssertionError("the pixels were decoded")

    monkeypatch.setattr(Image.Image, "draft", decoded)
    with pytest.raises(ImageRefused, match="像素"):
        reencode(png_header(width, height))


def test_more_than_eight_megabytes_are_refused_unread():
    class Endless(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size, "read without a limit"
            self.taken += size
            return b"\xff" * size

    upload = Endless()
    with pytest.raises(ImageRefused, match="8 MB"):
        reencode(upload)
    assert upload.taken == LARGEST_BYTES + 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + b"\0" * 100,
        b"%PDF-1.7",
        picture((600, 400)).getvalue()[:700],
        picture(kind="PNG", size=(600, 400)).getvalue()[:300],
        png_header(600, 400).getvalue(),
    ],
)
def test_what_is_no_whole_photo_is_refused_with_a_sentence(data):
    with pytest.raises(ImageRefused, match="打不开"):
        reencode(io.BytesIO(data))


@pytest.mark.parametrize("noise", [0, 30, 120], ids=["flat", "usual", "nothing but noise"])
def test_the_copy_for_lists_is_small_whatever_is_on_it(noise):
    photo = Image.effect_noise((640, 480), noise).convert("RGB")
    out = io.BytesIO()
    photo.save(out, "WEBP", quality=80)
    small = small_copy(out.getvalue())
    assert max(opened(small).size) == SMALL_SIDE
    assert len(small) <= SMALL_BYTES
