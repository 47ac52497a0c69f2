"""Files of papers, checked by what is in them: a photo is rewritten, a PDF is kept as it came."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from merchants.models.documents import PaperType
from merchants.models.likeness import picture_hashes
from tuangou.core import images
from tuangou.core.errors import InvalidInput

LARGEST_BYTES = 8 * 2**20
LONGEST_SIDE = 1920  # the small print stays legible
# what makes a PDF do things by itself
ACTIVE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")
# a letter of a name may be written as its number: /J#61vaScript
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A file that was let in. `source_sha256` is of what was sent, before it was rewritten."""

    content: bytes
    content_type: str
    source_sha256: str
    hashes: tuple[str, ...] = ()

    @property
    def extension(self) -> str:
        return "pdf" if self.content_type == PaperType.PDF else "webp"


def read_paper(upload: IO[bytes]) -> PaperFile:
    """A photo or a PDF, whatever its name says. Raises ImageRefused, InvalidInput."""
    data = upload.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise InvalidInput(_("文件超过 8 MB，压缩后再传"), field="file")
    source = hashlib.sha256(data).hexdigest()
    if data.startswith(b"%PDF-"):
        return PaperFile(_checked_pdf(data), PaperType.PDF, source)
    photo = images.reencode(io.BytesIO(data), longest_side=LONGEST_SIDE)
    return PaperFile(photo, PaperType.PICTURE, source, tuple(picture_hashes(photo)))


def _checked_pdf(data: bytes) -> bytes:
    if b"%%EOF" not in data[-1024:]:
        raise InvalidInput(_("这个 PDF 不完整，重新存一份再传"), field="file")
    plain = ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data)
    if any(word in plain for word in ACTIVE):
        raise InvalidInput(_("这个 PDF 里有脚本或附件。打印成 PDF 再传，或拍照"), field="file")
    return data
