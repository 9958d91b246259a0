"""States and moves as a table: checked in actions, shown in pages, drawn in the documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from jiangxin.core.errors import WrongState
from jiangxin.core.permissions import ALLOWED, Decision, refuse


@dataclass(frozen=True, slots=True)
class Move:
    """One move: its name, the states it may start from, where it ends, and who owns it."""

    name: str
    sources: tuple[str, ...]
    target: str
    owner: str
    label: str | Promise = ""


class Workflow:
    """The moves of one kind of thing.

    Args:
        name: noun of the thing, as in the glossary.
        labels: label of each state, for messages and pages.
    """

    def __init__(self, name: str, labels: Mapping[str, str | Promise], *moves: Move) -> None:
        self.name = name
        self.labels = dict(labels)
        self.moves = {move.name: move for move in moves}

    def can(self, state: str, move: str) -> Decision:
        """Answer whether the move is possible from this state, with the reason if not."""
        if state in self.moves[move].sources:
            return ALLOWED
        return refuse(
            _("This is not possible while the state is “%(state)s”. It is possible from: %(from)s.")
            % {
                "state": self.labels.get(state, state),
                "from": _(", ").join(str(self.labels[s]) for s in self.moves[move].sources),
            }
        )

    def check(self, state: str, move: str) -> str:
        """Return the state after the move, or raise WrongState with the reason."""
        decision = self.can(state, move)
        if not decision:
            raise WrongState(decision.reason, data={"state": state, "move": move})
        return self.moves[move].target

    def possible(self, state: str) -> list[Move]:
        """List the moves that can start from this state, in the order of the table."""
        return [move for move in self.moves.values() if state in move.sources]

    def mermaid(self) -> str:
        """Draw the table as a mermaid state diagram; states without a source are starts."""
        lines = ["stateDiagram-v2"]
        targets = {move.target for move in self.moves.values()}
        lines += [f"    [*] --> {state}" for state in self.labels if state not in targets]
        for move in self.moves.values():
            lines += [
                f"    {source} --> {move.target}: {move.name} ({move.owner})"
                for source in move.sources
            ]
        return "\n".join(lines) + "\n"
