"""Files about regions: figures by year (CSV) and boundaries (GeoJSON), read and checked."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.apps.organisations.models import RegionFigure
from jiangxin.core.errors import Invalid

MAX_BYTES = 20 * 1024 * 1024
_MAX_POINTS = 1_000_000
# points kept of a ring: enough for a page, however fine the file is
_KEPT = 400
_FINEST = 20_000
_CODE_HEADS = ("region", "code", "行政区划代码", "区划代码")
_YEAR_HEADS = ("year", "年份", "年度")
_MEASURE_HEADS = {
    "population": RegionFigure.Measure.POPULATION,
    "常住人口": RegionFigure.Measure.POPULATION,
    "人口": RegionFigure.Measure.POPULATION,
    "industry_yuan": RegionFigure.Measure.INDUSTRY_YUAN,
    "工业增加值（元）": RegionFigure.Measure.INDUSTRY_YUAN,
}
Ring = list[list[float]]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure as read, with its line in the file."""

    line: int
    region_code: str
    measure: str
    year: int
    value: float


@dataclass(frozen=True, slots=True)
class BoundaryRow:
    """An outline as read, with the number of its feature in the file."""

    line: int
    region_code: str
    rings: list[Ring]


class UnreadableFile(Invalid):
    """The file is neither figures of regions nor boundaries."""

    code = "unreadable_region_file"


def read(content: bytes) -> list[FigureRow] | list[BoundaryRow]:
    """Read figures or boundaries; JSON is told from CSV by its first character.

    Raises:
        UnreadableFile: the file is too large or not of a kind that is known.
        Invalid: a row breaks a rule; `data` lists line, column, rule of each.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFile(_("The file is larger than 20 MB. Load a coarser one."))
    text = _text(content)
    if text.lstrip()[:1] in ("{", "["):
        return _boundaries(text)
    return _figures(text)


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(_("The file is not text. Save it as CSV in UTF-8, or as GeoJSON."))


def _figures(text: str) -> list[FigureRow]:
    rows = list(csv.reader(io.StringIO(text.replace("\x00", ""))))
    heads = [head.strip() for head in rows[0]] if rows else []
    region = next((i for i, head in enumerate(heads) if head in _CODE_HEADS), None)
    year = next((i for i, head in enumerate(heads) if head in _YEAR_HEADS), None)
    measures = {i: _MEASURE_HEADS[head] for i, head in enumerate(heads) if head in _MEASURE_HEADS}
    if region is None or year is None or not measures:
        raise UnreadableFile(
            _("The first line must name the columns region, year and population or industry_yuan.")
        )
    found: list[FigureRow] = []
    problems: list[dict[str, object]] = []
    for line, row in enumerate(rows[1:], start=2):
        cells = [cell.strip() for cell in row] + [""] * len(heads)
        if not any(cells):
            continue
        code, when = cells[region], cells[year]
        if not (len(code) == 6 and code.isascii() and code.isdigit()):
            problems.append(_problem(line, heads[region], code, _("six digits of the division")))
        if not (when.isascii() and when.isdigit() and 1949 <= int(when) <= 2100):
            problems.append(_problem(line, heads[year], when, _("a year such as 2025")))
            continue
        for column, measure in measures.items():
            value = _number(cells[column])
            if cells[column] and value is None:
                problems.append(
                    _problem(line, heads[column], cells[column], _("a number from 0 on"))
                )
            elif value is not None:
                found.append(FigureRow(line, code, measure, int(when), value))
    _refuse(problems)
    if not found:
        raise UnreadableFile(_("The file holds no figure."))
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "").replace("，", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _problem(line: int, column: str, value: str, rule: str) -> dict[str, object]:
    return {"row": line, "column": column, "value": value[:80], "rule": rule}


def _refuse(problems: Sequence[dict[str, object]]) -> None:
    if not problems:
        return
    shown = "; ".join(
        _("line %(row)s, %(column)s “%(value)s”: must be %(rule)s") % problem
        for problem in problems[:10]
    )
    raise Invalid(
        _("Nothing was loaded, %(number)s entries cannot be used. %(shown)s")
        % {"number": len(problems), "shown": shown},
        data={"problems": list(problems[:200])},
    )


def _boundaries(text: str) -> list[BoundaryRow]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableFile(
            _("The file begins like GeoJSON but is broken. Export it again.")
        ) from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise UnreadableFile(_("The file must be a FeatureCollection of GeoJSON."))
    found: dict[str, BoundaryRow] = {}
    problems: list[dict[str, object]] = []
    points = 0
    for line, feature in enumerate(features, start=1):
        code = _code_of(feature)
        rings = _rings_of(feature)
        points += sum(map(len, rings or ()))
        if points > _MAX_POINTS:
            raise UnreadableFile(_("The boundaries have too many points. Load coarser ones."))
        if not code:
            problems.append(_problem(line, "adcode", code, _("six digits of the division")))
        elif not rings:
            problems.append(
                _problem(
                    line, "geometry", code, _("a polygon in degrees of longitude and latitude")
                )
            )
        else:
            known = found.get(code)
            joined = [*(known.rings if known else []), *rings]
            found[code] = BoundaryRow(line, code, joined)
    _refuse(problems)
    if not found:
        raise UnreadableFile(_("The file holds no boundary."))
    return list(found.values())


def _code_of(feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    for name in ("adcode", "code", "region", "行政区划代码"):
        value = str((properties or {}).get(name, "")) if isinstance(properties, dict) else ""
        if len(value) == 6 and value.isascii() and value.isdigit():
            return value
    return ""


def _rings_of(feature: Any) -> list[Ring] | None:
    """Return the outer rings of a polygon, simplified; None if it is not one."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or kind not in ("Polygon", "MultiPolygon"):
        return None
    parts = geometry.get("coordinates")
    parts = [parts] if kind == "Polygon" else parts
    if not isinstance(parts, list):
        return None
    rings = []
    for part in parts:
        # only the outer ring: enclaves inside are drawn over it by their own region
        outer = part[0] if isinstance(part, list) and part else None
        ring = _ring(outer)
        if ring is None:
            return None
        rings.append(ring)
    return rings


