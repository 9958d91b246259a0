"""Reads of the first pages, joined from what the apps below publish."""

from jiangxin.apps.dashboards.queries.calendar import Day, Month, month
from jiangxin.apps.dashboards.queries.cockpit import Branch, Cockpit, Tile, YearOfDeadline, cockpit
from jiangxin.apps.dashboards.queries.home import Home, Place, home
from jiangxin.apps.dashboards.queries.joined import Due, Found, Hit, Waiting, dues, search, todos
from jiangxin.apps.dashboards.queries.public import Pledge, PublicPage, public_page

__all__ = [
    "Branch",
    "Cockpit",
    "Day",
    "Due",
    "Found",
    "Hit",
    "Home",
    "Month",
    "Place",
    "Pledge",
    "PublicPage",
    "Tile",
    "Waiting",
    "YearOfDeadline",
    "cockpit",
    "dues",
    "home",
    "month",
    "public_page",
    "search",
    "todos",
]
