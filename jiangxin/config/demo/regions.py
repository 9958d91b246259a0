"""Made-up population and industry of the regions of the demo, so that siting has something to show."""

from __future__ import annotations

import datetime
import random

from jiangxin.apps.organisations import actions as organisations
from jiangxin.apps.reference import queries as reference
from jiangxin.config.demo import places
from jiangxin.core.permissions import SYSTEM

# parents whose parts get figures, and how many people a part has about; provinces get none, since
# everybody would see that those are wrong
_PARTS = {
    places.CHONGQING: 850_000,
    places.SICHUAN: 4_000_000,
    places.CHENGDU: 1_000_000,
}
_YUAN_A_HEAD = 28_000


def load_figures(*, seed: int, at: datetime.datetime) -> int:
    """Load made-up figures of last year for all parts of the provinces of the demo."""
    figures = []
    for parent, usual in _PARTS.items():
        for region in reference.children_of(parent, on=at.date()):
            draw = random.Random(f"{seed}-{region.code}")
            people = round(usual * draw.uniform(0.4, 1.8), -3)
            industry = round(people * _YUAN_A_HEAD * draw.uniform(0.3, 1.9), -6)
            year = at.year - 1
            figures += [
                organisations.Figure(region.code, "population", year, people),
                organisations.Figure(region.code, "industry_yuan", year, industry),
            ]
    return organisations.load_region_figures(
        figures=figures, source="演示数据（虚构）", by=SYSTEM, at=at, is_simulated=True
    )
