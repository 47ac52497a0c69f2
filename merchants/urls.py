"""Addresses of merchants and their goods, under /g/<group>/. Verbs last.

`merchants:merchant`, the page of one merchant, shows orders: tuangou/urls.py adds it to these."""

from django.urls import path

from merchants.views import (
    agreements,
    appeals,
    applications,
    documents,
    items,
    links,
    merchants,
    onboarding,
    proposals,
    questions,
    vetting,
    witnesses,
)

app_name = "merchants"

_one = "merchants/<int:merchant_id>/"
_agreement = f"{_one}agreement/"
_application = f"{_one}application/"
_item = f"{_one}items/<int:item_id>/"
_witness = f"{_one}prices/<int:price_witness_id>/"
_question = f"{_one}questions/<int:merchant_question_id>/"
_proposal = "merchants/proposals/<int:proposal_id>/"
_document = f"{_one}documents/<int:document_id>/"

urlpatterns = [
    path("merchants/", merchants.merchant_list, name="list"),
    path("merchants/month/", merchants.month, name="month"),
    path("merchants/apply/", merchants.apply, name="apply"),
    path("merchants/links/", links.index, name="shop-links"),
    path("merchants/links/new/", links.new, name="shop-link-new"),
    path("merchants/links/<int:shop_link_id>/close/", links.close, name="shop-link-close"),
    path("merchants/proposals/", proposals.index, name="proposals"),
    path("merchants/proposals/new/", proposals.new, name="proposal-new"),
    path(f"{_proposal}back/", proposals.back, name="proposal-back"),
    path(f"{_proposal}invite/", proposals.invite, name="proposal-invite"),
    path(f"{_proposal}decline/", proposals.decline, name="proposal-decline"),
    path(f"{_one}follow/", proposals.follow, name="follow"),
    path(f"{_one}questions/new/", questions.new, name="question-new"),
    path(f"{_question}answer/", questions.answer, name="question-answer"),
    path(f"{_question}hide/", questions.hide, name="question-hide"),
    path(f"{_application}appeal/", appeals.new, name="appeal-new"),
    path(f"{_application}appeal/answer/", appeals.answer, name="appeal-answer"),
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
    path(f"{_application}reinstate/", applications.reinstate, name="application-reinstate"),
    path(f"{_application}leave/", applications.leave, name="application-leave"),
    path(_agreement, agreements.show, name="agreement"),
    path(f"{_agreement}new/", agreements.new, name="agreement-new"),
    path(f"{_agreement}sign/", agreements.sign, name="agreement-sign"),
    path(f"{_agreement}decline/", agreements.decline, name="agreement-decline"),
    path(f"{_agreement}paper/", agreements.paper, name="agreement-paper"),
    path(
        f"{_agreement}paper/<int:signature_id>/",
        agreements.paper_file,
        name="agreement-paper-file",
    ),
    path(f"{_one}documents/", documents.index, name="documents"),
    path(f"{_one}documents/new/<slug:paper>/", documents.new, name="document-new"),
    path(f"{_document}file/", documents.file, name="document-file"),
    path(f"{_document}withdraw/", documents.withdraw, name="document-withdraw"),
    path(f"{_one}items/new/", items.new, name="item-new"),
    path(f"{_item}edit/", items.edit, name="item-edit"),
    path(f"{_item}withdraw/", items.withdraw, name="item-withdraw"),
    path(f"{_item}put-back/", items.put_back, name="item-put-back"),
    path(f"{_item}witness/", witnesses.new, name="witness-new"),
    path(f"{_item}prices/", witnesses.index, name="prices"),
    path(f"{_witness}picture/", witnesses.picture, name="witness-picture"),
    path(f"{_witness}rule/", witnesses.rule, name="price-ruling"),
]
