"""Pull: a rep asks for the next lead."""

from typing import Any

from routing.runtime.http import Request, dispatch, operation
from routing.runtime.observability import observed
from routing.runtime.wiring import note_active, store
from routing.services.core.idempotency import Answer
from routing.services.core.problems import FieldError, invalid
from routing.services.pull.pull import pull


@operation(
    "POST /v1/pull",
    "Borrow the most important ready lead; while holding one, the same lead again",
    answers={200: "The lead with its lease, or why there is none."},
)
def pull_next(request: Request) -> Answer:
    body = request.json()
    wrong = [
        FieldError(name, "unknown_key", "is not a key of a pull") for name in body if name != "record_type"
    ]
    if not isinstance(body.get("record_type", ""), str):
        wrong.append(FieldError("record_type", "wrong_type", "must be the id of a record type"))
    if wrong:
        raise invalid(wrong)
    return pull(store(), request.user, body.get("record_type"), request.now, request.once(request.user))


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return dispatch(event, note_active)
