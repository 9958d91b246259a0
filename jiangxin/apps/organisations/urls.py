from django.urls import path

from jiangxin.apps.organisations import views

app_name = "organisations"
urlpatterns = [
    path("", views.organisations, name="organisations"),
    path("export.xlsx", views.export, name="export"),
    path("template.xlsx", views.template, name="template"),
    path("register/", views.register, name="register"),
    path("imports/", views.imports, name="imports"),
    path("imports/<uuid:uuid>/", views.import_, name="import"),
    path("imports/<uuid:uuid>/apply/", views.apply_import, name="apply_import"),
    path("imports/<uuid:uuid>/discard/", views.discard_import, name="discard_import"),
    path("imports/<uuid:uuid>/corrected.xlsx", views.corrected, name="corrected"),
    path("aliases/<uuid:uuid>/remove/", views.remove_alias, name="remove_alias"),
    path("<uuid:uuid>/", views.organisation, name="organisation"),
    path("<uuid:uuid>/edit/", views.edit, name="edit"),
    path("<uuid:uuid>/rename/", views.rename, name="rename"),
    path("<uuid:uuid>/close/", views.close, name="close"),
    path("<uuid:uuid>/aliases/", views.add_alias, name="add_alias"),
]
