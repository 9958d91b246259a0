from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "jiangxin.apps.organisations"
    label = "organisations"
