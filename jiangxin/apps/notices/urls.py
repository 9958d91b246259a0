from django.urls import path

from jiangxin.apps.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.notices, name="notices"),
    path("read-all/", views.read_all, name="read_all"),
    path("<uuid:uuid>/", views.notice, name="notice"),
    path("<uuid:uuid>/open/", views.open_notice, name="open"),
]
