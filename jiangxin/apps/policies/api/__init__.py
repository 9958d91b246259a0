"""The API of the app, by noun: one router that the modules fill."""

from jiangxin.apps.policies.api.base import router

__all__ = ["router"]
