"""Where a webhook may point: HTTPS, to a name or an address that is public."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""NAT64: the last 32 bits are the IPv4 address that is meant."""
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        [
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "2001::/23",
            "2001:db8::/32",
            "2620:4f:8000::/48",
            "3fff::/20",
        ],
    )
)
"""Of IANA's special-purpose registries, and multicast: whole ranges, also those of which a part is reachable.

What `ipaddress` itself takes for global differs between the releases of Python.
"""


@dataclass(frozen=True, slots=True)
class Target:
    """host: as named, for the certificate. path: with the query."""

    host: str
    port: int
    path: str


def target(url: str) -> Target:
    """What a webhook's URL names. Raises ValueError, with what was expected."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("must be a URL") from None
    if parts.scheme != "https" or not host:
        raise ValueError("must begin with https:// and name a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("must have no user name, password or fragment")
    if not url.isascii() or any(each <= " " or each == "\x7f" for each in url):
        raise ValueError("must be plain ASCII: encode other characters")
    literal = _literal(host)
    if literal is not None and not is_public(literal):
        raise ValueError("must not point to a private address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port or 443, path)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet, also behind IPv6's ways to carry an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address not in GLOBAL_UNICAST:
            return False
    return not any(address in each for each in SPECIAL)
