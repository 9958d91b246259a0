from django.urls import path

from jiangxin.apps.dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("cockpit/", views.cockpit, name="cockpit"),
    path("cockpit/wall/", views.wall, name="wall"),
    path("calendar/", views.due, name="due"),
    path("calendar/month/", views.calendar, name="calendar"),
    path("public/", views.public, name="public"),
    path("search/", views.search, name="search"),
    path("regions/", views.regions, name="regions"),
    path("theme/", views.theme, name="theme"),
]
