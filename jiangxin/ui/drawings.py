"""Small drawings that need no script: a trend in one line, the shares of states as a bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from jiangxin.ui.numbers import amount
from jiangxin.ui.statuses import look

WIDTH, HEIGHT, EDGE = 120, 32, 4


def sparkline(points: Sequence[Any], unit: str = "", goal: float | None = None) -> SafeString:
    """Draw values by year; made-up ones dashed, reported ones with an open last point.

    Args:
        points: things with year, value, kind ("computed", "reported") and is_simulated.
        goal: the promised value, as a thin line.
    """
    known = [p for p in points if p.value is not None]
    if not known:
        return SafeString("")
    values = [p.value for p in known] + ([goal] if goal is not None else [])
    low, high = min(values), max(values)
    first, last = known[0].year, known[-1].year

    def at(year: int, value: float) -> tuple[float, float]:
        across = (year - first) / (last - first) if last > first else 1
        up = (value - low) / (high - low) if high > low else 0.5
        return (
            round(EDGE + across * (WIDTH - 2 * EDGE), 1),
            round(HEIGHT - EDGE - up * (HEIGHT - 2 * EDGE), 1),
        )

    line = " ".join(f"{x},{y}" for x, y in (at(p.year, p.value) for p in known))
    told = ", ".join(f"{p.year}: {amount(p.value, unit)}" for p in known)
    end_x, end_y = at(known[-1].year, known[-1].value)
    rule = SafeString("")
    if goal is not None:
        _x, y = at(first, goal)
        rule = format_html('<line class="spark-goal" x1="0" x2="{}" y1="{}" y2="{}"/>', WIDTH, y, y)
    return format_html(
        '<svg class="spark{}" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}'
        '<polyline points="{}"/><circle class="spark-{}" cx="{}" cy="{}" r="3"/></svg>',
        " is-simulated" if any(p.is_simulated for p in known) else "",
        WIDTH,
        HEIGHT,
        told,
        told,
        rule,
        line,
        known[-1].kind,
        end_x,
        end_y,
    )


def status_bar(counts: Mapping[str, int], links: Mapping[str, str] | None = None) -> SafeString:
    """Draw how many things are in each state as one bar of shares.

    Args:
        counts: number by state, in the order of drawing.
        links: address of the list behind each state.
    """
    total = sum(counts.values())
    if not total:
        return format_html('<span class="muted">{}</span>', _("none"))
    pieces, start = [], 0.0
    for code, number in counts.items():
        if not number:
            continue
        width = 100 * number / total
        piece = format_html(
            '<rect class="fill-{}" x="{}" y="0" width="{}" height="8"><title>{}: {}</title></rect>',
            code,
            round(start, 3),
            round(width, 3),
            look(code).label,
            number,
        )
        if links and links.get(code):
            # a short cut for the mouse: the same links stand below, with their words
            piece = format_html('<a href="{}" tabindex="-1">{}</a>', links[code], piece)
        pieces.append((piece,))
        start += width
    told = ", ".join(f"{look(code).label} {number}" for code, number in counts.items() if number)
    read = format_html('role="img" aria-label="{}"', told)
    return format_html(
        '<svg class="status-bar" viewBox="0 0 100 8" preserveAspectRatio="none" {}>{}</svg>',
        SafeString('aria-hidden="true"') if links else read,
        format_html_join("", "{}", pieces),
    )
