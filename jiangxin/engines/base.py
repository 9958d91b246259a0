"""What all engines share: the error for invalid input, the trace of a result, the reader of YAML."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml


class InvalidProblem(ValueError):
    """The input cannot be worked on; says where and what to do.

    Args:
        message: what is wrong and how to mend it, one sentence each.
        row: 1-based row or line, where that makes sense.
        field: name of the column, key or parameter.
    """

    def __init__(self, message: str, *, row: int | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.row = row
        self.field = field


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a computation: what was computed, from what, with which result."""

    what: str
    inputs: tuple[tuple[str, object], ...] = ()
    result: object = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """How a result came about, in the order of computation."""

    engine: str
    steps: tuple[Step, ...] = field(default_factory=tuple)


class Fields:
    """A mapping read key by key; a key that is missing, odd or unknown is named with its path."""

    def __init__(self, content: object, path: str = "") -> None:
        if not isinstance(content, dict):
            raise InvalidProblem(f"{path or 'The file'} must be a mapping.", field=path)
        self._content: dict[str, Any] = {str(key): value for key, value in content.items()}
        self._path = path
        self._read: set[str] = set()

    @classmethod
    def of_yaml(cls, text: str) -> Fields:
        """Read YAML text whose top level is a mapping; a repeated key is an error."""
        try:
            return cls(yaml.load(text, Loader=_FastLoader))  # noqa: S506 -- derives from SafeLoader
        except yaml.YAMLError:
            pass  # the slow reader says more exactly where
        try:
            return cls(yaml.load(text, Loader=_StrictLoader))  # noqa: S506 -- derives from SafeLoader
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            row = mark.line + 1 if mark else None
            raise InvalidProblem(f"This is not valid YAML: {error}", row=row) from error

    def __contains__(self, key: str) -> bool:
        return self._content.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def content(self) -> dict[str, Any]:
        """Return a copy of everything; this does not count as reading the keys."""
        return dict(self._content)

    def path(self, key: str) -> str:
        """Name a key with everything that stands above it."""
        return f"{self._path}.{key}" if self._path else key

    def raw(self, key: str) -> Any:
        """Return the value as YAML gave it; missing is an error."""
        self._read.add(key)
        if key not in self:
            raise InvalidProblem(f"{self.path(key)} is missing.", field=self.path(key))
        return self._content[key]

    def text(self, key: str, default: str | None = None) -> str:
        """Return a non-empty text."""
        if default is not None and key not in self:
            self._read.add(key)
            return default
        value = self.raw(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "a text")
        return value.strip()

    def both(self, key: str) -> tuple[str, str] | None:
        """Return words in English and Chinese, None where missing; one text stands for both."""
        if key not in self or isinstance(self.raw(key), str):
            text = self.text(key, "")
            return (text, text) if text else None
        inner = self.inner(key)
        words = inner.text("en"), inner.text("zh-Hans")
        inner.finish()
        return words

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Return a text out of a closed list."""
        value = self.text(key, default)
        if value not in allowed:
            raise self.wrong(key, "one of " + ", ".join(allowed))
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        self._read.add(key)
        value = self._content.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def number(self, key: str) -> int | float:
        """Return a finite number."""
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or value - value != 0:
            raise self.wrong(key, "a number")
        return value

    def integer(self, key: str) -> int:
        """Return a whole number."""
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, "a whole number")
        return value

    def day(self, key: str) -> date | None:
        """Return a day, or None where the key is missing or empty."""
        self._read.add(key)
        value = self._content.get(key)
        if value is not None and type(value) is not date:
            raise self.wrong(key, "a day such as 2024-01-31")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty where the key is missing."""
        self._read.add(key)
        value = self._content.get(key) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "a list of texts")
        return tuple(value)

    def inner(self, key: str) -> Fields:
        """Return a mapping below this one."""
        return Fields(self.raw(key), self.path(key))

    def inners(self, key: str) -> tuple[Fields, ...]:
        """Return a list of mappings, empty where the key is missing."""
        self._read.add(key)
        value = self._content.get(key) or []
        if not isinstance(value, list):
            raise self.wrong(key, "a list")
        return tuple(Fields(item, f"{self.path(key)}[{i}]") for i, item in enumerate(value))

    def wrong(self, key: str, expected: str) -> InvalidProblem:
        """Describe a value that is not what it should be."""
        return InvalidProblem(
            f"{self.path(key)} must be {expected}, not {self._content.get(key)!r}.",
            field=self.path(key),
        )

    def finish(self) -> None:
        """Refuse keys that nobody read: most are misspelt."""
        for key in self._content:
            if key not in self._read:
                known = ", ".join(sorted(self._read))
                raise InvalidProblem(
                    f"{self.path(key)} is not known here; known are {known}.", field=self.path(key)
                )


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML in which a repeated key is an error instead of a silent loss."""


class _FastLoader(yaml.CSafeLoader):
    """The same in C: ten times faster, and vague about the place of an error."""


def _mapping_without_repeats(
    loader: _StrictLoader | _FastLoader, node: yaml.MappingNode
) -> dict[Hashable, object]:
    seen: set[object] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.constructor.ConstructorError(
                None, None, "a key must be a simple value", key_node.start_mark
            )
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands here twice", key_node.start_mark
            )
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


for _loader in (_StrictLoader, _FastLoader):
    _loader.add_constructor(
        yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_repeats
    )
