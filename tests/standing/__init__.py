"""What law and standards ask of this software, and the tests that show it (docs/security.md).

`python -m tests.standing --write` writes the tables of docs/security.md anew.
"""
