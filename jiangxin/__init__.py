"""Jiangxin (匠心): software for a region's modern vocational education system."""

__version__ = "0.1.0"
