"""The master key comes from one of three places, and a fault in any is told without the key."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from iop_site import master_key
from iop_site.env import ConfigurationError

ONE, OTHER = "Q" * 42 + "A", "Z" * 42 + "A"  # 32 bytes each
NAMES = (master_key.KEY, master_key.FILE, master_key.COMMAND)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def python(code: str) -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


def assert_refused(name: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        master_key.master_keys()
    message = str(refused.value)
    assert message.startswith(name)
    assert ONE not in message
    assert OTHER not in message
    return message


def test_without_a_setting_there_is_none() -> None:
    assert master_key.master_keys() == ()


def test_the_environment_gives_one_and_two_while_it_is_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MASTER_KEY", ONE)
    (one,) = master_key.master_keys()
    assert len(one) == 32
    for between in (",", " ", ", ", "\n"):
        monkeypatch.setenv("MASTER_KEY", f" {OTHER}{between}{ONE} ")
        assert master_key.master_keys()[1] == one
        assert len(master_key.master_keys()) == 2


@pytest.mark.parametrize(
    "value", ["canary", ONE[:-1], ONE + "A", f"{ONE},{ONE}", f"{ONE},", "k1:" + ONE, "ü" * 43]
)
def test_the_environment_refuses_what_is_no_key(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASTER_KEY", value)
    assert "canary" not in assert_refused("MASTER_KEY")


@pytest.mark.parametrize("second", NAMES[1:])
def test_two_places_at_once_are_refused(second: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_KEY", ONE)
    monkeypatch.setenv(second, OTHER)
    assert_refused(second)


# -- from a file


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "master"
    path.write_text(f"{ONE}\n")
    path.chmod(0o400)
    monkeypatch.setenv("MASTER_KEY_FILE", str(path))
    return path


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440, 0o640])
def test_a_file_that_is_ours_gives_the_key(mode: int, file: Path) -> None:
    file.chmod(mode)
    assert len(master_key.master_keys()) == 1


@pytest.mark.shows("ASVS 13.3.2")
@pytest.mark.parametrize("mode", [0o444, 0o404, 0o601, 0o602, 0o660, 0o644, 0o777])
def test_a_file_that_others_can_read_or_write_is_refused(mode: int, file: Path) -> None:
    file.chmod(mode)
    assert "chmod 400" in assert_refused("MASTER_KEY_FILE")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\x00" * 20, b"canary", b"A" * 10_000])
def test_a_file_without_a_key_is_refused(content: bytes, file: Path) -> None:
    file.chmod(0o600)
    file.write_bytes(content)
    assert "canary" not in assert_refused("MASTER_KEY_FILE")


def test_a_missing_file_a_folder_and_a_pipe_are_refused(file: Path) -> None:
    file.unlink()
    assert "No such file" in assert_refused("MASTER_KEY_FILE")
    file.mkdir(mode=0o700)
    assert_refused("MASTER_KEY_FILE")
    file.rmdir()
    os.mkfifo(file, 0o600)
    assert_refused("MASTER_KEY_FILE")


# -- from a command


@pytest.mark.shows("ASVS 13.3.1")
def test_a_command_gives_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_KEY_COMMAND", python(f"print('{ONE}')"))
    assert len(master_key.master_keys()) == 1


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (f"print('{ONE}'); raise SystemExit(3)", "status 3"),
        (f"import sys; sys.stderr.write('{ONE}'); print('{OTHER}!')", "32 bytes"),
        ("", "32 bytes"),
        ("import sys; sys.stdout.buffer.write(bytes(range(256)) * 99)", "32 bytes"),
        (f"print('{ONE}\\n' * 2)", "32 bytes"),
        ("print(input())", "status 1"),  # nobody is there to answer
    ],
)
def test_a_command_that_fails_or_prints_rubbish_is_refused_without_its_output(
    code: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASTER_KEY_COMMAND", python(code))
    assert says in assert_refused("MASTER_KEY_COMMAND")


@pytest.mark.parametrize("command", ["/nowhere/at-all", "echo 'open", "''"])
def test_a_command_that_cannot_be_run_is_refused(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASTER_KEY_COMMAND", command)
    assert_refused("MASTER_KEY_COMMAND")


def test_a_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(master_key, "COMMAND_SECONDS", 0.5)
    monkeypatch.setenv(
        "MASTER_KEY_COMMAND", python(f"print('{ONE}', flush=True)\nwhile True: pass")
    )
    assert "took over" in assert_refused("MASTER_KEY_COMMAND")


def test_no_shell_reads_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_KEY_COMMAND", f"echo {ONE} > {tmp_path}/written; touch x")
    assert_refused("MASTER_KEY_COMMAND")
    assert list(tmp_path.iterdir()) == []
