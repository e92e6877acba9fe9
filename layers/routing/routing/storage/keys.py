"""Every key of the table, and how instants stand in them (milliseconds, 13 digits, sortable)."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from routing.storage.table import Key

PRESENCE_SHARDS = 16
TIMER_SHARDS = 4
LATER_SHARDS = 4
JOB_SHARDS = 4
VERSION = Key("CONFIG", "VERSION")
FORMAT = Key("CONFIG", "FORMAT")
REGISTRY = Key("QUEUES", "REGISTRY")
"""Where the queues of all owners were once listed together."""
HEAD = "HEAD"
CALLBACK = "CALLBACK"
APPOINTMENT = "APPOINTMENT#"
ANSWERS = "ANSWER#"
DO_NOT_CALL = "DO_NOT_CALL#"
"""The partition of the owner index that lists suppressed phones; no account's id has a `#`."""


EVENTS = "EVENT#"
LEADS_OF_CONTACT = "LEAD#"
CHANGES = "CHANGE#"
INTERVALS = "INTERVAL#"
SOURCE_KEYS = "KEY#"
POSTS_OF_CONTACT = "POST#"
NOTHING_TOLD = "held#"
"""Before the first held lead of an owner."""


def of_item(item: Mapping[str, Any]) -> Key:
    return Key(item["PK"], item["SK"])


OWNER_INDEX = ("OPK", "OSK")


def place_of(item: Mapping[str, Any], *index: str) -> dict[str, Any]:
    """Where an entry stands, for a list that goes on after it: in the table, and in an index where one is given."""
    return {name: item[name] for name in ("PK", "SK", *index)}


def named(item: Mapping[str, Any]) -> str:
    """What an item's partition is of: its lead, its owner, its import."""
    return str(item["PK"]).split("#", 1)[1]


def place_in_queue(item: Mapping[str, Any]) -> str:
    return str(item["QSK"])


def is_head(item: Mapping[str, Any]) -> bool:
    return bool(item["SK"] == HEAD)


def standing_of(item: Mapping[str, Any]) -> str:
    """A lead's standing, by its place in the index under its owner."""
    return str(item["OSK"]).partition("#")[0]


BESIDE_LEAD = "A"
"""Before everything that stands beside a lead's head."""


def place_beside(item: Mapping[str, Any]) -> str:
    return str(item["SK"])


def is_appointment(item: Mapping[str, Any]) -> bool:
    return str(item["SK"]).startswith(APPOINTMENT)


def is_event(item: Mapping[str, Any]) -> bool:
    return str(item["SK"]).startswith(EVENTS)


def is_callback(item: Mapping[str, Any]) -> bool:
    return bool(item["SK"] == CALLBACK)


def request_of(entry: Mapping[str, Any]) -> str:
    """The request that a log entry is a page of."""
    return str(entry["SK"]).partition("+")[0]


def page_of(entry: Mapping[str, Any]) -> int:
    """Which page of its request a log entry is, counted from 0."""
    return int(str(entry["SK"]).partition("+")[2] or 0)


def page(request: str, number: int | str) -> str:
    """The identifier of a request's page."""
    return f"{request}+{number}"


def asked_at(identifier: str) -> datetime:
    """When something was asked for, under an identifier that begins with its time."""
    return instant(identifier.partition("-")[0])


def until(moment: datetime) -> str:
    """After every sortable key of this instant and those before."""
    return f"{sortable(moment)}~"


def in_standing(standing: str) -> str:
    """How the places of a standing's leads begin, in the index under their owner."""
    return f"{standing}#"


ERASED = "erased"
"""In the place of a time: after all of them."""


def place_under_owner(standing: str, since: datetime | None, created_at: datetime, lead: str) -> str:
    """Where a lead stands in the index under its owner. since: None of one whose person was erased."""
    return f"{standing}#{sortable(since) if since else ERASED}#{sortable(created_at)}#{lead}"


def after_all_in(owner: str, beginning: str) -> dict[str, str]:
    """A place after all in the index under this owner that begin so."""
    return {"PK": "LEAD#~", "SK": HEAD, OWNER_INDEX[0]: owner, OWNER_INDEX[1]: f"{beginning}~"}


def created_of(item: Mapping[str, Any]) -> datetime:
    """When a lead was created, by its place in the index under its owner."""
    return instant(str(item["OSK"]).split("#")[2])


def unmoved_since(standing: str, moment: datetime) -> tuple[str, str]:
    """(first, last) place of an owner's leads that have had this standing since then, but for those erased."""
    return in_standing(standing), f"{in_standing(standing)}{until(moment)}"


