"""Addresses of merchants and their goods, under /g/<group>/. Verbs last.

`merchants:merchant`, the page of one merchant, shows orders: tuangou/urls.py adds it to these."""

from django.urls import path

from merchants.views import applications, documents, items, links, merchants, onboarding, vetting

app_name = "merchants"

_one = "merchants/<int:merchant_id>/"
_application = f"{_one}application/"
_item = f"{_one}items/<int:item_id>/"
_document = f"{_one}documents/<int:document_id>/"

urlpatterns = [
    path("merchants/", merchants.merchant_list, name="list"),
    path("merchants/apply/", merchants.apply, name="apply"),
    path("merchants/links/", links.index, name="shop-links"),
    path("merchants/links/new/", links.new, name="shop-link-new"),
    path("merchants/links/<int:shop_link_id>/close/", links.close, name="shop-link-close"),
    path("merchants/checklist/", vetting.checklist, name="checklist"),
    path(f"{_one}vetting/", vetting.show, name="vetting"),
    path(
        f"{_one}vetting/<int:checklist_line_id>/",
        vetting.line,
        name="line-check",
    ),
    path(f"{_document}like/<int:other_id>/", vetting.likeness, name="likeness"),
    path(f"{_document}like/<int:other_id>/file/", vetting.likeness_file, name="likeness-file"),
    path(f"{_one}hand-over/", links.hand_over, name="hand-over"),
    path(f"{_one}goods/", onboarding.goods, name="goods"),
    path(f"{_one}goods/sheet/", onboarding.goods_sheet, name="goods-sheet"),
    path(f"{_one}goods/template.xlsx", onboarding.goods_template, name="goods-template"),
    path(f"{_one}promises/", onboarding.promises, name="promises"),
    path(f"{_one}check/", onboarding.check, name="check"),
    path(f"{_one}edit/", merchants.edit, name="edit"),
    path(_application, applications.application, name="application"),
    path(f"{_application}submit/", applications.submit, name="application-submit"),
    path(f"{_application}review/", applications.review, name="application-review"),
    path(f"{_application}approve/", applications.approve, name="application-approve"),
    path(f"{_application}ask-changes/", applications.ask_changes, name="application-ask-changes"),
    path(f"{_application}reject/", applications.reject, name="application-reject"),
    path(f"{_application}suspend/", applications.suspend, name="application-suspend"),
    path(f"{_application}reinstate/", applications.reinstate, name="application-reinstate"),
    path(f"{_application}leave/", applications.leave, name="application-leave"),
    path(f"{_application}agree/", applications.agree, name="agreement-new"),
    path(f"{_one}documents/", documents.index, name="documents"),
    path(f"{_one}documents/new/<slug:paper>/", documents.new, name="document-new"),
    path(f"{_document}file/", documents.file, name="document-file"),
    path(f"{_document}withdraw/", documents.withdraw, name="document-withdraw"),
    path(f"{_one}items/new/", items.new, name="item-new"),
    path(f"{_item}edit/", items.edit, name="item-edit"),
    path(f"{_item}withdraw/", items.withdraw, name="item-withdraw"),
    path(f"{_item}put-back/", items.put_back, name="item-put-back"),
    path(f"{_item}witness/", items.witness, name="witness-new"),
]
