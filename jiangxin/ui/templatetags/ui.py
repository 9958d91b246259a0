"""The components that templates are written with."""

from __future__ import annotations

import json
import re
from itertools import count
from typing import Any
from urllib.parse import urlencode

from django import template
from django.forms import BoundField, CheckboxInput, Select, SelectMultiple
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from jiangxin.core.permissions import Decision
from jiangxin.ui import drawings, numbers
from jiangxin.ui.charts import table_of
from jiangxin.ui.statuses import look

register = template.Library()
# where and when the reader looks; carried along by links
KEPT = ("region", "year")
THEMES = ("light", "dark", "auto")
_chart_ids = count(1)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of the sprite; with a label it is read aloud, without it is decoration."""
    named = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"')
    )
    return format_html(
        '<svg class="icon" {}><use href="{}#{}"></use></svg>', named, static("ui/icons.svg"), name
    )


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """Return the colours that the reader chose: light, dark, or auto for those of the device."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else "auto"


@register.simple_tag(takes_context=True)
def link(context: template.Context, name: str, /, *args: Any, **query: Any) -> str:
    """Return the address of a page, keeping region and year; keywords become its query."""
    return _with_query(reverse(name, args=args), {**_kept(context), **query})


@register.simple_tag(takes_context=True)
def menu_link(context: template.Context, name: str) -> str:
    """Return the address of a menu entry, or nothing while its page does not exist."""
    try:
        return link(context, name)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def here(context: template.Context, **query: Any) -> str:
    """Return the address of this page with some parts of its query replaced (None: removed)."""
    request = context["request"]
    parts = request.GET.copy()
    parts.pop("page", None)
    for key, value in query.items():
        parts.pop(key, None)
        if value not in (None, ""):
            parts[key] = value
    return f"{request.path}?{parts.urlencode()}" if parts else request.path


@register.simple_tag(takes_context=True)
def hidden_query(context: template.Context, *names: str) -> SafeString:
    """Carry the given parts of the query (region and year unless named) through a GET form."""
    given = context["request"].GET
    return format_html_join(
        "",
        '<input type="hidden" name="{}" value="{}">',
        ((name, value) for name in names or KEPT for value in given.getlist(name)),
    )


def _kept(context: template.Context) -> dict[str, str]:
    request = context.get("request")
    given = request.GET if request else {}
    return {name: given[name] for name in KEPT if given.get(name)}


def _with_query(address: str, query: dict[str, Any]) -> str:
    parts = {key: value for key, value in query.items() if value not in (None, "")}
    if not parts:
        return address
    address, hash_sign, fragment = address.partition("#")
    glue = "&" if "?" in address else "?"
    return f"{address}{glue}{urlencode(parts, doseq=True)}{hash_sign}{fragment}"


@register.simple_tag
def status(code: str, label: str = "") -> SafeString:
    """Show a state as a badge: shape, colour and word."""
    shown = look(str(code or ""))
    return format_html(
        '<span class="status status-{}" data-status="{}">{}{}</span>',
        shown.tone,
        code,
        icon(shown.icon),
        label or shown.label,
    )


@register.simple_tag
def simulated(thing: Any) -> SafeString:
    """Mark a thing that was made up for demonstration; nothing for a real one."""
    made_up = thing if isinstance(thing, bool) else getattr(thing, "is_simulated", False)
    if not made_up:
        return SafeString("")
    return format_html(
        '<span class="simulated" title="{}">{}{}</span>',
        _("Made up for demonstration; not a real record."),
        icon("flask"),
        _("simulated"),
    )


@register.filter
def amount(value: Any, unit: str = "") -> str:
    """Write a number with its unit; a share becomes a percentage, nothing becomes a dash."""
    return numbers.amount(value, unit)


@register.filter
def short_title(title: str) -> str:
    """Keep of an official title what stands between 《 and 》, which is how people call it."""
    inner = re.search(r"《(.+)》", str(title))
    return inner[1] if inner else str(title)


