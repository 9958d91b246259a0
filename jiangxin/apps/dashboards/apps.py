from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "jiangxin.apps.dashboards"
    label = "dashboards"
