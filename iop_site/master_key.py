"""The master key, read from the environment, from a file or from a command's output.

It wraps the keys that data is encrypted with (`iop_site.keyring`) and is kept apart from database
and backups: in a secret store, a file of the machine, or behind a command that asks a key service.
While it is changed there are two: the first wraps, every one of them unwraps.
"""

import os
import re
import shlex
import stat
import subprocess

from iop_site import env
from iop_site.crypto import key_bytes

KEY, FILE, COMMAND = "MASTER_KEY", "MASTER_KEY_FILE", "MASTER_KEY_COMMAND"
COMMAND_SECONDS = 10
_LARGEST = 4096  # bytes of a file or of an output: a few keys
# The owner may do anything, the group may read: a service's credentials are handed over so.
_FORBIDDEN = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO


def master_keys() -> tuple[bytes, ...]:
    """Return the master keys (32 bytes each), none where no setting names one.

    Raises ConfigurationError, naming the setting and never what it holds, where more than one of
    the settings is there, a file is not ours alone, a command fails, hangs or prints no key.
    Side effect: runs the command of MASTER_KEY_COMMAND, without a shell.
    """
    given = [name for name in (KEY, FILE, COMMAND) if env.text(name, "")]
    if len(given) > 1:
        raise env.ConfigurationError(f"{given[1]} is set beside {given[0]}: one of them is enough.")
    if not given:
        return ()
    (name,) = given
    value = env.text(name)
    written = {KEY: lambda: value, FILE: lambda: _read(value), COMMAND: lambda: _ask(value)}[name]()
    keys = tuple(key_bytes(word) for word in re.split(r"[\s,]+", written.strip()))
    if not all(keys) or len(set(keys)) != len(keys):
        raise env.ConfigurationError(
            f"{name} must give 32 bytes in base64url, and a second time others while it is "
            "changed. Make a key with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return keys


def _read(path: str) -> str:
    try:
        # Without waiting: a pipe that nobody writes to would hold up the start for ever.
        with open(path, "rb", opener=lambda name, _: os.open(name, os.O_NONBLOCK)) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode) or mode & _FORBIDDEN:
                raise env.ConfigurationError(
                    f"{FILE} must be a file that others cannot read: chmod 400, or 440."
                )
            return _text(file.read(_LARGEST))
    except OSError as error:
        raise env.ConfigurationError(f"{FILE} cannot be read: {error.strerror}.") from None


def _ask(command: str) -> str:
    try:
        arguments = shlex.split(command)
        answer = subprocess.run(  # noqa: S603  the operator's own command, without a shell
            arguments,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise env.ConfigurationError(f"{COMMAND} took over {COMMAND_SECONDS} seconds.") from None
    except (OSError, ValueError):
        raise env.ConfigurationError(f"{COMMAND} cannot be run. Is it there, and quoted?") from None
    if answer.returncode != 0:
        raise env.ConfigurationError(f"{COMMAND} ended with status {answer.returncode}.")
    return _text(answer.stdout[:_LARGEST])


def _text(raw: bytes) -> str:
    return raw.decode("ascii", "replace")
