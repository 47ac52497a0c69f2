"""Hostile uploads: each is refused or comes out as plain pixels, in a program that cannot take more
memory or time than it was given. Memory is what the kernel says the program took at most."""

from __future__ import annotations

import io
import json
import random
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PIL import Image, PngImagePlugin

from tuangou.core import images, pictures
from tuangou.core.errors import ImageRefused

# Runs main() and says on the error stream what it took, in kB.
MEASURED = """
import importlib.util, resource, sys
spec = importlib.util.spec_from_file_location("pictures", sys.argv[2])
pictures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pictures)
exec(sys.argv[3])
ended = pictures.main()
took = dict(line.split(":", 1) for line in open("/proc/self/status"))
print('{"peak": %d}' % int(took["VmHWM"].split()[0]), file=sys.stderr)
sys.exit(ended)
"""


@dataclass(frozen=True)
class Done:
    code: int
    photo: bytes
    peak_kb: int


def run(data: bytes, *, changed: str = "") -> Done:
    """The program as it is, or with a guard of it changed first."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", MEASURED, "1280", pictures.__file__, changed],
        input=data,
        capture_output=True,
        timeout=120,
        check=False,
    )
    told = done.stderr.decode().strip().splitlines()
    peak = json.loads(told[-1])["peak"] if told and told[-1].startswith("{") else 0
    return Done(done.returncode, done.stdout, peak)


def picture(size=(60, 40), kind="JPEG", mode="RGB", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


def noise(size=(300, 200), kind="JPEG", **options) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def moving(kind: str, frames: int = 40) -> bytes:
    out = io.BytesIO()
    rest = [Image.new("RGB", (400, 300), (n, 0, 0)) for n in range(1, frames)]
    Image.new("RGB", (400, 300)).save(out, kind, save_all=True, append_images=rest)
    return out.getvalue()


def png(width: int, height: int, *, pixels: bytes = b"", extra: bytes = b"") -> bytes:
    """A PNG that says how large it is, whatever there is of it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(pixels or b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + END


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


END = chunk(b"IEND", b"")


def whole_png(width: int, height: int) -> bytes:
    """A few kB that decode to width x height x 3 bytes."""
    return png(width, height, pixels=b"\0" * (height * (3 * width + 1)))


def jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG whose header was made to say another size."""
    data = bytearray(noise())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_of(width: int, height: int) -> bytes:
    """Extended WebP with the canvas said to be so large."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + canvas
    body += b"ANIM" + struct.pack("<I", 6) + b"\0" * 6 + noise(kind="WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def with_text_bomb() -> bytes:
    """40 compressed texts of 8 MB each beside one pixel."""
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(b" " * 8 * 2**20))
    return png(1, 1, pixels=b"\0" * 4, extra=text * 40)


def with_colour_bomb() -> bytes:
    profile = chunk(b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 80 * 2**20))
    return png(1, 1, pixels=b"\0" * 4, extra=profile)


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("evil.html", PAYLOAD)
    return out.getvalue()


def with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "PAYLOAD-PHONE"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 7.0), 3: "E", 4: (121.0, 28.0, 9.0)})
    return picture((60, 40), exif=exif)


def with_comment() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", PAYLOAD.decode(), zip=True)
    return picture(kind="PNG", pnginfo=info)


def random_bytes() -> bytes:
    return b"\xff\xd8\xff\xe0" + random.Random(7).randbytes(100_000)


