"""Values as text whose byte order is the wanted order, so that an index can serve `order_by` of any kind.

A missing or unreadable value sorts last in both directions.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from routing.domain.leads import Lead, RecordType
from routing.domain.reading.kinds import stored
from routing.domain.strategies import OrderBy

TEXT_BYTES = 32
"""How much of a text decides its order; an index key has 1,024 bytes for everything."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COMPLEMENT = bytes(255 - each for each in range(256))


def _bytes(value: object) -> bytes:
    if isinstance(value, bool):
        return b"\x01" if value else b"\x00"
    if isinstance(value, datetime):
        return _float(Decimal(str((value - EPOCH).total_seconds())))
    if isinstance(value, date):
        return _float(Decimal(value.toordinal()))
    if isinstance(value, Decimal):
        return _float(value)
    return str(value).encode()[:TEXT_BYTES].ljust(TEXT_BYTES, b"\x00")


def _float(value: Decimal) -> bytes:
    """IEEE 754 bits, turned so that they sort as the numbers do: negatives inverted, positives above them."""
    packed = struct.pack(">d", float(value) + 0.0)  # not -0.0
    if packed[0] & 0x80:
        return packed.translate(_COMPLEMENT)
    return bytes((packed[0] | 0x80,)) + packed[1:]


def encode(value: object, order: OrderBy, record_type: RecordType) -> str:
    """One component of an order key: `0` and hex digits, or `1` for a value that is missing."""
    kind = record_type.type_of(order.field)
    found = stored(kind, value) if kind is not None and value is not None else None
    if found is None:
        return "1"
    raw = _bytes(found)
    return "0" + (raw.translate(_COMPLEMENT) if order.direction == "desc" else raw).hex()


def order_key(lead: Lead, order_by: Sequence[OrderBy], record_type: RecordType) -> str:
    """The lead's place among leads of one rank: smaller text is served first."""
    return ".".join(encode(lead.value(each.field), each, record_type) for each in order_by)
