"""The environment of a function, read once."""

import os
from dataclasses import dataclass
from functools import cache

COGNITO_NAME = "cognito:username"
"""The claim that names a user of the user pool."""


@dataclass(frozen=True, slots=True)
class Settings:
    table_name: str
    hash_key: str
    company_timezone: str
    account_claim: str
    admin_account: str
    notification_queue: str = ""
    job_queue: str = ""
    email_sender: str = ""
    allowed_origins: tuple[str, ...] = ()
    import_bucket: str = ""
    user_pool: str = ""


class MissingSetting(Exception):
    """A variable that the function cannot do without is not set."""


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise MissingSetting(f"the environment variable {name} must be set")
    return value


@cache
def settings() -> Settings:
    return Settings(
        _required("TABLE_NAME"),
        _required("HASH_KEY"),
        os.environ.get("COMPANY_TIMEZONE") or "UTC",
        os.environ.get("ACCOUNT_CLAIM") or COGNITO_NAME,
        os.environ.get("ADMIN_ACCOUNT") or "admin",
        os.environ.get("NOTIFICATION_QUEUE_URL") or "",
        os.environ.get("JOB_QUEUE_URL") or "",
        os.environ.get("EMAIL_SENDER") or "",
        tuple(each.strip() for each in os.environ.get("ALLOWED_ORIGINS", "").split(",") if each.strip()),
        os.environ.get("IMPORT_BUCKET") or "",
        os.environ.get("USER_POOL_ID") or "",
    )
