"""Which address a request is counted at, with and without proxies, and what anyone can write into a header."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from warmhandoff.core.addresses import address_of, counted


@pytest.mark.parametrize(("proxies", "header", "found"), [
    (0, "198.51.100.1", "192.0.2.1"),
    (1, "198.51.100.1", "198.51.100.1"),
    (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the left part came with the request: anyone can write it
    (2, "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
    (2, "198.51.100.1", "198.51.100.1"),
    (1, "", "192.0.2.1"),
    (1, " , ,", "192.0.2.1"),
])
def test_the_address_is_the_one_the_outermost_trusted_proxy_saw(
    proxies: int, header: str, found: str, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=header)
    assert address_of(request) == found


@pytest.mark.parametrize(("address", "place"), [
    ("198.51.100.1", "198.51.100.1"), ("198.51.100.1:4711", "198.51.100.1"), ("::ffff:198.51.100.1", "198.51.100.1"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
    ("fe80::1%eth0", "fe80::/64"), ("127.0.0.9", ""), ("[::1]:80", ""), ("0.0.0.0", ""), ("nobody", ""), ("", ""),
])
def test_what_is_counted_of_an_address(address: str, place: str) -> None:
    assert counted(address) == place
