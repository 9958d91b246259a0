from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "jiangxin.apps.registers"
    label = "registers"
