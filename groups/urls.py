"""Addresses of a group's own pages, under /g/<group>/. Verbs last, POST only."""

from django.urls import path

from groups.views import (
    announcements,
    foundings,
    groups,
    invitations,
    joining,
    loads,
    login_links,
    memberships,
    notices,
    personal,
    robots,
    rules,
)

app_name = "groups"

urlpatterns = [
    path("me/", memberships.me, name="me"),
    path("me/leave/", memberships.leave, name="leave"),
    path("me/names/", personal.correct, name="correct"),
    path("me/door/", personal.door_ask, name="door-ask"),
    path("members/<int:membership_id>/door/", personal.door, name="door"),
    path("help/", memberships.help_page, name="help"),
    path("notices/", notices.inbox, name="notices"),
    path("notices/read/", notices.read_all, name="notices-read"),
    path("announcements/", announcements.index, name="announcements"),
    path("announcements/new/", announcements.new, name="announcement-new"),
    path("announcements/<int:announcement_id>/", announcements.show, name="announcement"),
    path(
        "announcements/<int:announcement_id>/withdraw/",
        announcements.withdraw,
        name="announcement-withdraw",
    ),
    # who comes in, and how
    path("invitations/", invitations.index, name="invitations"),
    path("invitations/new/", invitations.new, name="invitation-new"),
    path("invitations/<int:invitation_id>/revoke/", invitations.revoke, name="invitation-revoke"),
    path("invitations/link/renew/", invitations.renew_link, name="link-renew"),
    path("invitations/link/close/", invitations.close_link, name="link-close"),
    path("waiting/", joining.waiting, name="waiting"),
    path("joining/", joining.index, name="joining"),
    path("joining/<int:membership_id>/accept/", joining.accept, name="joining-accept"),
    path("joining/<int:membership_id>/reject/", joining.reject, name="joining-reject"),
    path("members/<int:membership_id>/", memberships.person, name="member"),
    path("members/<int:membership_id>/login-link/", login_links.page, name="login-link"),
    path(
        "members/<int:membership_id>/login-link/revoke/",
        login_links.revoke,
        name="login-link-revoke",
    ),
    path("members/<int:membership_id>/remove/", memberships.remove, name="member-remove"),
    path("members/<int:membership_id>/restore/", memberships.restore, name="member-restore"),
    path("consents/", rules.consents, name="consents"),
    path("rules/", rules.show, name="house-rules"),
    path("rules/accept/", rules.accept, name="house-rules-accept"),
    path("rules/edit/", rules.edit, name="house-rules-edit"),
    path("start/", foundings.start, name="start"),
    path("loading/", loads.loading, name="loading"),
    path("settings/", groups.settings, name="settings"),
    path("settings/rules/", groups.rules, name="rules"),
    path("settings/notice/", groups.notice, name="notice"),
    path("settings/robot/", robots.show, name="robot"),
    path("settings/robot/end/", robots.disconnect, name="robot-disconnect"),
    path("settings/buildings/new/", groups.building_new, name="building-new"),
    path("settings/buildings/<int:building_id>/", groups.building, name="building"),
    path("settings/pickup-points/new/", groups.pickup_point_new, name="pickup-point-new"),
    path(
        "settings/pickup-points/<int:pickup_point_id>/close/",
        groups.pickup_point_close,
        name="pickup-point-close",
    ),
    path("settings/deputies/name/", groups.deputy_name, name="deputy-name"),
    path("settings/deputies/<int:membership_id>/end/", groups.deputy_end, name="deputy-end"),
]
