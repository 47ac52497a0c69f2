"""The words that members choose from, by category; officers change them (R1)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from groups.access import officer_for
from groups.queries.pages import page_of
from groups.views.acts import act_once
from merchants.models import Category
from reputation.forms.ratings import WordsForm
from reputation.queries.words import said, words_for
from reputation.services.words import keep_words


@login_required
@require_GET
def index(request: HttpRequest, slug: str) -> HttpResponse:
    officer = officer_for(request.user, slug)
    offered = words_for(officer.group_id, Category.values)
    context = page_of(request, officer, "console") | {
        "rows": [
            (category.value, category.label, [said(word) for word in offered[category.value]])
            for category in Category
        ]
    }
    return render(request, "reputation/words/index.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str, category: str) -> HttpResponse:
    officer = officer_for(request.user, slug)
    if category not in Category.values:
        raise Http404
    offered = words_for(officer.group_id, [category])[category]
    form = WordsForm(
        request.POST if request.method == "POST" else None,
        initial={"words": "\n".join(offered)},
    )
    if form.is_bound and act_once(
        request,
        form,
        group_id=officer.group_id,
        act=f"words.keep-{category}",
        work=lambda: keep_words(
            group_id=officer.group_id,
            category=category,
            words=form.lines(),
            actor_id=officer.pk,
        ),
    ):
        messages.success(request, _("词改好了，以后评价用新的。"))
        return redirect("reputation:words", slug)
    context = page_of(request, officer, "console") | {
        "form": form,
        "category": Category(category).label,
    }
    status = 422 if form.errors else 200
    return render(request, "reputation/words/edit.html", context, status=status)
