"""Leads that are bought: taken under caps, refused, and released by a person."""

import json

from routing.services.company import set_up
from routing.services.intake import posts, release, source_keys
from routing.services.intake.authenticate import Credentials, by_source
from routing.services.intake.offers import Offer
from routing.services.intake.posted import Posted
from routing.storage import keys, spending
from tests.concurrency.operation import Operation, plain
from tests.concurrency.world import ADMIN, complete, once

CAPS = [{"per": "day", "leads": 10_000}, {"per": "month", "cost": 100_000}]
COST = 2.5


def source(identifier="bought", **more):
    return "sources", {"id": identifier, "name": "Bought", "cost": COST, **more}


def buy(world, **acceptance):
    """A source whose leads are bought, and a key of it."""
    kind, body = source(acceptance=acceptance)
    set_up.put(world.store, kind, complete(kind, body), ADMIN, None, world.now)
    return source_keys.create(world.store, "bought", "secret", False, world.now, None).body["api_key"]


def offer(world, key, body, store=None, only=None):
    posted = Posted(json.dumps(body).encode(), "application/json")
    return by_source(store or world.store, "bought", Credentials(key, None), posted, world.now, only)


def counted(world):
    """Of today and of this month: leads, and money."""
    stamp = world.now.date().isoformat()
    places = [keys.spending("bought", "day", stamp), keys.spending("bought", "month", stamp[:7])]
    items = world.store.table.get_many(places)
    return [spending.taken(items.get(each)) for each in places]


def bought(table):
    return sum(head.source == "bought" for head in table.heads.values())


class IngestCapped(Operation):
    """However often it is sent, each lead is counted once; none is counted that is not there."""

    answers_alike = False

    def prepare(self, world, number):
        self.key = buy(world, caps=CAPS) if number == 1 else self.key
        return world.body("UT")

    def act(self, world, store, given):
        return offer(world, self.key, given, store)

    def confirm(self, world, table, given, answers):
        assert len({each.body["lead_id"] for each in answers}) == 1
        assert [each.status for each in answers[1:]] == [200] * len(answers[1:])
        leads = bought(table)
        assert counted(world) == [(leads, leads * 25_000)] * 2


class IngestCappedOnce(IngestCapped):
    """With an Idempotency-Key, and no id of the vendor's own."""

    answers_alike = True

    def prepare(self, world, number):
        body = super().prepare(world, number)
        del body["external_id"]
        return body

    def act(self, world, store, given):
        return plain(offer(world, self.key, given, store, once(given["email"], body=given)))

    def confirm(self, world, table, given, answers):
        status, body = answers[0]
        assert (status, body["duplicate"]) == (201, False)
        leads = bought(table)
        assert counted(world) == [(leads, leads * 25_000)] * 2


class Refuse(IngestCapped):
    """What is refused is no lead, counts nothing, and is kept once under its Idempotency-Key."""

    answers_alike = True

    def prepare(self, world, number):
        self.key = buy(world, caps=[{"per": "day", "leads": 0}]) if number == 1 else self.key
        return world.body("UT")

    def act(self, world, store, given):
        return plain(offer(world, self.key, given, store, once(given["email"], body=given)))

    def confirm(self, world, table, given, answers):
        assert answers[0] == (200, {"status": "refused", "reason": "over_cap"})
        assert bought(table) == 0
        kept = posts.listed(world.store, ADMIN, "bought", 200, None, world.now).items
        assert sum(each["as_received"] == given for each in kept) == 1


class Release(IngestCapped):
    """Once, with its count, whatever is repeated."""

    def prepare(self, world, number):
        body = super().prepare(world, number)
        del body["external_id"]
        company = world.store.configuration.load().company
        offered = Offer(company.sources["bought"], "corporate", body, None)
        post = posts.keep(world.store, offered, "quarantined", "honeypot", (), company, world.now)
        return post.id

    def act(self, world, store, given):
        return release.release(store, ADMIN, "bought", given, world.now, None)
