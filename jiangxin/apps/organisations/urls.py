from django.urls import path

from jiangxin.apps.organisations.views import directory

app_name = "organisations"
urlpatterns = [
    path("", directory.organisations, name="organisations"),
    path("export.xlsx", directory.export, name="export"),
    path("template.xlsx", directory.template, name="template"),
    path("register/", directory.register, name="register"),
    path("imports/", directory.imports, name="imports"),
    path("imports/<uuid:uuid>/", directory.import_, name="import"),
    path("imports/<uuid:uuid>/apply/", directory.apply_import, name="apply_import"),
    path("imports/<uuid:uuid>/discard/", directory.discard_import, name="discard_import"),
    path("imports/<uuid:uuid>/corrected.xlsx", directory.corrected, name="corrected"),
    path("aliases/<uuid:uuid>/remove/", directory.remove_alias, name="remove_alias"),
    path("<uuid:uuid>/", directory.organisation, name="organisation"),
    path("<uuid:uuid>/edit/", directory.edit, name="edit"),
    path("<uuid:uuid>/rename/", directory.rename, name="rename"),
    path("<uuid:uuid>/close/", directory.close, name="close"),
    path("<uuid:uuid>/aliases/", directory.add_alias, name="add_alias"),
]
