"""Pages of this app."""

from jiangxin.apps.dashboards.views.due import calendar, due
from jiangxin.apps.dashboards.views.everywhere import regions, search, theme
from jiangxin.apps.dashboards.views.first import cockpit, home, public, wall

__all__ = ["calendar", "cockpit", "due", "home", "public", "regions", "search", "theme", "wall"]
