"""`make bench`: what takes how long, beside something it is held to. Nothing here passes or fails.

With names of benchmarks only those; DATABASE_URL chooses the database, as for the tests.
"""

import os
import sys
from collections.abc import Callable, Iterator

from tests.bench import card_uploads, desk, inquiry_posts

BENCHMARKS: dict[str, Callable[[], Iterator[str]]] = {
    "inquiry": inquiry_posts.measure,
    "cards": card_uploads.measure,
    "desk": desk.measure,
}


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iop_site.settings.test")


def main(names: list[str]) -> int:
    unknown = set(names) - BENCHMARKS.keys()
    if unknown:
        sys.stderr.write(
            f"No such benchmark: {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}\n"
        )
        return 2
    for name in names or BENCHMARKS:
        for line in BENCHMARKS[name]():
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
