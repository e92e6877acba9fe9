"""What a resource refers to, and what refers to it: checked when it is saved and when it is deleted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from routing.domain import calling_rules, criteria, dedupe
from routing.domain.accounts import CORPORATE, Account
from routing.domain.calling_places import HOME, countries
from routing.domain.calling_rules import COUNTRY_RULE, HOLIDAY
from routing.domain.company import Company
from routing.domain.leads import RecordType
from routing.domain.reading.states import STATES
from routing.domain.resources import Body, Kind, parse
from routing.domain.strategies import PullStrategy, PushStrategy
from routing.services.core.problems import FieldError


def wrong_references(kind: Kind, body: Body, company: Company) -> list[FieldError]:
    """What is wrong with a body in the company that it would join: each field, and what was expected."""
    match kind:
        case "accounts":
            return _account(body, company)
        case "sources":
            return [
                *_owner("owner", body["owner"], company),
                *_record_type(body, company),
                *_money(body, company),
            ]
        case "record-types":
            return _record_type_fields(body)
        case "push-strategies" | "pull-strategies":
            return _strategy(kind, body, company)
        case "calling-rules":
            return _calling_rule(body)
        case _:
            return []


def _account(body: Body, company: Company) -> list[FieldError]:
    found: list[FieldError] = []
    identifier, kind, parent = body["id"], body["kind"], body["parent"]
    present = company.tree.get(identifier)
    if present is not None and present.kind != kind:
        found.append(FieldError("kind", "not_changeable", f"is {present.kind} and cannot be changed"))
    if (kind == "corporate") != (identifier == CORPORATE):
        found.append(FieldError("kind", "one_root", f"only the account {CORPORATE} is corporate"))
    if kind != "user" and body["role"] is not None:
        found.append(FieldError("role", "not_allowed", "only users have a role"))
    if kind == "corporate":
        if parent is not None:
            found.append(FieldError("parent", "not_allowed", "the corporate account has no parent"))
        if not body["enabled"]:
            found.append(FieldError("enabled", "not_allowed", "the corporate account cannot be disabled"))
        return found
    if parent is None:
        return [*found, FieldError("parent", "required", "must be the corporate account or a branch")]
    above = company.tree.get(parent)
    if above is None:
        return [*found, FieldError("parent", "unknown", "must be the id of an account")]
    if above.kind == "user":
        return [*found, FieldError("parent", "wrong_kind", "must be the corporate account or a branch")]
    if company.tree.is_at_or_below(parent, identifier):
        return [*found, FieldError("parent", "cycle", "an account cannot be below itself")]
    if present is not None and present.parent != parent:
        found += _cut_off(identifier, parent, company)
    return found


def _cut_off(identifier: str, parent: str, company: Company) -> list[FieldError]:
    """Strategies that could no longer reach a recipient when the account moves."""
    moved = {**company.accounts, identifier: _moved(company.accounts[identifier], parent)}
    after = type(company)(accounts=moved).tree
    names = [
        strategy.id
        for strategy in company.push_strategies.values()
        for each in strategy.accounts
        if each in moved and not after.is_below(each, strategy.distributed_from)
    ] + [
        strategy.id
        for strategy in company.pull_strategies.values()
        for each in strategy.recipients
        if each in moved and not after.is_at_or_below(each, strategy.distributed_from)
    ]
    if not names:
        return []
    listed = ", ".join(sorted(set(names)))
    return [FieldError("parent", "in_use", f"would put recipients out of the reach of {listed}")]


def _moved(account: Account, parent: str) -> Account:
    return replace(account, parent=parent)


def _owner(name: str, identifier: str, company: Company) -> list[FieldError]:
    account = company.tree.get(identifier)
    if account is None:
        return [FieldError(name, "unknown", "must be the id of an account")]
    if account.kind == "user":
        return [FieldError(name, "wrong_kind", "must be the corporate account or a branch")]
    return []


def _record_type(body: Body, company: Company) -> list[FieldError]:
    if body["record_type"] in company.record_types:
        return []
    return [FieldError("record_type", "unknown", "must be the id of a record type")]


def _money(body: Body, company: Company) -> list[FieldError]:
    """What is wrong with which leads a source takes."""
    accepts = body["acceptance"]
    if accepts is None:
        return []
    record_type = company.record_types.get(body["record_type"])
    found = _criteria_errors(accepts, record_type, "acceptance.") if record_type is not None else []
    for at, cap in enumerate(accepts["caps"]):
        if cap["cost"] is not None and body["cost"] is None:
            message = "needs the source's `cost`, which a lead has that says none itself"
            found.append(FieldError(f"acceptance.caps[{at}].cost", "cost_required", message))
    hours = accepts["hours"] or {}
    if HOLIDAY in hours:
        found.append(FieldError(f"acceptance.hours.{HOLIDAY}", "unknown_day", "hours are by weekdays alone"))
    return found + [
        FieldError(f"acceptance.hours.{key}", code, message)
        for key, code, message in calling_rules.problems(hours)
    ]


def _record_type_fields(body: Body) -> list[FieldError]:
    names = [each["name"] for each in body["fields"]]
    found = [
        FieldError(f"fields[{at}].name", "repeated", "stands in the list already")
        for at, name in enumerate(names)
        if name in names[:at]
    ]
    if body["dedupe"] is not None:
        record_type: RecordType = parse("record-types", body, 1)
        wrong = dedupe.problems(body["dedupe"]["rules"], record_type)
        found += [FieldError(f"dedupe.rules{where}", *what) for where, *what in wrong]
    return found


def _strategy(kind: Kind, body: Body, company: Company) -> list[FieldError]:
    found = _record_type(body, company) + _owner("distributed_from", body["distributed_from"], company)
    push = kind == "push-strategies"
    names = [each["account"] for each in body["recipients"]] if push else list(body["recipients"])
    for at, name in enumerate(names):
        path = f"recipients[{at}].account" if push else f"recipients[{at}]"
        found += _recipient(path, name, name in names[:at], body["distributed_from"], company, below=push)
    if push:
        found += _shares(body, company)
        if body["method"] == "round_robin" and body["catch_up"] is not None:
            found.append(FieldError("catch_up", "not_allowed", "only a weighted strategy catches up"))
    record_type = company.record_types.get(body["record_type"])
    if record_type is None:
        return found
    found += _criteria_errors(body, record_type)
    if not push:
        found += _statuses(body)
    for at, order in enumerate(body.get("order_by", [])):
        if record_type.type_of(order["field"]) is None:
            found.append(
                FieldError(
                    f"order_by[{at}].field", "unknown", f"is not a field of record type {record_type.id!r}"
                )
            )
    return found


def _shares(body: Body, company: Company) -> list[FieldError]:
    """Weights where the method needs them; branches' own ways for branches only."""
    found = []
    for at, each in enumerate(body["recipients"]):
        if body["method"] == "weighted" and each["weight"] is None:
            found.append(
                FieldError(f"recipients[{at}].weight", "required", "a weighted strategy needs every weight")
            )
        account = company.tree.get(each["account"])
        if each["hold_at_branch"] and account is not None and account.kind != "branch":
            found.append(
                FieldError(f"recipients[{at}].hold_at_branch", "not_allowed", "only a branch can hold")
            )
    return found


