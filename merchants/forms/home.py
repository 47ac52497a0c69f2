"""The form of the start page: a link out of the chat."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.urls import is_valid_path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tuangou.core.http import PlainForm

_LINK = re.compile(
    r"(?:https?:)?//[^\s\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+|/[\w/~-]+", re.ASCII
)
_TOKEN = re.compile(r"[\w-]{16,200}", re.ASCII)


class EnterForm(PlainForm):
    """What was copied from the chat, words around it and all; cleans to a path of this site."""

    link = forms.CharField(
        label=gettext_lazy("邀请链接"),
        help_text=gettext_lazy("把群里那条消息整条贴进来也行"),
        max_length=2000,
        error_messages={
            "required": gettext_lazy("把群里的邀请链接贴进来"),
            "max_length": gettext_lazy("太长了，只贴有链接的那一条"),
        },
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, host: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.host = host

    def clean_link(self) -> str:
        """The path it leads to. A link to another site is named and refused."""
        typed = unicodedata.normalize("NFC", self.cleaned_data["link"])
        if _TOKEN.fullmatch(typed):
            typed = f"/i/{typed}/"
        elsewhere = ""
        for found in _LINK.findall(typed):
            host, path = _parts(found)
            if host not in ("", self.host):
                elsewhere = host
            elif path != "/" and (known := _known(path)):
                return known
        if elsewhere:
            raise ValidationError(
                _("这条链接是 %(host)s 的，这里是 %(here)s。问问发链接的人")
                % {"host": elsewhere[:60], "here": self.host}
            )
        raise ValidationError(_("这里面没有邀请链接。到群里长按那条消息，复制，再贴进来"))


def _parts(link: str) -> tuple[str, str]:
    """Host and path, without the full stop of a sentence."""
    try:
        parts = urlsplit(link.rstrip(".,!?;:)\"'"))
    except ValueError:
        return "", "/"
    return parts.netloc, parts.path or "/"


def _known(path: str) -> str:
    """The path as an address of this site, with the slash it may have lost in the chat; or none."""
    return next((p for p in (path, f"{path}/") if not p.startswith("//") and is_valid_path(p)), "")
