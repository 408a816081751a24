"""The checks of the texts: `manage.py check_content`, or `python -m content.checking.texts`."""
