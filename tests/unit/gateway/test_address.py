"""Client addresses: the peer's, unless a listed proxy says otherwise."""

from __future__ import annotations

import pytest

from s3trail.gateway.address import Addresses


def test_ignores_the_header_of_an_unlisted_peer() -> None:
    assert Addresses().client("198.51.100.7", {"x-forwarded-for": "203.0.113.1"}) == "198.51.100.7"
    assert (
        Addresses(["10.0.0.0/8"]).client("198.51.100.7", {"x-forwarded-for": "203.0.113.1"}) == "198.51.100.7"
    )


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("192.0.2.66, 203.0.113.1", "203.0.113.1"),
        ("203.0.113.1, 10.0.0.9", "203.0.113.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("not an address", "10.0.0.1"),
        ("203.0.113.1, junk", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
    ],
)
def test_takes_the_nearest_address_before_the_listed_proxies(forwarded: str, client: str) -> None:
    assert Addresses(["10.0.0.0/8"]).client("10.0.0.1", {"x-forwarded-for": forwarded}) == client


def test_refuses_what_is_no_network() -> None:
    with pytest.raises(ValueError, match="proxy"):
        Addresses(["proxy.example.org"])
