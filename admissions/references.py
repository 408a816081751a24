"""Public references and private codes: short, easy to read out, impossible to count up or guess."""

import secrets

# Without 0/O, 1/I and L: nothing that is misread on a screen or misheard on the phone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8


def new_reference() -> str:
    """Return eight random characters (about 8.5 × 10¹¹ possibilities)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def new_code() -> str:
    """Return a private code such as "K7QF-M2XR-9TDB" (about 7.9 × 10¹⁷ possibilities)."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))


def bare(text: str) -> str:
    """Return a reference or code without the spaces, dashes and lower case it was typed with."""
    return "".join(char for char in text.upper()[:64] if char in ALPHABET)
