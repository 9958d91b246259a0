"""The zh-Hans catalogue is complete, and one English text has one Chinese one."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from babel.messages.pofile import read_po

import jiangxin
from jiangxin.config.management.commands.messages import catalogue_folders, check

PACKAGE = Path(jiangxin.__file__).parent


def test_every_text_is_translated() -> None:
    missing = []
    for folder in catalogue_folders([]):
        missing += check(folder, folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po")
    assert missing == []


def test_short_labels_have_one_translation_everywhere() -> None:
    """A term is one label per language; sentences may differ with their place."""
    seen: dict[str, dict[str, str]] = defaultdict(dict)
    for path in PACKAGE.rglob("locale/zh_Hans/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_Hans"):
                is_label = isinstance(message.id, str) and 0 < len(message.id) <= 24
                if is_label and message.string and message.context is None:
                    seen[message.id][str(message.string)] = path.parts[-5]
    differing = {text: places for text, places in seen.items() if len(places) > 1}
    assert differing == {}
