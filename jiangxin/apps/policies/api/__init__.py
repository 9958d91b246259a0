"""The API of the app: one router that the modules, by noun, add their operations to."""

from jiangxin.apps.policies.api import cascade, documents, scorecard, targets, tasks
from jiangxin.apps.policies.api.base import router

__all__ = ["cascade", "documents", "router", "scorecard", "targets", "tasks"]
