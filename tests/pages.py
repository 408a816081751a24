"""Reading a page as a browser does: which fields a form has, and what stands in them."""

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, str] = {}
        self.names: set[str] = set()
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and name:
            self.names.add(name)
            if given.get("type") in ("radio", "checkbox"):
                if "checked" in given:
                    self.fields[name] = given.get("value", "on")
            elif given.get("type") != "submit":
                self.fields[name] = given.get("value", "")
        elif tag == "select":
            self.names.add(name)
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self.names.add(name)
            self._textarea, self.fields[name] = name, ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea" and self._textarea:
            # A browser leaves out the first line break of a textarea.
            self.fields[self._textarea] = self.fields[self._textarea].removeprefix("\n")
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[self._textarea] += data


def fields_of(html: bytes | str) -> dict[str, str]:
    """Return what a browser would post from the page if the visitor changed nothing."""
    reader = _Reader()
    reader.feed(html.decode() if isinstance(html, bytes) else html)
    reader.close()
    return reader.fields


def field_names(html: bytes | str) -> set[str]:
    """Return the names of every field on the page, filled or not."""
    reader = _Reader()
    reader.feed(html.decode() if isinstance(html, bytes) else html)
    reader.close()
    return reader.names
