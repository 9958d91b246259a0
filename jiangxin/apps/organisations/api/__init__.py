"""The API of the app: one router that the modules, by noun, add their operations to."""

from jiangxin.apps.organisations.api import conditions, directory, events
from jiangxin.apps.organisations.api.base import router

__all__ = ["conditions", "directory", "events", "router"]
