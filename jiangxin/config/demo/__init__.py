"""The demo region: Yongchuan within Chongqing and the regions of the other documents.

Regions and documents are real; schools, enterprises, people and facts are made up and marked.
"""

from __future__ import annotations

from dataclasses import dataclass

from jiangxin.apps.accounts.models import Role, User
from jiangxin.config.demo.people import PASSWORD, PEOPLE


def is_wanted() -> bool:
    """Tell whether nobody has begun to use this installation."""
    return not User.objects.exists()


def is_present() -> bool:
    """Tell whether the made-up people can sign in here."""
    return User.objects.filter(username=PEOPLE[0].username, is_simulated=True).exists()


@dataclass(frozen=True, slots=True)
class SignIn:
    """A made-up person that visitors of the demonstration may sign in as."""

    role: str
    name: str
    username: str
    password: str


def cards() -> list[SignIn]:
    """List one made-up person per role, for the sign-in page."""
    labels = dict(Role.Kind.choices)
    first = {person.role: person for person in reversed(PEOPLE)}
    return [
        SignIn(str(labels[role]), first[role].name, first[role].username, PASSWORD)
        for role in labels
        if role in first
    ]


def sign_ins() -> list[str]:
    """List one sign-in per role, if the demo is loaded."""
    if not is_present():
        return []
    labels = dict(Role.Kind.choices)
    seen: set[str] = set()
    lines = [f"\nSign in (password of all: {PASSWORD}):\n"]
    for person in PEOPLE:
        if person.role not in seen:
            seen.add(person.role)
            lines.append(f"  {person.username:<12} {labels[person.role]}  {person.name}\n")
    return lines
