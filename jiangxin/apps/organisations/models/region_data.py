"""What an operator loads about regions for siting: yearly figures and boundaries."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiangxin.core.models import Entity


class RegionFigure(Entity):
    """A number that a statistics office published of a region for a year."""

    class Measure(models.TextChoices):
        POPULATION = "population", _("population")
        INDUSTRY_YUAN = "industry_yuan", _("value added of industry in yuan")

    # six digits, not a row: figures of past years outlive a change of the divisions
    region_code = models.CharField(max_length=6)
    measure = models.CharField(max_length=15, choices=Measure.choices)
    year = models.PositiveSmallIntegerField()
    value = models.FloatField()
    # who published it, and where
    source = models.CharField(max_length=200)
    loaded_at = models.DateTimeField()

    # public by nature: figures of regions, never of persons
    objects: Any = models.Manager()

    class Meta:
        ordering = ["region_code", "measure", "-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["region_code", "measure", "year"],
                name="organisation_region_figure_once",
                violation_error_message=_("This figure of the region and year is known already."),
            ),
            models.CheckConstraint(
                condition=models.Q(value__gte=0),
                name="organisation_region_figure_not_negative",
                violation_error_message=_("A figure of a region cannot be below 0."),
            ),
        ]


class RegionBoundary(Entity):
    """The outline of a region, simplified for drawing."""

    region_code = models.CharField(max_length=6, unique=True)
    # rings of [longitude, latitude]; the first point is not repeated at the end
    rings = models.JSONField()
    source = models.CharField(max_length=200)
    loaded_at = models.DateTimeField()

    objects: Any = models.Manager()

    class Meta:
        ordering = ["region_code"]
