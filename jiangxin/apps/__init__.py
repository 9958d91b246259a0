"""The ladder of apps; the order and its reasons are in docs/map.md."""
