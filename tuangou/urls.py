"""Every address of the site; each app's own lie under /g/<group>/."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from tuangou.api import router

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include(router.urls)),
]

for app in ("groups", "merchants", "orders"):
    if find_spec(f"{app}.urls"):
        urlpatterns.append(path("g/<slug:slug>/", include(f"{app}.urls")))
