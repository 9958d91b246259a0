from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "jiangxin.core"
    label = "core"
