from django.apps import AppConfig


class ReferenceConfig(AppConfig):
    name = "jiangxin.apps.reference"
    label = "reference"
