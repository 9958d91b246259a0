"""The command `jiangxin`: every verb is a management command of the app that owns it."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiangxin.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["jiangxin", *sys.argv[1:]])


if __name__ == "__main__":
    main()
