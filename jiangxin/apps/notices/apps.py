from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "jiangxin.apps.notices"
    label = "notices"
