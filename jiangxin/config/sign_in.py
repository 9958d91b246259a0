"""How sign-in behaves here: accounts are made by operators, not by passers-by."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Closes self-registration; roles are granted by an operator of the region."""

    def is_open_for_signup(self, request: Any) -> bool:
        """Refuse self-registration."""
        return False
