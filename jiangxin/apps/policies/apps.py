from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "jiangxin.apps.policies"
    label = "policies"
