"""Reads a policy document: one call, pure, linear in the length of the text."""

from __future__ import annotations

from jiangxin.engines.base import Step, Trace
from jiangxin.engines.policytext.dates import date_words
from jiangxin.engines.policytext.deadlines import Sentences
from jiangxin.engines.policytext.header import header, is_annual, plan_year
from jiangxin.engines.policytext.indicator_tables import indicator_targets
from jiangxin.engines.policytext.layout import unwrap
from jiangxin.engines.policytext.masks import mask
from jiangxin.engines.policytext.milestones import milestones
from jiangxin.engines.policytext.model import Document
from jiangxin.engines.policytext.outline import outline
from jiangxin.engines.policytext.responsibilities import responsibilities
from jiangxin.engines.policytext.tables import tasks
from jiangxin.engines.policytext.targets import targets, verbatim


def parse(text: str, *, name: str = "") -> Document:
    """Read the header, clauses, targets, milestones, responsibilities and tasks of a document.

    Never fails: a text that is no policy gives an empty document.

    Args:
        text: decoded text, any layout; offsets in the result count its code points.
        name: what the caller calls the document; only kept.

    Source:
        Forms of official documents: GB/T 9704-2012 and usage; what counts as a target, comparator
        and deadline: inferred from hand-labelled documents (see docs of the policies app).

    Example:
        >>> found = parse("一、目标。到2025年，建成示范校10所以上。").targets[0]
        >>> found.comparator, found.low, found.unit, found.due_on.isoformat()
        ('>=', 10, '所', '2025-12-31')
    """
    flow = unwrap(text)
    marked = mask(flow.text)
    tree = outline(flow)
    head = header(flow, text, tree)
    year = plan_year(head, marked)
    dates = date_words(marked, year=year, annual=is_annual(head))
    sentences = Sentences(marked, dates, tree)
    tabled, rows = indicator_targets(flow, tree, year=year)
    promised = [*targets(flow, marked, tree, sentences, skip=rows), *tabled]
    promised.sort(key=lambda target: (target.start, target.end))
    events = milestones(flow, marked, tree, dates, sentences.again(), promised)
    return Document(
        name=name,
        header=head,
        clauses=tree.clauses,
        targets=tuple(verbatim(text, target) for target in promised),
        milestones=tuple(verbatim(text, event) for event in events),
        responsibilities=tuple(responsibilities(flow, tree)),
        tasks=tuple(tasks(flow)),
        trace=Trace("policytext", (Step("unwrap", result=len(flow.paragraphs)),)),
    )
