"""Cut this process off from every machine but its own.

Jupyter kernels talk to their client over loopback sockets, so those stay open. Anything
else fails at once, as it does on a machine without a network.
"""

import errno
import ipaddress
import socket
from typing import Any

_REASON = "the tests allow no network"


def install() -> None:
    """Replace the ways out of `socket`; a second call changes nothing."""
    if getattr(socket.getaddrinfo, "loopback_only", False):
        return
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    socket.getaddrinfo = _guarded_lookup(socket.getaddrinfo)


def is_local(host: object) -> bool:
    """Whether a host name or address means this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(name).split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _guarded(method: Any) -> Any:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1]  # of AF_UNIX and the like: no tuple, and local
        if isinstance(address, tuple) and not is_local(address[0]):
            raise OSError(errno.ENETUNREACH, _REASON)
        return method(self, *arguments)

    return guarded


def _guarded_lookup(lookup: Any) -> Any:
    def guarded(host: Any, *arguments: Any, **named: Any) -> Any:
        if not is_local(host):
            raise socket.gaierror(socket.EAI_NONAME, _REASON)
        return lookup(host, *arguments, **named)

    guarded.loopback_only = True  # type: ignore[attr-defined]
    return guarded
