from datetime import timedelta

import pytest
from django.utils import timezone

from admissions.templatetags.desk import age


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-30), "0 min"),
        (timedelta(seconds=59), "0 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h 0 min"),
        (timedelta(hours=23, minutes=59), "23 h 59 min"),
        (timedelta(days=3, hours=5, minutes=50), "3 d 5 h"),
    ],
)
def test_an_age_is_told_in_the_two_units_that_matter(ago: timedelta, words: str) -> None:
    assert age(timezone.now() - ago) == words
