"""Everything that writes, by name."""

from tests.concurrency.company_operations import CreateKey, Delete, PutNew, PutPush, Reset, Sweep, Switch
from tests.concurrency.lead_operations import (
    Ask,
    Dispose,
    Edit,
    Extend,
    Ingest,
    IngestOnce,
    Note,
    Pull,
    PullOnce,
    Push,
    PushHeld,
    Refile,
    Transfer,
)
from tests.concurrency.pull_operations import (
    ExtendToTheEnd,
    GiveCallBack,
    PullAtCallLimit,
    PullCounted,
    PullUnderLimit,
    SweepForward,
    TakeBack,
)

OPERATIONS = {
    "ingest": Ingest(),
    "ingest-once": IngestOnce(),
    "push": Push(),
    "push-held": PushHeld(),
    "ask": Ask(),
    "refile": Refile(),
    "pull": Pull(),
    "pull-once": PullOnce(),
    "pull-counted": PullCounted(),
    "pull-under-limit": PullUnderLimit(),
    "pull-at-call-limit": PullAtCallLimit(),
    **{
        f"dispose-{each}": Dispose(each)
        for each in ("no-answer", "contacted", "call-back", "sold", "do-not-call", "return")
    },
    "give-call-back": GiveCallBack(),
    "extend": Extend(),
    "extend-to-the-end": ExtendToTheEnd(),
    "note": Note(),
    "transfer-user": Transfer("e3", False),
    "transfer-branch": Transfer("west", False),
    "transfer-distribute": Transfer("east", True),
    "edit": Edit(),
    "put-push": PutPush(),
    "put-new": PutNew(),
    "delete": Delete(),
    "create-key": CreateKey(),
    "reset": Reset(),
    "switch": Switch(),
    "sweep": Sweep(),
    "sweep-take-back": TakeBack(),
    "sweep-forward": SweepForward(),
}