def _ring(outer: Any) -> Ring | None:
    if not isinstance(outer, list):
        return None
    ring: Ring = []
    for point in outer:
        if not isinstance(point, list) or len(point) < 2:
            return None
        x, y = point[0], point[1]
        is_number = all(isinstance(n, int | float) and not isinstance(n, bool) for n in (x, y))
        if not is_number or not (-180 <= x <= 180 and -90 <= y <= 90):
            return None
        ring.append([float(x), float(y)])
    if len(ring) > 1 and ring[0] == ring[-1]:
        ring.pop()
    return simplified(ring) if len(ring) >= 3 else None


def simplified(ring: Ring, *, keep: int = _KEPT) -> Ring:
    """Leave out points of a ring until at most `keep` are left, those that matter least first.

    Method:
        Douglas and Peucker, 1973, with a tolerance that is doubled until few enough are left.
    """
    # far finer than any page; also keeps the work small for a file made to be slow
    ring = ring[:: math.ceil(len(ring) / _FINEST)]
    tolerance = 0.0005
    kept = ring
    while len(kept) > keep or (kept is ring and len(ring) > 50):
        kept = _peucker(ring, tolerance)
        tolerance *= 2
        if len(kept) < 4:
            break
    return [[round(x, 4), round(y, 4)] for x, y in (kept if len(kept) >= 3 else ring[:keep])]


def _peucker(ring: Ring, tolerance: float) -> Ring:
    # a ring has no ends: cut it at its first point and the one farthest from it
    far = max(range(len(ring)), key=lambda i: math.dist(ring[0], ring[i]))
    keep = {0, far}
    waiting = [(0, far), (far, len(ring))]
    closed = [*ring, ring[0]]
    while waiting:
        first, last = waiting.pop()
        worst, distance = 0, tolerance
        for index in range(first + 1, last):
            away = _distance(closed[index], closed[first], closed[last])
            if away > distance:
                worst, distance = index, away
        if worst:
            keep.add(worst)
            waiting += [(first, worst), (worst, last)]
    return [ring[index] for index in sorted(keep) if index < len(ring)]


def _distance(point: list[float], start: list[float], end: list[float]) -> float:
    """Return how far a point lies from the line between two others, in degrees."""
    across, up = end[0] - start[0], end[1] - start[1]
    length = math.hypot(across, up)
    if not length:
        return math.dist(point, start)
    return abs(across * (start[1] - point[1]) - (start[0] - point[0]) * up) / length
