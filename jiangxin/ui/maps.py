"""Maps of regions beside one another: schematic tiles, or real boundaries where they are loaded.

`region_map(...)` gives what `ui/tile_map.html` draws as one SVG without any script; the template
also lists the same values, so that nothing is told by colour alone.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext as _

from jiangxin.ui.numbers import amount

SIDE, GAP = 64, 6
_WIDTH = 640
_TONES = 5

# Where the tiles of a region lie, drawn by us after the map; the two or three digits are those
# in which the codes below the region differ. Regions without a drawing are laid out by code.
_DRAWINGS: Mapping[str, str] = {
    "000000": """
        .. .. .. .. .. .. .. .. 23
        .. .. .. .. .. .. 15 21 22
        65 62 64 14 13 11 12 .. ..
        .. 63 61 41 37 32 31 .. ..
        54 51 50 42 34 33 .. .. ..
        .. 53 52 43 36 35 71 .. ..
        .. .. 45 44 81 .. .. .. ..
        .. .. 46 82 .. .. .. .. ..
    """,
    "500000": """
        ... ... ... ... ... ... ... 229 238 ...
        ... ... ... ... ... ... 154 235 236 237
        ... ... ... ... 231 155 101 ... ... ...
        152 117 109 112 115 233 240 ... ... ...
        151 120 106 105 102 230 114 ... ... ...
        111 118 107 103 108 156 243 242 ... ...
        153 116 104 113 119 ... ... 241 ... ...
        ... ... ... 110 ... ... ... ... ... ...
    """,
    "510000": """
        .. 32 07 08 19 17
        33 01 06 09 13 16
        .. 18 14 20 10 ..
        .. 34 11 03 05 ..
        .. 04 .. 15 .. ..
    """,
    "510100": """
        181 182 114 113 121
        184 117 106 108 112
        129 115 105 104 185
        183 118 107 116 ...
        131 ... ... ... ...
    """,
}

# “石柱土家族自治县” is 石柱, “内蒙古自治区” 内蒙古, “临夏回族自治州” 临夏
_PEOPLES = (
    "土家族|苗族|侗族|瑶族|壮族|彝族|回族|藏族|羌族|白族|傣族|景颇族|傈僳族|怒族|独龙族|哈尼族|拉祜族|佤族|布朗族|"
    "纳西族|普米族|布依族|水族|仡佬族|仫佬族|毛南族|黎族|畲族|满族|蒙古族|朝鲜族|达斡尔族|鄂温克族|鄂伦春族|锡伯|"
    "维吾尔|哈萨克族|哈萨克|柯尔克孜|塔吉克|土族|撒拉族|东乡族|保安族|裕固族|各族"
)
_AUTONOMOUS = re.compile(rf"(?<=..)(?:{_PEOPLES})*(?:自治区|自治州|自治县|自治旗|联合旗)$")

Point = tuple[float, float]
# rings of a region in degrees (longitude, latitude); the first point is not repeated at the end
Rings = Sequence[Sequence[Point]]


@dataclass(frozen=True, slots=True)
class Place:
    """A region with the value that its colour shows; None where it is not known."""

    code: str
    label: str
    value: float | None
    url: str = ""
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """A region as drawn.

    Args:
        path: outline for the `d` of an SVG path.
        x, y: where the words stand.
        tone: 1 (least) to 5 (most); 0 where the value is not known.
    """

    place: Place
    path: str
    x: float
    y: float
    label: str
    text: str
    tone: int

    @property
    def second_y(self) -> float:
        """Where the second line of words stands."""
        return round(self.y + 16, 1)


@dataclass(frozen=True, slots=True)
class Tone:
    """One entry of the legend."""

    tone: int
    text: str


@dataclass(frozen=True, slots=True)
class RegionMap:
    """What the template `ui/tile_map.html` draws (as `map`)."""

    title: str
    width: float
    height: float
    areas: tuple[Area, ...]
    legend: tuple[Tone, ...]
    is_schematic: bool

    @property
    def is_simulated(self) -> bool:
        """Whether a value on the map is made up."""
        return any(area.place.is_simulated for area in self.areas)


def region_map(
    parent: str,
    places: Sequence[Place],
    *,
    title: str,
    unit: str = "",
    boundaries: Mapping[str, Rings] | None = None,
) -> RegionMap:
    """Draw the regions below a region, coloured by a value.

    Args:
        parent: code of the region whose parts are drawn; decides where the tiles lie.
        places: the parts with their values, in any order.
        unit: the word of the unit, or "share" for a share of one.
        boundaries: rings by code; used if they are there for all places, else tiles.
    """
    ordered = sorted(places, key=lambda place: place.code)
    limits = _limits([p.value for p in ordered if p.value is not None])
    shapes: Mapping[str, tuple[str, float, float]]
    is_real = bool(boundaries) and all(p.code in (boundaries or {}) for p in ordered)
    if is_real and ordered and boundaries:
        shapes, width, height = _outlines({p.code: boundaries[p.code] for p in ordered})
    else:
        shapes, width, height = _tiles(parent, [p.code for p in ordered])
    areas = []
    for place in ordered:
        path, x, y = shapes[place.code]
        tone = 0 if place.value is None else 1 + bisect_right(limits, place.value)
        label = short_label(place.label)
        areas.append(Area(place, path, x, y, label, amount(place.value, unit), tone))
    return RegionMap(title, width, height, tuple(areas), _legend(areas, unit), not is_real)


def short_label(name: str) -> str:
    """Return a name that fits a tile: without the word for the kind of region, four characters."""
    name = _AUTONOMOUS.sub("", name).removesuffix("特别行政区")
    if len(name) > 2:
        name = name[:-1] if name[-1] in "省市区县" else name
    return name if len(name) <= 4 or not _is_chinese(name) else name[:3] + "…"


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def _limits(values: Sequence[float]) -> list[float]:
    """Return the lower bounds of the tones above the first, so that each has about as many."""
    distinct = sorted(set(values))
    if len(distinct) <= 1:
        return []
    if len(distinct) <= _TONES:
        return distinct[1:]
    ordered = sorted(values)
    found = {ordered[len(ordered) * step // _TONES] for step in range(1, _TONES)}
    return sorted(found - {distinct[0]})


def _legend(areas: Sequence[Area], unit: str) -> tuple[Tone, ...]:
    entries = []
    for tone in range(1, _TONES + 1):
        values = [a.place.value for a in areas if a.tone == tone and a.place.value is not None]
        if values:
            low, high = amount(min(values), unit), amount(max(values), unit)
            entries.append(Tone(tone, low if low == high else f"{low} – {high}"))
    if any(area.tone == 0 for area in areas):
        entries.append(Tone(0, _("not known")))
    return tuple(entries)


@cache
def _drawing(parent: str) -> Mapping[str, tuple[int, int]]:
    """Return column and row of each code below a region that has a drawing."""
    places = {}
    head = {"000000": "", "500000": "500", "510000": "51", "510100": "510"}.get(parent, "")
    for row, line in enumerate(_DRAWINGS.get(parent, "").split("\n")):
        for column, digits in enumerate(line.split()):
            if not digits.startswith("."):
                places[(head + digits).ljust(6, "0")] = (column, row - 1)
    return places


def _tiles(
    parent: str, codes: Sequence[str]
) -> tuple[dict[str, tuple[str, float, float]], float, float]:
    drawn = _drawing(parent)
    cells = {code: drawn[code] for code in codes if code in drawn}
    rest = [code for code in codes if code not in drawn]
    columns = max((c for c, _row in cells.values()), default=-1) + 1
    columns = columns or max(1, math.ceil(math.sqrt(len(rest) * 1.6)))
    first = max((r for _column, r in cells.values()), default=-1) + 1
    cells |= {code: (n % columns, first + n // columns) for n, code in enumerate(rest)}
    # a drawing of which only a part is shown is not pushed to the edge
    top = min((r for _column, r in cells.values()), default=0)
    left = min((c for c, _row in cells.values()), default=0)
    step = SIDE + GAP
    shapes = {}
    for code, (column, row) in cells.items():
        x, y = (column - left) * step, (row - top) * step
        path = f"M{x + 8} {y}h{SIDE - 16}q8 0 8 8v{SIDE - 16}q0 8 -8 8h-{SIDE - 16}q-8 0 -8 -8v-{SIDE - 16}q0 -8 8 -8z"
        shapes[code] = (path, x + SIDE / 2, y + SIDE / 2 - 4)
    width = max((c for c, _row in cells.values()), default=0) - left + 1
    height = max((r for _column, r in cells.values()), default=0) - top + 1
    return shapes, width * step - GAP, height * step - GAP


def _outlines(
    rings: Mapping[str, Rings],
) -> tuple[dict[str, tuple[str, float, float]], float, float]:
    """Project degrees onto the page: equal scale in both directions at the middle latitude."""
    points = [point for parts in rings.values() for ring in parts for point in ring]
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    squeeze = math.cos(math.radians((south + north) / 2)) or 1.0
    scale = _WIDTH / max((east - west) * squeeze, 1e-9)

    def at(point: Point) -> Point:
        across = round((point[0] - west) * squeeze * scale, 1)
        return across, round((north - point[1]) * scale, 1)

    shapes = {}
    for code, parts in rings.items():
        drawn = [[at(point) for point in ring] for ring in parts]
        path = "".join("M" + "L".join(f"{x} {y}" for x, y in ring) + "z" for ring in drawn)
        x, y = _middle(max(drawn, key=lambda ring: abs(_area(ring))))
        shapes[code] = (path, x, y)
    return shapes, _WIDTH, round((north - south) * scale, 1)


def _area(ring: Sequence[Point]) -> float:
    """Return twice the signed area of a ring."""
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)


def _middle(ring: Sequence[Point]) -> Point:
    twice = _area(ring)
    if not twice:
        return ring[0]
    x = y = 0.0
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = ax * by - bx * ay
        x += (ax + bx) * cross
        y += (ay + by) * cross
    return round(x / (3 * twice), 1), round(y / (3 * twice), 1)
