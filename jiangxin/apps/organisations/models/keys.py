"""Keys to organisations: each says what becomes of its rows when an organisation is merged."""

from __future__ import annotations

from typing import Any, Literal, Self

from django.db import models
from django.utils.functional import Promise

# follow: the rows go on with the successor (a task, a duty, a recognition in force);
# stay: the rows tell what the organisation was or did (a name, a school year)
OnMerger = Literal["follow", "stay"]
_ORGANISATION = "organisations.Organisation"


class OrganisationKey(models.ForeignKey[Any, Any]):
    """A foreign key to an organisation; a plain one fails a contract test.

    Migrations see a plain ForeignKey: what follows is a matter of code, not of the schema.
    """

    def __init__(
        self,
        on_delete: Any = models.PROTECT,
        *,
        on_merger: OnMerger,
        label: str | Promise = "",
        to: Any = _ORGANISATION,
        **kwargs: Any,
    ) -> None:
        """Bind the column.

        Args:
            label: what the rows are, in the plural, for previews; else the name of the table.
        """
        self.on_merger = on_merger
        self.label = label
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        """Describe the column to migrations as a plain foreign key."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs

    def clone(self) -> Self:
        """Return a copy that is not bound to a model."""
        _name, _path, args, kwargs = self.deconstruct()
        again: Any = type(self)  # Any: the Django plugin of mypy cannot see through type(self)
        return again(*args, on_merger=self.on_merger, label=self.label, **kwargs)  # type: ignore[no-any-return]


class OrganisationSet(models.ManyToManyField[Any, Any]):
    """A set of organisations; says what becomes of a member that is merged."""

    def __init__(
        self,
        *,
        on_merger: OnMerger,
        label: str | Promise = "",
        to: Any = _ORGANISATION,
        **kwargs: Any,
    ) -> None:
        """Bind the set; `label` says what its rows are, in the plural, for previews."""
        self.on_merger = on_merger
        self.label = label
        super().__init__(to, **kwargs)

    def deconstruct(self) -> Any:
        """Describe the set to migrations as a plain many-to-many field."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ManyToManyField", args, kwargs

    def clone(self) -> Self:
        """Return a copy that is not bound to a model."""
        _name, _path, args, kwargs = self.deconstruct()
        again: Any = type(self)  # Any: the Django plugin of mypy cannot see through type(self)
        return again(*args, on_merger=self.on_merger, label=self.label, **kwargs)  # type: ignore[no-any-return]
