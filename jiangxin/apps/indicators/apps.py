from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "jiangxin.apps.indicators"
    label = "indicators"
