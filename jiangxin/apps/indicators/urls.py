from django.urls import path

from jiangxin.apps.indicators import views

app_name = "indicators"
urlpatterns = [
    path("", views.indicators, name="indicators"),
    path("compute/", views.compute, name="compute"),
    path("publish/", views.publish, name="publish"),
    path("snapshots/", views.snapshots, name="snapshots"),
    path("values/<uuid:uuid>/", views.value, name="value"),
    path("reports/<uuid:uuid>/withdraw/", views.withdraw, name="withdraw"),
    path("reports/<uuid:uuid>/evidence/", views.evidence, name="evidence"),
    path("<slug:code>/", views.indicator, name="indicator"),
    path("<slug:code>/report/", views.report, name="report"),
]