def _recipient(
    path: str, name: str, repeated: bool, distributed_from: str, company: Company, *, below: bool
) -> list[FieldError]:
    if repeated:
        return [FieldError(path, "repeated", "stands in the list already")]
    if name not in company.tree:
        return [FieldError(path, "unknown", "must be the id of an account")]
    within = company.tree.is_below if below else company.tree.is_at_or_below
    if distributed_from in company.tree and not within(name, distributed_from):
        return [FieldError(path, "not_below", f"must be an account below {distributed_from}")]
    return []


def _statuses(body: Body) -> list[FieldError]:
    """A pull strategy decides what a lead's status is, so it cannot be decided by it."""
    named = [
        (f"criteria[{at}].any[{inner}].field" if "any" in entry else f"criteria[{at}].field", each["field"])
        for at, entry in enumerate(body["criteria"])
        for inner, each in enumerate(entry.get("any", [entry]))
    ]
    named += [(f"order_by[{at}].field", each["field"]) for at, each in enumerate(body["order_by"])]
    return [
        FieldError(path, "not_allowed", "a pull strategy cannot look at the status")
        for path, name in named
        if name == "status"
    ]


def _criteria_errors(body: Body, record_type: RecordType, below: str = "") -> list[FieldError]:
    entries = criteria.parse(body["criteria"])
    return [
        FieldError(f"{below}criteria{path}", "invalid", message)
        for path, message in criteria.problems(entries, record_type)
    ]


