"""Search terms in addresses: posted, and carried on encrypted: no log or history has one."""

from iop_site import crypto

_PLACE = "search-term"


def sealed(term: str) -> str:
    """Return what stands in an address for a search term: only we can read it."""
    return crypto.encrypt(term, place=_PLACE) if term.replace("\x00", "").strip() else ""


def unsealed(term: str) -> str:
    """Return the search term. Raises `crypto.DecryptionError` for what we did not seal."""
    return crypto.decrypt(term, place=_PLACE)
