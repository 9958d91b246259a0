from django.apps import AppConfig, apps


class SiteConfig(AppConfig):
    name = "jiangxin.config"
    label = "site"

    def ready(self) -> None:
        """Let jobs find every app's tasks and viewers, and indicators every app's facts."""
        from django.utils.module_loading import autodiscover_modules

        from jiangxin.apps.accounts import queries
        from jiangxin.apps.indicators.actions.facts import PUBLISHERS
        from jiangxin.config import links
        from jiangxin.core import jobs

        autodiscover_modules("tasks", "facts")
        for config in apps.get_app_configs():
            PUBLISHERS.update(getattr(getattr(config.module, "facts", None), "PUBLISHES", {}))
        jobs.viewer_of = queries.viewer_of_id
        links.register()
