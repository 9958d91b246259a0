"""The demo region: who signs in, and whether it is wanted."""


def is_wanted() -> bool:
    """Tell whether the database is empty enough for a demo."""
    return False


def sign_ins() -> list[str]:
    """List one sign-in per role."""
    return []