def may_be_of(item: Mapping[str, Any], record_type: str) -> bool:
    """Whether a lead can be of this type, by its place in the index under its owner.

    A held lead's place does not say its type, nor that of a lead which an earlier release has written.
    """
    standing, *_, end = str(item["OSK"]).split("#", 4)
    return standing == "held" or str(item["OSK"]).count("#") < 4 or end == record_type


def since_of(item: Mapping[str, Any]) -> datetime:
    """Since when a lead has its standing, or when a callback is due, by its place in the index under its owner."""
    return instant(str(item["OSK"]).split("#")[1])


def due_callbacks(now: datetime) -> tuple[str, str]:
    """(first, last) place of a user's callbacks that are due, in the index under them."""
    return "callback#", f"callback#{until(now)}"


def callbacks_to_come(now: datetime) -> tuple[str, str]:
    return f"callback#{until(now)}", "callback#~"


def queues(owner: str) -> Key:
    """Where the queues of an owner's leads are listed; those of all owners share the partition."""
    return Key(REGISTRY.pk, f"OWNER#{owner}")


def spent(owner: str) -> str:
    """The partition of the queue index with the owner's leads whose attempts are used up."""
    return f"SPENT#{owner}"


def millis(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def instant(milliseconds: int | str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def sortable(moment: datetime) -> str:
    return f"{millis(moment):013d}"


def time_id(now: datetime) -> str:
    """A key that sorts by time and that nobody else has."""
    return f"{sortable(now)}-{secrets.token_hex(8)}"


def _shard(name: str, shards: int) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:2]) % shards


def config(kind: str, identifier: str) -> Key:
    return Key("CONFIG", f"{kind}#{identifier}")


def config_version(kind: str, identifier: str, version: int) -> Key:
    return Key(f"CONFIG#{kind}#{identifier}", f"{version:010d}")


def change(version: int) -> Key:
    """What the save that made this version of the whole set-up has changed."""
    return Key("CHANGES", f"{version:010d}")


def api_key(hashed: str) -> Key:
    return Key(f"KEY#{hashed}", "KEY")


def source_key(source: str, key_id: str) -> Key:
    return Key(f"SOURCE#{source}", f"KEY#{key_id}")


def post(source: str, identifier: str) -> Key:
    """One of a source's posts, under a name that begins with its time."""
    return Key(f"POSTS#{source}", identifier)


def spending(source: str, per: str, stamp: str) -> Key:
    """What was taken of a source in a local day or month."""
    return Key(f"SOURCE#{source}", f"DAY#{stamp}" if per == "day" else f"MONTH#{stamp}")


def contact_post(contact_key: str, source: str, identifier: str) -> Key:
    """Says that a post that is no lead has this phone or e-mail."""
    return Key(f"CONTACT#{contact_key}", f"POST#{identifier}#{source}")


def is_submission(item: Mapping[str, Any]) -> bool:
    """Whether an item is of a log, and in it what came: a lead, or what is merged into one."""
    return bool(str(item["PK"]).startswith("INTAKE#") and item.get("kind") in ("lead", "receipt"))


