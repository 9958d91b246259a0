from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "jiangxin.apps.organisations"
    label = "organisations"

    def ready(self) -> None:
        """Register the jobs of imports, which read sheets and so stand above the tasks."""
        from jiangxin.apps.organisations.sheets import jobs  # noqa: F401 -- registers
