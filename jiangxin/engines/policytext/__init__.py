"""Reads policy documents: clauses, targets, milestones, responsibilities and tasks."""

from jiangxin.engines.policytext.model import (
    Clause,
    Document,
    Header,
    Milestone,
    Reference,
    Responsibility,
    Target,
    Task,
)
from jiangxin.engines.policytext.parse import parse

__all__ = [
    "Clause",
    "Document",
    "Header",
    "Milestone",
    "Reference",
    "Responsibility",
    "Target",
    "Task",
    "parse",
]
