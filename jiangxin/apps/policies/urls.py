from django.urls import path

from jiangxin.apps.policies.views import cascade, documents, items, targets

app_name = "policies"
urlpatterns = [
    path("", documents.documents, name="documents"),
    path("import/", documents.import_documents, name="import"),
    path("documents/<uuid:uuid>/", documents.document, name="document"),
    path("documents/<uuid:uuid>/describe/", documents.describe, name="describe"),
    path("documents/<uuid:uuid>/move/", documents.move, name="move_document"),
    path("documents/<uuid:uuid>/accept/", documents.accept_all, name="accept_all"),
    path("documents/<uuid:uuid>/bind/", documents.confirm_bindings, name="confirm_bindings"),
    path("documents/<uuid:uuid>/original/", documents.original, name="original"),
    path("documents/<uuid:uuid>/tree/", documents.document_tree, name="document_tree"),
    path("documents/<uuid:uuid>/tree/add/", documents.add_strategy, name="add_strategy"),
    path(
        "documents/<uuid:uuid>/tree/<uuid:node>/remove/",
        documents.remove_strategy,
        name="remove_strategy",
    ),
    path("documents/<uuid:uuid>/add/<slug:kind>/", items.add, name="add_item"),
    path("documents/<uuid:uuid>/links/", cascade.document_links, name="document_links"),
    path("documents/<uuid:uuid>/links/add/", cascade.add_link, name="add_link"),
    path("clauses/<uuid:uuid>/", documents.clause, name="clause"),
    path("items/<slug:kind>/<uuid:uuid>/decide/", items.decide, name="decide_item"),
    path("items/<slug:kind>/<uuid:uuid>/correct/", items.correct, name="correct_item"),
    path("targets/", targets.targets, name="targets"),
    path("targets/<uuid:uuid>/", targets.target, name="target"),
    path("targets/<uuid:uuid>/bind/", targets.bind, name="bind_target"),
    path("targets/<uuid:uuid>/reject/", targets.reject_indicator, name="reject_indicator"),
    path("targets/<uuid:uuid>/assign/", targets.assign, name="assign_target"),
    path("contradictions/", targets.contradictions, name="contradictions"),
    path(
        "contradictions/<uuid:uuid>/decide/",
        targets.decide_contradiction,
        name="decide_contradiction",
    ),
    path("cascade/<uuid:uuid>/", cascade.cascade, name="cascade"),
    path("cascade/<uuid:uuid>/decide/", cascade.decide_link, name="decide_link"),
    path("cascade/<uuid:uuid>/compare/", cascade.compare, name="compare"),
    path("cascade/<uuid:uuid>/add/", cascade.add_pair, name="add_pair"),
    path("pairs/<uuid:uuid>/decide/", cascade.decide_pair, name="decide_pair"),
]
