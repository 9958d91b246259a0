"""Writes about people, scopes and roles."""

from jiangxin.apps.accounts.actions.people import (
    create_user,
    create_user_with_role,
    reveal_personal_data,
    set_password,
    set_preferences,
)
from jiangxin.apps.accounts.actions.roles import (
    end_role,
    grant_role,
    join_roles,
    move_roles,
)
from jiangxin.apps.accounts.actions.scopes import (
    create_organisation_scopes,
    create_region_scopes,
    create_scope,
    move_scope,
    relabel_scope,
)

__all__ = [
    "create_organisation_scopes",
    "create_region_scopes",
    "create_scope",
    "create_user",
    "create_user_with_role",
    "end_role",
    "grant_role",
    "join_roles",
    "move_roles",
    "move_scope",
    "relabel_scope",
    "reveal_personal_data",
    "set_password",
    "set_preferences",
]
