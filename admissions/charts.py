"""Bar charts as SVG, drawn on the server: where everything goes, in units of the drawing.

The template draws them with presentation attributes and classes alone, so that the policy against
inline styles holds and the colours follow the theme. A table with the same numbers stands beneath.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, ROW, BAR = 640, 26, 16
_LABELS, _VALUES = 224, 84  # left and right of the bars
_LONGEST = 28  # characters of a label


@dataclass(frozen=True)
class Bar:
    """One bar with its label on the left and its value, in words, on the right."""

    label: str
    value: str
    width: float
    top: int

    @property
    def middle(self) -> float:
        return self.top + BAR / 2

    @property
    def end(self) -> float:
        return _LABELS + self.width + 8


@dataclass(frozen=True)
class Chart:
    """A chart of horizontal bars, the longest as long as there is room.

    `caption` says what the bars are; `title` the same for who does not see where the chart stands.
    """

    title: str
    caption: str
    bars: list[Bar]
    left: int = _LABELS
    labels_end: int = _LABELS - 8
    width: int = WIDTH
    thickness: int = BAR

    @property
    def height(self) -> int:
        return ROW * len(self.bars)


def bars(title: str, caption: str, rows: Sequence[tuple[str, int | None, str]]) -> Chart:
    """Return the chart of rows of label, value (None: no bar) and the value in words."""
    most = max([value or 0 for _, value, _ in rows], default=0) or 1
    room = WIDTH - _LABELS - _VALUES
    return Chart(
        title,
        caption,
        [
            Bar(
                label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…",
                words,
                round(room * (value or 0) / most, 1),
                number * ROW + (ROW - BAR) // 2,
            )
            for number, (label, value, words) in enumerate(rows)
        ],
    )
