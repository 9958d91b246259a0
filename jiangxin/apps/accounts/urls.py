from django.urls import path

from jiangxin.apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.account, name="account"),
    path("people/", views.users, name="users"),
    path("people/new/", views.create_user, name="create_user"),
    path("people/<uuid:uuid>/", views.user, name="user"),
    path("people/<uuid:uuid>/roles/", views.grant_role, name="grant_role"),
    path("people/<uuid:uuid>/password/", views.set_password, name="set_password"),
    path("people/<uuid:uuid>/reveal/", views.reveal, name="reveal"),
    path("roles/", views.roles, name="roles"),
    path("roles/<uuid:uuid>/end/", views.end_role, name="end_role"),
    path("trail/", views.trail, name="trail"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:uuid>/", views.job, name="job"),
]