def rate(source: str, now: datetime, address: str = "") -> Key:
    """Where a minute's posts of a source are counted; with an address, hashed, those from there."""
    parts = ("RATE", source, *([address] if address else []), str(int(now.timestamp()) // 60))
    return Key("#".join(parts), "COUNT")


def strategy_state(strategy: str) -> Key:
    return Key(f"STRATEGY#{strategy}", "STATE")


def closed_interval(strategy: str, interval: str, ratio: int) -> Key:
    return Key(strategy_state(strategy).pk, f"INTERVAL#{interval}#{ratio:08d}")


def presence(user: str) -> Key:
    return Key(f"PRESENCE#{_shard(user, PRESENCE_SHARDS)}", user)


def presences() -> list[str]:
    """Every partition of presence."""
    return [f"PRESENCE#{shard}" for shard in range(PRESENCE_SHARDS)]


def own_settings(user: str) -> Key:
    """What the user says of themselves, beside what the set-up says of their account."""
    return Key(f"OWN#{user}", "SETTINGS")


def recent(user: str, moment: datetime, lead: str, event: str) -> Key:
    """What the user did with a lead, by the event that says so."""
    return Key(own_settings(user).pk, f"RECENT#{sortable(moment)}#{lead}#{event}")


def recent_since(user: str, moment: datetime) -> tuple[Key, str]:
    """The first place of what the user did since then, and the last place of all."""
    return Key(own_settings(user).pk, f"RECENT#{sortable(moment)}"), "RECENT#~"


def head(lead: str) -> Key:
    return Key(f"LEAD#{lead}", HEAD)


def callback(lead: str) -> Key:
    return Key(f"LEAD#{lead}", CALLBACK)


def event(lead: str, version: int, suffix: str = "") -> Key:
    """The timeline event of a head version; with a suffix, one that left the head alone."""
    return Key(f"LEAD#{lead}", f"EVENT#{version:010d}{'#' if suffix else ''}{suffix}")


def submission(owner: str, identifier: str) -> Key:
    return Key(f"INTAKE#{owner}", identifier)


def contact(contact_key: str) -> Key:
    return Key(f"CONTACT#{contact_key}", "STATE")


def contact_lead(contact_key: str, lead: str) -> Key:
    return Key(f"CONTACT#{contact_key}", f"LEAD#{lead}")


def contact_change(contact_key: str, change: str) -> Key:
    """What was done to a phone's place on the do-not-call list, when, by whom and why."""
    return Key(f"CONTACT#{contact_key}", f"CHANGE#{change}")


def phone_import(identifier: str) -> Key:
    return Key(f"IMPORT#{identifier}", "STATE")


def imported_phones(identifier: str) -> Key:
    return Key(f"IMPORT#{identifier}", "PHONES")


IMPORTED_CHUNKS = "CHUNK#"
ALL_IMPORTS = "IMPORTS"


def lead_import(identifier: str) -> Key:
    """How far an import of leads is."""
    return Key(f"IMPORT#{identifier}", "LEADS")


def import_errors(identifier: str) -> Key:
    """The first rows of an import of leads that were left out, and why."""
    return Key(f"IMPORT#{identifier}", "ERRORS")


def imported_chunk(identifier: str, number: int) -> Key:
    """What became of some rows of an import of leads, written once."""
    return Key(f"IMPORT#{identifier}", f"{IMPORTED_CHUNKS}{number:08d}")


def listed_import(identifier: str, moment: datetime) -> Key:
    """Where imports of leads are found by time."""
    return Key(ALL_IMPORTS, f"{sortable(moment)}-{identifier}")


def imported_row(identifier: str, moment: datetime, line: int) -> str:
    """The identifier of the log entry of an import's row."""
    return f"{sortable(moment)}-{identifier}-{line:08d}"


def import_event(identifier: str, moment: datetime, kind: str) -> Key:
    """An event of an import; the stream hands it on as it does a lead's."""
    return Key(f"IMPORT#{identifier}", f"EVENT#{sortable(moment)}#{kind}")


def appointment(lead: str, identifier: str) -> Key:
    return Key(f"LEAD#{lead}", f"{APPOINTMENT}{identifier}")


def idempotency(caller: str, route: str, key: str) -> Key:
    digest = hashlib.sha256(f"{caller}\0{route}\0{key}".encode()).hexdigest()
    return Key(f"IDEMPOTENCY#{digest}", "ANSWER")


def answer(partition: str) -> Key:
    """An answer on record, by the partition that names it."""
    return Key(partition, "ANSWER")


def answer_about(lead: str, partition: str) -> Key:
    """Names an answer on record that tells of a lead."""
    return Key(f"LEAD#{lead}", f"ANSWER#{partition.split('#', 1)[1]}")


def ready(triple: str) -> str:
    return f"READY#{triple}"


def waiting(triple: str) -> str:
    return f"WAIT#{triple}"


def timer(lead: str) -> str:
    return f"TIMER#{_shard(lead, TIMER_SHARDS)}"


def timers() -> list[str]:
    """Every partition of the timer index."""
    return [f"TIMER#{shard}" for shard in range(TIMER_SHARDS)]


def callbacks_due(lead: str) -> str:
    """The partition of the timer index in which a lead's callback waits for its time."""
    return f"CALLBACKS#{_shard(lead, TIMER_SHARDS)}"


def all_callbacks_due() -> list[str]:
    return [f"CALLBACKS#{shard}" for shard in range(TIMER_SHARDS)]


def owner_event(owner: str, moment: datetime, suffix: str) -> Key:
    """An event that concerns an owner's leads together; the stream hands it on as it does a lead's."""
    return Key(f"OWNER#{owner}", f"EVENT#{sortable(moment)}#{suffix}")


def walk(owner: str) -> Key:
    """Marks that an owner's held leads are being walked over, and whether they are to be once more."""
    return Key(f"OWNER#{owner}", "WALK")


def job(kind: str, owner: str) -> Key:
    """Marks that a job is asked for or under way."""
    return Key(f"JOBS#{_shard(owner, JOB_SHARDS)}", f"{kind}#{owner}")


def retained(record_type: str) -> Key:
    """On which day a record type's leads were last to be looked through for those that are kept long enough."""
    return Key("RETAINED", record_type)


def is_job(item: Mapping[str, Any]) -> bool:
    return str(item["PK"]).startswith("JOBS#")


def jobs() -> list[str]:
    """Every partition of jobs."""
    return [f"JOBS#{shard}" for shard in range(JOB_SHARDS)]


def signatures(owner: str) -> Key:
    """What of an owner's held leads is judged by: which strategies they match."""
    return Key(f"OWNER#{owner}", "SIGNATURES")


def held_under(owner: str, signature: str) -> str:
    """The partition of the timer index with an owner's held leads of one signature, oldest first."""
    return f"HELD#{owner}#{signature}"


def others(owner: str) -> Key:
    """Whether some of an owner's held leads are found by no signature, and how far those were walked."""
    return Key(f"OWNER#{owner}", "OTHERS")


def unfound(place: str) -> str | None:
    """By what a held lead is judged that no signature finds, by its place in the index under its owner."""
    return place.split("#", 4)[4] if place.count("#") >= 4 else None


def place_among_held(item: Mapping[str, Any]) -> str:
    """Where a held lead stands among those of its owner, whatever their signatures."""
    return str(item["TSK"])


def held_since(item: Mapping[str, Any]) -> datetime:
    """Since when a lead is held, by its place among those of its signature."""
    return instant(place_among_held(item).partition("#")[0])


def held_told(owner: str) -> Key:
    """Up to which of an owner's held leads its managers have been told."""
    return Key(f"OWNER#{owner}", "HELD")


def notification(user: str, identifier: str) -> Key:
    return Key(f"NOTIFICATION#{user}", identifier)


def unread(user: str) -> str:
    return f"UNREAD#{user}"


def sent(user: str, channel: str, identifier: str) -> Key:
    """Marks that a user was, or is just being, told of something by a channel."""
    return Key(f"SENT#{user}#{channel}", identifier)


def later(user: str, channel: str, identifier: str, due: datetime) -> Key:
    """What is held back until the user's quiet hours end."""
    return Key(f"LATER#{_shard(user, LATER_SHARDS)}", f"{sortable(due)}#{user}#{channel}#{identifier}")


def all_later() -> list[str]:
    return [f"LATER#{shard}" for shard in range(LATER_SHARDS)]


def contact_key(hash_key: str, value: str) -> str:
    """A phone number or e-mail address as it may stand in a key: hashed with the company's secret."""
    return hmac.new(hash_key.encode(), value.encode(), hashlib.sha256).hexdigest()[:32]


def lead_hash(hash_key: str, *parts: str) -> str:
    """What a lead's id follows from: of no use to whoever does not have the key."""
    text = "\0".join(("lead", *parts))
    return hmac.new(hash_key.encode(), text.encode(), hashlib.sha256).hexdigest()[:24]


def dedupe(hash_key: str, record_type: str, fields: Iterable[tuple[str, str]]) -> Key:
    """Who stands for the person that these values of these fields tell, among leads of the record type."""
    text = "\0".join(("claim", record_type, *(part for field in fields for part in field)))
    hashed = hmac.new(hash_key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
    return claim(f"DEDUPE#{record_type}#{hashed}")


def claim(partition: str) -> Key:
    return Key(partition, "CLAIM")


def receipts(receipt: str) -> str:
    """The partition of the timer index in which a receipt waits for push to merge it."""
    return f"RECEIPTS#{_shard(receipt, TIMER_SHARDS)}"


def all_receipts() -> list[str]:
    return [f"RECEIPTS#{shard}" for shard in range(TIMER_SHARDS)]


def kept_place(name: str) -> Key:
    """Where a list goes on, for a cursor that only names the place."""
    return Key(f"CURSOR#{name}", "PLACE")


def cursor_key(hash_key: str) -> bytes:
    """What cursors are sealed with."""
    return hmac.new(hash_key.encode(), b"cursors", hashlib.sha256).digest()


def webhook_key(hash_key: str) -> str:
    """The company's key under which webhooks are signed; the hashes' own secret cannot be found from it."""
    return hmac.new(hash_key.encode(), b"webhook signatures", hashlib.sha256).hexdigest()
