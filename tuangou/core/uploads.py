"""Form fields for what people send: several photos at once, each re-encoded; photos and papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from tuangou.core.errors import DomainError, InvalidInput
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


class EvidenceField(forms.FileField):
    """Up to four photos or PDFs: what somebody shows for what she says. `read` looks each through
    and gives what is kept of it."""

    def __init__(self, *, read: Callable[[UploadedFile[bytes]], Any], **kwargs: Any) -> None:
        widget = SeveralFilesInput(attrs={"accept": "image/*,application/pdf"})
        super().__init__(required=False, widget=widget, **kwargs)
        self.read = read

    def clean(self, data: Any, initial: Any = None) -> Any:
        files: list[UploadedFile[bytes]] = [f for f in data or () if f]
        if len(files) > MOST:
            raise forms.ValidationError(_("证据最多 4 份，去掉几份再交。"))
        try:
            return [self.read(file) for file in files]
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from refusal
