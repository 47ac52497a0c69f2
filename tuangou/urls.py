"""Every address of the site; each app's own lie under /g/<group>/."""

from django.urls import URLPattern, URLResolver, include, path

from groups.views import notices
from merchants import urls as merchants
from merchants.admin import site as operator_site
from merchants.views import home, photos
from orders.views import merchants as shops
from orders.views import orders, rounds
from tuangou.api import router
from tuangou.core import accounts, display, health, offline, preferences

handler400 = "tuangou.core.http.bad_request"
handler429 = "tuangou.core.http.too_many"
handler500 = "tuangou.core.http.server_error"

# A merchant's page shows its rounds and orders, so its view is in orders; its name is where it was.
_shop = path("merchants/<int:merchant_id>/", shops.show, name="merchant")

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/login/", accounts.login, name="account_login"),
    path("accounts/logout/", accounts.logout, name="account_logout"),
    path("accounts/inactive/", accounts.inactive, name="account_inactive"),
    path("accounts/password/", accounts.change_password, name="account_change_password"),
    path("accounts/password/set/", accounts.set_password, name="account_set_password"),
    path("accounts/reauthenticate/", accounts.reauthenticate, name="account_reauthenticate"),
    path("", home.home, name="home"),
    path("help/", home.help_page, name="help"),
    path("sw.js", offline.worker, name="worker"),
    path("offline/", offline.offline_page, name="offline"),
    path("media/items/<str:name>", photos.item_photo, name="item-photo"),
    path("operator/", operator_site.urls),
    path("notices/", notices.everything, name="notices"),
    path("settings/", preferences.settings_page, name="settings"),
    path("settings/display/", display.change_display, name="display"),
    path("settings/language/", display.change_display, name="set_language"),
    path("api/", include(router.urls)),
    # short links of the chat and of the pick-up QR
    path("r/<str:code>", rounds.by_code, name="round-code"),
    path("p/<str:token>", orders.by_token, name="pickup"),
    path("g/<slug:slug>/", include("groups.urls")),
    path("g/<slug:slug>/", include(([*merchants.urlpatterns, _shop], merchants.app_name))),
    path("g/<slug:slug>/", include("orders.urls")),
]
