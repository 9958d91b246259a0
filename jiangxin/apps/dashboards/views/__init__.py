"""Pages of this app."""

from jiangxin.apps.dashboards.views.everywhere import regions, search, theme
from jiangxin.apps.dashboards.views.first import calendar, cockpit, home, public, wall

__all__ = ["calendar", "cockpit", "home", "public", "regions", "search", "theme", "wall"]
