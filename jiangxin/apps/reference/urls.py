from __future__ import annotations

from django.urls import path

from jiangxin.apps.reference import views

app_name = "reference"
urlpatterns = [
    path("", views.regions, name="regions"),
    path("regions/<str:code>/", views.region, name="region"),
    path("regions/<str:code>/terms/<int:school_year>/", views.terms, name="terms"),
    path("programmes/", views.programmes, name="programmes"),
    path("occupations/", views.occupations, name="occupations"),
    path("industries/", views.industries, name="industries"),
    path("rules/", views.rules, name="rules"),
    path("rules/<slug:code>/", views.rule, name="rule"),
    path("rules/<slug:code>/set/", views.set_rule, name="set_rule"),
    path(
        "rules/<slug:code>/settings/<uuid:uuid>/withdraw/",
        views.withdraw_rule,
        name="withdraw_rule",
    ),
    path("editions/", views.editions, name="editions"),
    path("editions/load/", views.load, name="load"),
    path("editions/<str:kind>.xlsx", views.download, name="download"),
]