def _calling_rule(body: Body) -> list[FieldError]:
    country, state, is_built_in = body["country"], body["state"], body["id"] == COUNTRY_RULE
    found: list[FieldError] = []
    if country not in countries():
        message = "must be a country of ISO 3166 with two letters; a US territory is a state here"
        found.append(FieldError("country", "unknown", message))
    elif is_built_in and country != HOME:
        found.append(
            FieldError("country", "not_changeable", f"the rule {COUNTRY_RULE} is the one of the country")
        )
    if state is not None and is_built_in:
        found.append(
            FieldError("state", "not_changeable", f"the rule {COUNTRY_RULE} is the one of the country")
        )
    elif state is not None and country != HOME:
        found.append(FieldError("state", "not_allowed", f"only {HOME} has rules for states"))
    elif state is not None and state not in STATES:
        found.append(FieldError("state", "unknown", "must be a US state or territory of two letters"))
    if body["ambiguous"] != "strictest" and not is_built_in:
        message = f"what ambiguous places mean is for the rule {COUNTRY_RULE} to say"
        found.append(FieldError("ambiguous", "not_allowed", message))
    return found + [
        FieldError(f"windows.{key}", *what) for key, *what in calling_rules.problems(body["windows"])
    ]


def referrers(kind: Kind, identifier: str, company: Company) -> list[str]:
    """What refers to a resource, as `kind/id`."""
    found: list[str] = []
    if kind == "accounts":
        found += [f"accounts/{each}" for each in company.tree.children(identifier)]
        found += [f"sources/{each.id}" for each in company.sources.values() if each.owner == identifier]
        found += _strategies(company.push_strategies, identifier, "push-strategies")
        found += _strategies(company.pull_strategies, identifier, "pull-strategies")
    if kind == "record-types":
        found += [f"sources/{each.id}" for each in company.sources.values() if each.record_type == identifier]
        for name, strategies in (
            ("push-strategies", company.push_strategies),
            ("pull-strategies", company.pull_strategies),
        ):
            found += [f"{name}/{each.id}" for each in strategies.values() if each.record_type == identifier]
    return sorted(found)


def _strategies(
    strategies: Mapping[str, PushStrategy] | Mapping[str, PullStrategy], account: str, kind: Kind
) -> list[str]:
    def accounts(strategy: PushStrategy | PullStrategy) -> Iterable[str]:
        named = strategy.accounts if isinstance(strategy, PushStrategy) else strategy.recipients
        return (strategy.distributed_from, *named)

    return [f"{kind}/{each.id}" for each in strategies.values() if account in accounts(each)]


def broken_by(body: Body, company: Company) -> list[str]:
    """The strategies and sources whose criteria a changed record type would make senseless, as `kind/id`."""
    record_type: RecordType = parse("record-types", body, 1)
    present = company.record_types.get(record_type.id)
    groups: Sequence[tuple[str, Iterable[PushStrategy | PullStrategy]]] = (
        ("push-strategies", company.push_strategies.values()),
        ("pull-strategies", company.pull_strategies.values()),
    )
    accepting = (
        f"sources/{each.id}"
        for each in company.sources.values()
        if each.record_type == record_type.id
        and each.acceptance is not None
        and present is not None
        and not criteria.problems(each.acceptance.criteria, present)
        and criteria.problems(each.acceptance.criteria, record_type)
    )
    found = (
        f"{kind}/{each.id}"
        for kind, strategies in groups
        for each in strategies
        if each.record_type == record_type.id
        and present is not None
        and not criteria.problems(each.criteria, present)
        and (criteria.problems(each.criteria, record_type) or _orders_by_missing(each, record_type))
    )
    return sorted([*found, *accepting])


def _orders_by_missing(strategy: PushStrategy | PullStrategy, record_type: RecordType) -> bool:
    return isinstance(strategy, PullStrategy) and any(
        record_type.type_of(each.field) is None for each in strategy.order_by
    )
