"""Form fields for photos that people send: several at once, each re-encoded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from tuangou.core.errors import InvalidInput
from tuangou.core.images import reencode

MOST = 4


def picture_of(upload: Any) -> bytes | None:
    """An upload as WebP without anything but its pixels, if there is one."""
    if not upload:
        return None
    try:
        return reencode(upload)
    except InvalidInput as refusal:
        raise forms.ValidationError(refusal.message) from refusal


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Up to four pictures, cleaned to re-encoded bytes without position data."""

    def __init__(self, **kwargs: Any) -> None:
        widget = SeveralFilesInput(attrs={"accept": "image/*"})
        super().__init__(required=False, widget=widget, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        files: list[UploadedFile[bytes]] = [f for f in data or () if f]
        if len(files) > MOST:
            raise forms.ValidationError(_("照片最多 4 张。去掉几张再传。"))
        return [picture_of(file) for file in files]
