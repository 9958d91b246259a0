from django.apps import AppConfig


class CollectionsConfig(AppConfig):
    name = "jiangxin.apps.collections"
    label = "collections"
