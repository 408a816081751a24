"""What is left of a value that not everybody who passes a screen should read."""

HIDDEN = "••••"


def ends(value: str) -> str:
    """Return a number or an ID by its last characters: four, of a short one two, or none."""
    bare = "".join(char for char in value if char.isalnum())
    shown = 4 if len(bare) >= 8 else 2 if len(bare) >= 4 else 0
    return HIDDEN + bare[len(bare) - shown :]


def year(born: str) -> str:
    """Return a birth date (ISO) by its year."""
    return f"{HIDDEN} {born[:4]}" if len(born) == 10 else HIDDEN


def initials(name: str) -> str:
    return " ".join(f"{word[0]}•••" for word in name.split())


def address(email: str) -> str:
    return f"{email[:1]}•••@•••"
