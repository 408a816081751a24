"""Public references: short, easy to read out, impossible to count up."""

import secrets

# Without 0/O, 1/I and L: nothing that is misread on a screen or misheard on the phone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 8


def new_reference() -> str:
    """Return eight random characters (about 8.5 × 10¹¹ possibilities)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