PAYLOAD = b"<script>alert('PAYLOAD')</script>"
BOMB, BAD = pictures.TOO_MANY_PIXELS, pictures.NO_PHOTO
REFUSED: dict[str, tuple[Callable[[], bytes], int]] = {
    "PNG of 177 megapixels": (lambda: png(13_000, 13_600), BOMB),
    "PNG of 25 megapixels, whole": (lambda: whole_png(5_000, 5_000), BOMB),
    "PNG whose header says 4e18 pixels": (lambda: png(2**31 - 1, 2**31 - 1), BOMB),
    "PNG of one endless row": (lambda: png(2**31 - 1, 1), BOMB),
    "PNG without pixels": (lambda: png(0, 0), BAD),
    "PNG that holds a hundredth of its rows": (lambda: png(4000, 4000), BAD),
    "JPEG whose header says 65500 x 65500": (lambda: jpeg_of(65_500, 65_500), BOMB),
    "JPEG whose header says 24 megapixels": (lambda: jpeg_of(6_000, 4_001), BOMB),
    "WebP whose canvas is 16383 x 16383": (lambda: webp_of(16_383, 16_383), BOMB),
    "WebP whose canvas is larger than WebP may be": (lambda: webp_of(2**24, 2**24), BOMB),
    "colour profile of 80 MB": (with_colour_bomb, BAD),
    "texts of 320 MB": (with_text_bomb, BAD),
    "GIF that moves": (lambda: moving("GIF"), BAD),
    "TIFF": (lambda: picture(kind="TIFF"), BAD),
    "BMP": (lambda: picture(kind="BMP"), BAD),
    "ICO": (lambda: picture((64, 64), kind="ICO"), BAD),
    "PPM": (lambda: picture(kind="PPM"), BAD),
    "EPS": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run", BAD),
    "SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'>" + PAYLOAD + b"</svg>", BAD),
    "SVG that opens a file": (
        lambda: b"<!DOCTYPE s [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>",
        BAD,
    ),
    "HTML": (lambda: b"<!doctype html>" + PAYLOAD, BAD),
    "HTML behind a JPEG's first bytes": (lambda: b"\xff\xd8\xff\xe0" + PAYLOAD, BAD),
    "PDF": (lambda: b"%PDF-1.7\n" + PAYLOAD, BAD),
    "ZIP": (zipped, BAD),
    "program": (lambda: b"\x7fELF" + b"\0" * 1000, BAD),
    "nothing": (lambda: b"", BAD),
    "one byte": (lambda: b"\xff", BAD),
    "half a JPEG": (lambda: noise()[: len(noise()) // 2], BAD),
    "half a PNG": (lambda: noise(kind="PNG")[:-2000], BAD),
    "half a WebP": (lambda: noise(kind="WEBP")[:-2000], BAD),
    "noise behind a JPEG's first bytes": (random_bytes, BAD),
}
REWRITTEN: dict[str, Callable[[], bytes]] = {
    "JPEG with HTML behind it": lambda: noise() + PAYLOAD,
    "PNG with a ZIP behind it": lambda: noise(kind="PNG") + zipped(),
    "WebP with HTML behind it": lambda: noise(kind="WEBP") + PAYLOAD,
    "JPEG with a comment": lambda: noise(comment=PAYLOAD),
    "PNG with a text": with_comment,
    "JPEG that says where it was taken": with_place,
    "WebP that moves": lambda: moving("WEBP"),
    "PNG that moves": lambda: moving("PNG"),
    "PNG of 24 megapixels with transparency": lambda: picture((6000, 4000), "PNG", "RGBA"),
    "progressive JPEG of 24 megapixels": lambda: picture((6000, 4000), progressive=True),
    "WebP of 12 megapixels": lambda: picture((4000, 3000), "WEBP", "RGBA", method=0),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_within_the_memory(name):
    make, code = REFUSED[name]
    done = run(make())
    assert (done.code, done.photo) == (code, b"")
    assert 0 < done.peak_kb * 1024 <= pictures.MOST_MEMORY


@pytest.mark.parametrize("name", REWRITTEN)
def test_rewritten_within_the_memory(name):
    data = REWRITTEN[name]()
    done = run(data)
    assert done.code == 0
    assert 0 < done.peak_kb * 1024 <= pictures.MOST_MEMORY
    photo = Image.open(io.BytesIO(done.photo))
    assert (photo.format, photo.mode, getattr(photo, "n_frames", 1)) == ("WEBP", "RGB", 1)
    assert max(photo.size) <= 1280
    assert not photo.getexif()
    assert not {"exif", "xmp", "icc_profile", "comment"} & set(photo.info)
    assert b"PAYLOAD" not in done.photo
    assert b"PK\x03\x04" not in done.photo


@pytest.mark.parametrize("name", ["HTML", "PNG of 25 megapixels, whole", "nothing"])
def test_the_name_of_a_file_says_nothing(name):
    """`photo.jpg` or not: only what is inside counts."""
    upload = io.BytesIO(REFUSED[name][0]())
    upload.name = "photo.jpg"
    with pytest.raises(ImageRefused):
        images.reencode(upload)
    right = io.BytesIO(noise())
    right.name = "evil.html"
    assert images.reencode(right).startswith(b"RIFF")


# Twins: each guard switched off, at a small size


def test_twin_without_the_header_s_check_a_bomb_is_decoded():
    bomb = whole_png(5_000, 5_000)
    assert run(bomb).peak_kb < 40_000
    done = run(bomb, changed="pictures.LARGEST_PIXELS = 10**9")
    assert done.code == 0
    assert done.peak_kb > 75_000


def test_twin_without_the_limit_memory_is_whatever_the_file_wants():
    """40 MB of address space more than the program takes anyway, and none."""
    large = picture((5000, 4000), "PNG")
    tight = run(large, changed="pictures.limit.__defaults__ = (60 * 2**20, 3)")
    assert tight.code == BOMB
    assert tight.peak_kb <= 60 * 1024
    loose = run(large, changed="pictures.limit = lambda: None")
    assert loose.code == 0
    assert loose.peak_kb > 60 * 1024


SPIN_FOR_A_WHILE = (
    "import time\n"
    "def spin(*_):\n"
    "    while time.process_time() < 1.5: pass\n"
    "    return b'done'\n"
    "pictures.rewritten = spin"
)
ONE_SECOND = "pictures.limit.__defaults__ = (pictures.MOST_MEMORY, 1)\n"


def test_who_never_ends_is_ended():
    assert run(noise(), changed=ONE_SECOND + SPIN_FOR_A_WHILE).code < 0


def test_twin_without_the_limit_it_goes_on():
    assert run(noise(), changed=SPIN_FOR_A_WHILE).photo == b"done"


def test_a_program_that_is_killed_is_a_photo_refused(monkeypatch, tmp_path):
    killed = tmp_path / "killed.py"
    killed.write_text("import os; os.kill(os.getpid(), 9)")
    monkeypatch.setattr(pictures, "__file__", str(killed))
    with pytest.raises(ImageRefused, match="打不开"):
        images.reencode(io.BytesIO(noise()))


def test_it_can_write_nowhere(tmp_path):
    there = tmp_path / "left"
    write = f"pictures.rewritten = lambda *_: open({str(there)!r}, 'w').write('x' * 99)"
    assert run(noise(), changed=write).code != 0
    assert not there.exists() or not there.stat().st_size