@register.filter
def field_at(row: Any, key: str) -> Any:
    """Read an entry of a mapping whose key is in a variable."""
    return row.get(key, "")


@register.simple_tag
def chart(option: dict[str, Any], height: str = "20rem", title: str = "") -> SafeString:
    """Draw an ECharts option, with its numbers as a table for readers without the drawing.

    Heights are the steps of ui.css (6 to 40rem in steps of two). In the option, a string such
    as "var(--status-good)" is a colour of the page and "@percent", "@number" are formatters;
    a data item with `url` is a link.
    """
    key = f"chart-{next(_chart_ids)}"
    table = table_of(option)
    head = SafeString("").join(
        format_html('<th scope="col">{}</th>', text) if text else mark_safe("<td></td>")
        for text in table.headers
    )
    body = format_html_join(
        "",
        "<tr>{}</tr>",
        (
            (
                format_html('<th scope="row">{}</th>', row[0])
                + format_html_join("", '<td class="number">{}</td>', ((c,) for c in row[1:])),
            )
            for row in table.rows
        ),
    )
    # "<" is escaped so that no label can close the element; browsers do not run this type
    text = json.dumps(option, ensure_ascii=False, default=str)
    text = text.replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026")
    return format_html(
        '<figure class="chart" data-chart="{key}">'
        '<div class="chart-canvas" data-height="{height}" role="img" aria-label="{title}"></div>'
        '<script type="application/json" id="{key}">{json}</script>'
        '<details class="chart-data" open><summary>{summary}</summary>'
        '<div class="table-scroll" tabindex="0"><table class="table table-sm">'
        '<caption class="visually-hidden">{title}</caption>'
        "<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details></figure>",
        key=key,
        height=height.removesuffix("rem"),
        title=title or _("Chart"),
        json=mark_safe(text),  # noqa: S308 -- json-script: escaped above
        summary=_("Numbers as a table"),
        head=head,
        body=body,
    )


@register.simple_tag
def sparkline(points: Any, unit: str = "", goal: float | None = None) -> SafeString:
    """Draw values by year in one small line."""
    return drawings.sparkline(points, unit, goal)


@register.simple_tag
def status_bar(counts: Any, links: Any = None) -> SafeString:
    """Draw how many things are in each state as one bar."""
    return drawings.status_bar(counts, links)


@register.inclusion_tag("ui/act_button.html", takes_context=True)
def act_button(
    context: template.Context,
    label: str,
    url: str,
    decision: Decision | bool = True,
    variant: str = "primary",
    icon: str = "",
    confirm: str = "",
    **fields: Any,
) -> dict[str, Any]:
    """Offer an act as a POST form of one button; a refused one says why instead.

    Keywords become hidden fields of the form.
    """
    reason = "" if decision else getattr(decision, "reason", "")
    return {
        "request": context.get("request"),
        "csrf_token": context.get("csrf_token", ""),
        "label": label,
        "url": url,
        "allowed": bool(decision),
        "reason": reason,
        "variant": variant,
        "icon": icon,
        "confirm": confirm,
        "fields": fields,
    }


@register.filter
def control(field: BoundField) -> SafeString:
    """Draw a form control in the look of the site, tied to its help and errors."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        css = "form-check-input"
    elif isinstance(widget, SelectMultiple | Select):
        css = "form-select"
    else:
        css = "form-control"
    if field.errors:
        css += " is-invalid"
    attrs: dict[str, Any] = {"class": f"{widget.attrs.get('class', '')} {css}".strip()}
    described = [f"{field.auto_id}_help"] if field.help_text else []
    if field.errors:
        described.append(f"{field.auto_id}_errors")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Tell whether the control is one box with its label behind it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Tell whether the control is several boxes under one legend."""
    return bool(getattr(field.field.widget, "use_fieldset", False))
