"""The desk worked on with a mouse or with keys alone: the same steps, so that each is told once."""

from datetime import date

from playwright.sync_api import Locator, Page, expect

from tests.browser import tools


class Mouse:
    """What a person does on a page. What is meant is told by CSS, and by the text it holds."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def sign_in(self, email: str) -> None:
        self.page.goto("/admin/login/")
        self.write("#id_login", email)
        self.write("#id_password", tools.PASSWORD)
        self.press("#content-main .button.default")
        self.page.wait_for_url("/admin/")

    def go(self, words: str) -> None:
        """Follow a link of the desk's own navigation."""
        self.press(".desk-nav a", words)

    def is_told(self, words: str) -> None:
        expect(self.page.locator(".messagelist")).to_contain_text(words)

    def press(self, selector: str, text: str = "") -> None:
        """Follow a link or press a button that leads to a page."""
        with self.page.expect_navigation():
            self.act(selector, text)

    def act(self, selector: str, text: str = "") -> None:
        """Press what stays on the page: a summary, a box to tick."""
        self._one(selector, text).click()

    def write(self, selector: str, words: str) -> None:
        self._one(selector).fill(words)

    def date(self, selector: str, day: date) -> None:
        self._one(selector).fill(day.isoformat())

    def choose(self, selector: str, text: str) -> None:
        """Choose the option of a select that begins with `text`."""
        options = self._one(selector).locator("option").all_text_contents()
        label = next(one for one in options if one.startswith(text))
        self._one(selector).select_option(label=label)

    def pick(self, selector: str, value: str) -> None:
        """Choose one of the radio buttons that `selector` stands for."""
        self._one(f"{selector}[value='{value}']").check()

    def _one(self, selector: str, text: str = "") -> Locator:
        return self.page.locator(selector, has_text=text or None).filter(visible=True)


class Keyboard(Mouse):
    """The same with Tab, Shift+Tab, Enter, Space, arrows and letters."""

    def press(self, selector: str, text: str = "") -> None:
        self._reach(selector, text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def act(self, selector: str, text: str = "") -> None:
        self._reach(selector, text)
        box = self.page.evaluate("() => document.activeElement.type === 'checkbox'")
        self.page.keyboard.press("Space" if box else "Enter")

    def write(self, selector: str, words: str) -> None:
        self._reach(selector)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(words)

    def date(self, selector: str, day: date) -> None:
        self._reach(selector)
        self.page.keyboard.type(f"{day:%m%d%Y}")

    def choose(self, selector: str, text: str) -> None:
        self._reach(selector)
        tools.choose_by_keyboard(self.page, text)

    def pick(self, selector: str, value: str) -> None:
        self._reach(selector)
        self.page.keyboard.press("Space")
        for _ in range(self.page.locator(selector).count()):
            if self.page.evaluate("() => document.activeElement.value") == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not reach {value} of {selector}")

    def _reach(self, selector: str, text: str = "") -> None:
        """Go with Tab, or with Shift+Tab where it lies before what has the focus."""
        if not self.page.evaluate(_HAS_FOCUS, [selector, text]):
            before = self.page.evaluate(_IS_BEFORE, [selector, text])
            tools.tab_to(self.page, selector, text, key="Shift+Tab" if before else "Tab")


_HAS_FOCUS = """([selector, text]) => document.activeElement.matches(selector)
    && document.activeElement.textContent.includes(text)"""
_IS_BEFORE = """([selector, text]) => {
  const here = document.activeElement;
  const there = [...document.querySelectorAll(selector)].find((one) =>
    one.checkVisibility() && one.textContent.includes(text));
  return !!there && here !== document.body
    && !!(here.compareDocumentPosition(there) & Node.DOCUMENT_POSITION_PRECEDING);
}"""
