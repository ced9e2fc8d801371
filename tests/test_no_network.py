"""The tests reach this machine and no other."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import loopback_only
import pytest

FAR = ("192.0.2.1", 80)  # an address that documents may use and nobody has


def test_other_machines_are_out_of_reach() -> None:
    with socket.socket() as far, pytest.raises(OSError, match="no network"):
        far.connect(FAR)
    with socket.socket() as far, pytest.raises(OSError, match="no network"):
        far.connect_ex(FAR)
    udp = socket.socket(type=socket.SOCK_DGRAM)
    with udp as far, pytest.raises(OSError, match="no network"):
        far.sendto(b"", FAR)
    with pytest.raises(socket.gaierror, match="no network"):
        socket.create_connection(("example.org", 80), timeout=5)


def test_this_machine_is_in_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address, timeout=5) as near:
            assert near.getpeername() == address
    assert socket.getaddrinfo("localhost", 80)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        (b"localhost", True),
        (None, True),
        ("0.0.0.0", True),
        ("localhost.example.org", False),
        ("10.0.0.1", False),
        ("2001:db8::1", False),
    ],
)
def test_local_hosts(host: str | bytes | None, local: bool) -> None:
    assert loopback_only.is_local(host) is local


def test_processes_that_tests_start_are_cut_off_too() -> None:
    assert "no_network" in os.environ["PYTHONPATH"]
    code = f"import socket; socket.create_connection({FAR}, timeout=5)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and "the tests allow no network" in done.stderr


def test_the_cache_of_the_user_is_not_used() -> None:
    assert Path(os.environ["AIGC_CACHE"]).name.startswith("aigc-tests-")
