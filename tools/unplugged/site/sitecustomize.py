"""Loaded by every Python below `tools.unplugged`: what would leave this machine raises an error that names it."""

import sys

LOOPBACK = ("localhost", "ip6-localhost", "::1", "", None, "0.0.0.0", "::")


class Unplugged(OSError):
    """Something asked for the network."""


def _here(host):
    host = host.decode() if isinstance(host, bytes) else host
    return host in LOOPBACK or str(host).startswith("127.")


def _refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and not _here(address[0]):
            raise Unplugged(f"the network is unplugged here, and something asked for {address[0]}:{address[1]}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not _here(arguments[0]):
        raise Unplugged(f"the network is unplugged here, and something looked up {arguments[0]}")


sys.addaudithook(_refuse)
