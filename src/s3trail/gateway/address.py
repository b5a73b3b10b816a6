"""The client's address: the peer's, or what listed proxies in front of us say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

__all__ = ["Addresses"]


class Addresses:
    """Tells client addresses.

    Args:
        trusted_proxies: addresses or networks (`10.0.0.0/8`) whose `X-Forwarded-For` is believed. Anyone
            can send that header, so it
            counts from nobody else.

    Raises:
        ValueError: an entry is no address or network.
    """

    def __init__(self, trusted_proxies: Iterable[str] = ()) -> None:
        self._trusted: tuple[IPv4Network | IPv6Network, ...] = tuple(
            ip_network(entry, strict=False) for entry in trusted_proxies
        )
        self.trusts = lru_cache(maxsize=4096)(self._trusts)

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)

    def client(self, peer: str, headers: Mapping[str, str]) -> str:
        """The nearest address that isn't a trusted proxy's: the peer, or back through `X-Forwarded-For`."""
        if not self._trusted or not self.trusts(peer):
            return peer
        address = peer
        for hop in reversed(headers.get("x-forwarded-for", "").split(",")):
            try:
                address = str(ip_address(hop.strip().strip("[]")))
            except ValueError:
                break
            if not self.trusts(address):
                break
        return address
