"""Papers made for tests: drawn licences with the same printed form, shot again, and numbers."""

import io
import random

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from merchants.models.licence_numbers import licence_check_digit
from merchants.services.papers import PaperFile, read_paper

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
CODE = "91310000132260250X"
FOOD, FOOD_B = "JY11108071215650", "JY13301080111719"
PRODUCTION = "SC10741018302531"


def form_filled_in(text: int) -> Image.Image:
    """A printed form: frame, seal and headings are the same, the writing differs with `text`."""
    draws = random.Random(text)
    sheet = Image.new("RGB", (1200, 900), (240, 238, 230))
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((24, 24, 1176, 876), outline=(150, 40, 30), width=14)
    pen.ellipse((555, 45, 645, 135), fill=(200, 40, 30))
    pen.rectangle((420, 150, 780, 205), fill=(60, 60, 60))
    pen.ellipse((900, 660, 1080, 840), outline=(220, 40, 40), width=10)
    for line in range(8):
        top, at = 248 + 64 * line, 255
        pen.rectangle((120, top, 210, top + 26), fill=(80, 80, 80))
        end = at + draws.randint(150, 750)
        while at < end:
            pen.rectangle((at, top, at + draws.randint(10, 22), top + 26), fill=(70, 70, 70))
            at += 27
    return sheet


def shot_again(sheet: Image.Image, turn=1.5, cut=0.02, light=0.8) -> Image.Image:
    """The same paper photographed by another hand."""
    wide, high = sheet.size
    shot = sheet.rotate(turn, Image.Resampling.BICUBIC, fillcolor=(90, 80, 70))
    across, down = int(wide * cut), int(high * cut)
    shot = shot.crop((across, down, wide - across, high - down))
    shot = ImageEnhance.Brightness(shot).enhance(light)
    return shot.filter(ImageFilter.GaussianBlur(1.5)).resize((1000, 750))


def jpeg(sheet: Image.Image, quality=85) -> bytes:
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=quality)
    return out.getvalue()


def photo(text=1) -> PaperFile:
    return read_paper(io.BytesIO(jpeg(form_filled_in(text))))


def pdf(words=b"") -> PaperFile:
    return read_paper(io.BytesIO(PDF.replace(b"1 0 obj", words + b"\n1 0 obj")))


def food_number(serial: int) -> str:
    """A number of the right shape with its check digit."""
    body = f"131010{serial:07d}"
    return f"JY{body}{licence_check_digit(body)}"
