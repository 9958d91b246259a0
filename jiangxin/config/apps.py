from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "jiangxin.config"
    label = "site"

    def ready(self) -> None:
        """Import every app's tasks, so that jobs find them, and give jobs their viewers."""
        from django.utils.module_loading import autodiscover_modules

        from jiangxin.apps.accounts import queries
        from jiangxin.core import jobs

        autodiscover_modules("tasks")
        jobs.viewer_of = queries.viewer_of_id
