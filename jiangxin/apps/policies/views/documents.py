"""Pages about documents: the register, imports, one document under review, its items."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.policies import actions, forms, permissions, queries, workflow
from jiangxin.apps.policies.views.forms import add_errors, region_of
from jiangxin.apps.reference import queries as reference
from jiangxin.core.errors import DomainError, Invalid
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing

WRITERS = ("officer", "leader")
# files larger than this together are read in the background
AT_ONCE_BYTES = 2_000_000


def _document_link(row: Any) -> str:
    return reverse("policies:document", args=[row.uuid])


@audience("public")
def documents(request: Any) -> HttpResponse:
    rows = queries.documents(viewer=request.viewer)
    listing = Listing(
        request,
        rows,
        [
            Column("title", gettext_lazy("Title"), sort="title", link=_document_link),
            Column("document_number", gettext_lazy("Document number"), sort="document_number"),
            Column("region", gettext_lazy("Region"), value="region.name", sort="region__code"),
            Column("issued_on", gettext_lazy("Issued on"), sort="issued_on", kind="date"),
            Column("targets", gettext_lazy("Targets"), sort="targets", kind="number"),
            Column("waiting", gettext_lazy("To review"), sort="waiting", kind="number"),
            Column(
                "state",
                gettext_lazy("State"),
                kind="status",
                sort="state",
                label_of=lambda row: row.get_state_display(),
            ),
        ],
        search=("title", "document_number"),
        name="documents",
        empty=gettext_lazy(
            "No document is here yet. Import a policy or an action plan: what it promises is "
            "read from it, and you decide what holds."
        ),
    )
    context = {
        "listing": listing,
        "may_import": bool(accounts.scopes(viewer=request.viewer, duty="policies.manage")[:1]),
    }
    return listing.response() or page(
        request, "policies/documents.html", context, partial="listing"
    )


@audience(*WRITERS)
def import_documents(request: Any) -> HttpResponse:
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer = _import(request, form)
        except DomainError as error:
            add_errors(form, error)
        else:
            if answer is not None:
                return answer
    context = {
        "form": form,
        "limit_mb": settings.UPLOAD_LIMIT // 1_000_000,
        "decision": request.viewer.holds_anywhere("policies.manage"),
    }
    status = 422 if form.errors else 200
    return page(request, "policies/import.html", context, status=status)


def _import(request: Any, form: forms.ImportForm) -> HttpResponse | None:
    code = form.cleaned_data["region_code"].strip()
    region = reference.get_region(code, on=request.at.date()) if code else None
    files = form.cleaned_data["files"]
    for file in files:
        queries.check_size(file.size, filename=file.name)
    if sum(file.size for file in files) > AT_ONCE_BYTES:
        return _import_later(request, files, region)
    done = []
    for file in files:
        try:
            done.append(
                actions.import_document(
                    data=file.read(),
                    filename=file.name,
                    region=region,
                    by=request.viewer,
                    at=request.at,
                )
            )
        except DomainError as error:  # one bad file does not stop the rest
            form.add_error("files", error.message)
    for item in done:
        text = _("“%(title)s” was already there.")
        if item.is_attached:
            text = _("The text was added to “%(title)s”, which was known by its facts.")
        elif item.is_new:
            text = _("“%(title)s” was imported.")
        messages.success(request, text % {"title": item.document.title})
    if form.errors:
        return None
    if len(done) == 1:
        return redirect("policies:document", done[0].document.uuid)
    return redirect("policies:documents")


def _import_later(request: Any, files: list[Any], region: Any) -> HttpResponse:
    job = actions.defer_import(
        files=[(file.name, file.read()) for file in files],
        region=region,
        by=request.viewer,
        at=request.at,
    )
    messages.info(
        request,
        _("The files are being read in the background; you will find them in this list soon."),
    )
    return redirect("accounts:job", job.uuid)


@audience("public")
def document(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_document(uuid, viewer=request.viewer)
    return review_page(request, found)


def review_page(request: Any, found: Any, status: int = 200) -> HttpResponse:
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    shown = queries.review(found, viewer=request.viewer, kind=kind, state=state)
    may_review = permissions.can_review_document(request.viewer, found)
    may_publish = permissions.can_publish_document(request.viewer, found)
    moves = []
    for move in workflow.DOCUMENT.possible(found.state):
        decision = may_publish if move.owner == "leader" else may_review
        if decision and move.name != "review":
            moves.append(move)
    filters = [("", _("all")), ("waiting", workflow.ItemState.READ.label)]
    filters += [(s.value, s.label) for s in workflow.ItemState if s.value != "read"]
    context = {
        "document": found,
        "review": shown,
        "may_review": may_review,
        "may_see_work": request.viewer.holds("policies.view", found.scope.path),
        "moves": moves,
        "kind": kind,
        "state": state,
        "kinds": [(name, queries.kind_label(name), count) for name, count in shown.counts.items()],
        "states": filters,
        "query": request.GET.urlencode(),
        "warnings": [queries.warning_words(warning) for warning in found.warnings],
        "tabs": document_tabs(found, "document"),
    }
    return page(request, "policies/document.html", context, partial="review", status=status)


def document_tabs(found: Any, current: str) -> list[dict[str, Any]]:
    """Return the tabs over the views of one document."""
    views = (
        ("document", _("Text and what it says")),
        ("document_tree", _("Strategy tree")),
        ("document_links", _("What carries it out")),
    )
    return [
        {
            "label": label,
            "url": reverse(f"policies:{name}", args=[found.uuid]),
            "is_current": name == current,
        }
        for name, label in views
    ]


@audience("public")
def original(request: Any, uuid: str) -> HttpResponse:
    file = queries.get_original(uuid, viewer=request.viewer)
    answer = HttpResponse(bytes(file.content), content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@audience(*WRITERS)
def describe(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_document(uuid, viewer=request.viewer)
    permissions.can_review_document(request.viewer, found).enforce()
    form = forms.HeaderForm(request.POST or None, initial=forms.HeaderForm.initial_of(found))
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            region = region_of(values.pop("region_code"), request)
            actions.describe_document(
                document=found, region=region, by=request.viewer, at=request.at, **values
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The head of the document was saved."))
            return redirect("policies:document", found.uuid)
    status = 422 if form.errors else 200
    context = {"form": form, "document": found}
    return page(request, "policies/describe.html", context, status=status)


@audience(*WRITERS)
@require_POST
def move(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_document(uuid, viewer=request.viewer)
    name = request.POST.get("move", "")
    if name not in workflow.DOCUMENT.moves:
        raise Invalid(_("There is no such step."))
    found = actions.move_document(document=found, move=name, by=request.viewer, at=request.at)
    messages.success(
        request, _("The document is now: %(state)s.") % {"state": found.get_state_display()}
    )
    return redirect("policies:document", found.uuid)


@audience(*WRITERS)
@require_POST
def accept_all(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_document(uuid, viewer=request.viewer)
    count = actions.accept_all(
        document=found, kind=request.POST.get("kind", ""), by=request.viewer, at=request.at
    )
    text = ngettext("%(n)s item was accepted.", "%(n)s items were accepted.", count)
    messages.success(request, text % {"n": count})
    return redirect("policies:document", found.uuid)


@audience(*WRITERS)
@require_POST
def confirm_bindings(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_document(uuid, viewer=request.viewer)
    count = actions.confirm_bindings(document=found, by=request.viewer, at=request.at)
    text = ngettext("%(n)s target was bound.", "%(n)s targets were bound.", count)
    messages.success(request, text % {"n": count})
    return redirect(f"{reverse('policies:targets')}?document={found.uuid}")


@audience("public")
def clause(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_clause(uuid, viewer=request.viewer)
    items = [
        item
        for item in queries.items_of(found.document, viewer=request.viewer)
        if item.clause_id == found.pk
    ]
    up, down = queries.pairs_of_clause(found, viewer=request.viewer)
    context = {
        "clause": found,
        "document": found.document,
        "segments": queries.clause_segments(found, items),
        "cards": [queries.card_of(item) for item in items],
        "up": up,
        "down": down,
    }
    return page(request, "policies/clause.html", context)


@audience("public")
def document_tree(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_document(uuid, viewer=request.viewer)
    context = {
        "document": found,
        "tabs": document_tabs(found, "document_tree"),
        "tree": queries.strategy_tree(found, viewer=request.viewer, on=request.at.date()),
        "may_review": permissions.can_review_document(request.viewer, found),
        "form": forms.StrategyForm(document=found),
    }
    return page(request, "policies/tree.html", context)


@audience(*WRITERS)
@require_POST
def add_strategy(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_document(uuid, viewer=request.viewer)
    form = forms.StrategyForm(request.POST, document=found)
    if not form.is_valid():
        raise Invalid(_("Some entries cannot be used."), data={"fields": form.errors})
    actions.add_strategy_node(
        document=found,
        kind=form.cleaned_data["kind"],
        title=form.cleaned_data["title"],
        clauses=list(form.cleaned_data["clauses"]),
        by=request.viewer,
        at=request.at,
    )
    messages.success(request, _("The heading is on the strategy map."))
    return redirect("policies:document_tree", found.uuid)


@audience(*WRITERS)
@require_POST
def remove_strategy(request: Any, uuid: str, node: str) -> HttpResponse:
    found = queries.get_document(uuid, viewer=request.viewer)
    actions.remove_strategy_node(document=found, uuid=node, by=request.viewer, at=request.at)
    messages.success(request, _("The heading was taken off the strategy map."))
    return redirect("policies:document_tree", found.uuid)
