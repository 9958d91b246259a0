from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "jiangxin.ui"
    label = "ui"
