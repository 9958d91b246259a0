from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "jiangxin.apps.accounts"
    label = "accounts"
