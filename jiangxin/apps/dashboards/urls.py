from django.urls import path

from jiangxin.apps.dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("regions/", views.regions, name="regions"),
    path("theme/", views.theme, name="theme"),
]
