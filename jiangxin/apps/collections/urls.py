from django.urls import path

from jiangxin.apps.collections.views import (
    collections,
    editions,
    filings,
    imports,
    matrix,
    reviews,
)

app_name = "collections"
_filing = "editions/<uuid:edition>/filings/<uuid:scope>/"
urlpatterns = [
    path("", collections.collections, name="collections"),
    path("matrix/", matrix.matrix, name="matrix"),
    path("queue/", reviews.queue, name="queue"),
    path("definitions/new/", collections.new_collection, name="new_collection"),
    path("definitions/<slug:code>/", collections.collection, name="collection"),
    path("definitions/<slug:code>/edit/", collections.edit_collection, name="edit_collection"),
    path("definitions/<slug:code>/run/", collections.run, name="run"),
    path("definitions/<slug:code>/call/", collections.call, name="call"),
    path("runnings/<uuid:uuid>/stop/", collections.stop, name="stop"),
    path("editions/<uuid:uuid>/", editions.edition, name="edition"),
    path("editions/<uuid:uuid>/move/", editions.edition_move, name="edition_move"),
    path("editions/<uuid:uuid>/approve/", editions.approve_many, name="approve_many"),
    path("editions/<uuid:uuid>/upload/", imports.upload, name="upload"),
    path("approvals/<uuid:uuid>/take-back/", editions.unapprove, name="unapprove"),
    path(_filing, filings.filing, name="filing"),
    path(f"{_filing}save/", filings.save_filing, name="save_filing"),
    path(f"{_filing}withdraw/", filings.withdraw, name="withdraw"),
    path(f"{_filing}amend/", filings.amend, name="amend"),
    path(f"{_filing}review/", reviews.review_filing, name="review_filing"),
    path("editions/<uuid:edition>/templates/<uuid:scope>/", imports.template, name="template"),
    path("imports/<uuid:uuid>/", imports.import_, name="import"),
    path("imports/<uuid:uuid>/apply/", imports.apply_import, name="apply_import"),
    path("imports/<uuid:uuid>/discard/", imports.discard_import, name="discard_import"),
    path("imports/<uuid:uuid>/corrected/", imports.corrected, name="corrected"),
    path("attachments/<uuid:uuid>/", filings.attachment, name="attachment"),
]
