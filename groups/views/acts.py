"""How a form of a group becomes one act, however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tuangou.core.errors import DomainError, InvalidInput
from tuangou.core.http import RequestForm, request_id_of
from tuangou.core.requests import once


def act_once(
    request: HttpRequest,
    form: RequestForm,
    *,
    group_id: int,
    act: str,
    work: Callable[[], object],
    **target: int,
) -> bool:
    """Whether the act of this form is done, now or by an earlier copy; if not, the form says why.

    `target` names what the address names (item_id=…): part of what a request id stands for.
    """
    if not form.is_valid():
        return False
    try:
        _once(request, form, group_id, act, work, target)
    except DomainError as refusal:
        form.refuse(refusal)
        return False
    return True


def press_once(
    request: HttpRequest,
    form: RequestForm,
    *,
    group_id: int,
    act: str,
    work: Callable[[], object],
    **target: int,
) -> None:
    """As act_once for a single button: a refusal is raised and gets a page of its own."""
    if not form.is_valid():
        raise InvalidInput(_("这个按钮按得不对。回到上一页，刷新后再按"))
    _once(request, form, group_id, act, work, target)


def _once(
    request: HttpRequest,
    form: RequestForm,
    group_id: int,
    act: str,
    work: Callable[[], object],
    target: dict[str, int],
) -> None:
    body = {name: _plain(value) for name, value in form.cleaned_data.items()}
    del body["request_id"]
    once(
        group_id=group_id,
        user_id=request.user.pk,
        key=request_id_of(form),
        act=act,
        body=body | target,
        work=work,
        replay=lambda: None,
    )


def _plain(value: Any) -> Any:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value
