"""Every address of the site; each app's own lie under /g/<group>/."""

from django.urls import URLPattern, URLResolver, include, path

from groups.views import foundings, joining, login_links, notices
from merchants import urls as merchants
from merchants.admin import site as operator_site
from merchants.views import home, links, photos, staff
from orders.views import helper_arrivals, helpers, orders, portal, rounds
from orders.views import merchants as shops
from tuangou.core import (
    accounts,
    devices,
    display,
    health,
    mailbox,
    mydata,
    offline,
    preferences,
    proofs,
    signin,
    told,
)
from tuangou.core.api import tokens

handler400 = "tuangou.core.http.bad_request"
handler429 = "tuangou.core.http.too_many"
handler500 = "tuangou.core.http.server_error"

# A merchant's page shows its rounds and orders, so its view is in orders; its name is where it was.
_shop = path("merchants/<int:merchant_id>/", shops.show, name="merchant")

# allauth's names, which it uses itself
proof_urls = [
    path("", proofs.index, name="mfa_index"),
    path("authenticate/", proofs.authenticate, name="mfa_authenticate"),
    path("proof/", proofs.reauthenticate, name="mfa_reauthenticate"),
    path("app/", proofs.activate_totp, name="mfa_activate_totp"),
    path("app/end/", proofs.deactivate_totp, name="mfa_deactivate_totp"),
    path("codes/", proofs.recovery_codes, name="mfa_view_recovery_codes"),
    path("codes/new/", proofs.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("passkeys/add/", proofs.add_passkey, name="mfa_add_webauthn"),
    path("passkeys/proof/", proofs.reauthenticate_passkey, name="mfa_reauthenticate_webauthn"),
    path("passkeys/<int:pk>/remove/", proofs.remove_passkey, name="mfa_remove_webauthn"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/login/", accounts.login, name="account_login"),
    path("accounts/code/", signin.code_page, name="account_code"),
    path("accounts/phone/", signin.phone, name="account_phone"),
    path("accounts/phone/code/", signin.phone_code, name="account_phone_code"),
    path("accounts/devices/", devices.index, name="account_devices"),
    path("accounts/devices/end/", devices.end, name="account_device_end"),
    path("accounts/devices/end-others/", devices.end_elsewhere, name="account_devices_end"),
    path("accounts/2fa/", include(proof_urls)),
    path("accounts/logout/", accounts.logout, name="account_logout"),
    path("accounts/inactive/", accounts.inactive, name="account_inactive"),
    path("accounts/password/", accounts.change_password, name="account_change_password"),
    path("accounts/password/set/", accounts.set_password, name="account_set_password"),
    path("accounts/reauthenticate/", accounts.reauthenticate, name="account_reauthenticate"),
    path("accounts/tokens/", tokens.index, name="account_tokens"),
    path("accounts/tokens/<int:token_id>/revoke/", tokens.revoke, name="account_token_revoke"),
    path("accounts/data/", mydata.index, name="account_data"),
    path("accounts/data/export/", mydata.export, name="account_data_export"),
    path("accounts/data/exports/<int:export_id>/", mydata.download, name="account_data_file"),
    path("accounts/data/erase/", mydata.erase, name="account_data_erase"),
    path("accounts/data/erased/", mydata.erased, name="account_data_erased"),
    path("", home.home, name="home"),
    path("help/", home.help_page, name="help"),
    path("sw.js", offline.worker, name="worker"),
    path("offline/", offline.offline_page, name="offline"),
    path("media/items/<str:name>", photos.item_photo, name="item-photo"),
    path("operator/", operator_site.urls),
    path("notices/", notices.everything, name="notices"),
    path("settings/", preferences.settings_page, name="settings"),
    path("settings/mail/", mailbox.page, name="mailbox"),
    path("settings/display/", display.change_display, name="display"),
    path("settings/language/", display.change_display, name="set_language"),
    path("api/v1/", include("tuangou.api")),
    # short links of the chat and of the pick-up QR
    path("r/<str:code>", rounds.by_code, name="round-code"),
    path("p/<str:token>", orders.by_token, name="pickup"),
    # at the end of texts and mails; works without signing in
    path("n/<str:token>/", told.page, name="told"),
    path("m/<str:token>/", mailbox.confirm_page, name="mailbox-confirm"),
    # a day's helper: one list and nothing else
    path("h/<str:token>/", helpers.enter, name="helper"),
    path("h/<str:token>/orders/<int:order_id>/", helpers.hand_over, name="helper-check-off"),
    path("h/<str:token>/undo/<int:check_off_id>/", helpers.undo, name="helper-undo"),
    path("h/<str:token>/taps/", helpers.taps, name="helper-taps"),
    path("h/<str:token>/arrival/", helper_arrivals.record, name="helper-arrival"),
    path("h/<str:token>/photos/", helper_arrivals.photos, name="helper-photos"),
    # ways into a group
    path("i/<str:token>/", joining.invitation, name="invitation"),
    path("l/<str:token>/", login_links.enter, name="login-link"),
    path("j/<str:token>/", joining.compound_link, name="compound-link"),
    path("s/<str:token>/", links.enter, name="shop-link"),
    # a shop's own start page and its people, over all its groups
    path("k/<str:token>/", staff.enter, name="staff-link"),
    path("shops/guide/", portal.guide, name="shop-guide"),
    path("shops/<int:merchant_id>/", portal.show, name="portal"),
    path("shops/<int:merchant_id>/staff/", staff.index, name="staff"),
    path("shops/<int:merchant_id>/staff/links/new/", staff.link_new, name="staff-link-new"),
    path(
        "shops/<int:merchant_id>/staff/links/<int:staff_link_id>/close/",
        staff.link_close,
        name="staff-link-close",
    ),
    path("shops/<int:merchant_id>/staff/<int:staff_id>/remove/", staff.remove, name="staff-remove"),
    path(
        "shops/<int:merchant_id>/staff/<int:staff_id>/hand-on/", staff.hand_on, name="staff-hand-on"
    ),
    path("found/", foundings.ground, name="found"),
    path("found/buildings/", foundings.buildings, name="found-buildings"),
    path("found/rules/", foundings.rules, name="found-rules"),
    path("found/check/", foundings.check, name="found-check"),
    path("g/<slug:slug>/", include("groups.urls")),
    path("g/<slug:slug>/", include(([*merchants.urlpatterns, _shop], merchants.app_name))),
    path("g/<slug:slug>/", include("orders.urls")),
    path("g/<slug:slug>/", include("reputation.urls")),
]
