"""People's sign-ins: in a user pool, and where there is none."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from routing.runtime import wiring
from routing.runtime.settings import settings
from routing.runtime.sign_ins import CognitoSignIns
from routing.services.people.sign_ins import Nowhere
from tests.functional.backend import Backend
from tools.local_api.container import NO_SIGN_INS

KEY = {"idempotency-key": "once"}


class Pool:
    """A user pool, and what it was asked."""

    def __init__(self) -> None:
        self.client = boto3.client("cognito-idp")
        made = self.client.create_user_pool(PoolName="people", AliasAttributes=["email"])
        self.id = made["UserPool"]["Id"]
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.client.meta.events.register("before-parameter-build.cognito-idp", self._note)

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.asked.append((model.name, dict(params)))

    def of(self, name: str) -> Any:
        return self.client.admin_get_user(UserPoolId=self.id, Username=name)

    def invitations(self) -> list[str | None]:
        return [params.get("MessageAction") for name, params in self.asked if name == "AdminCreateUser"]

    def confirm(self, name: str) -> None:
        password = "Correct-horse-9"
        self.client.admin_set_user_password(
            UserPoolId=self.id, Username=name, Password=password, Permanent=True
        )


@pytest.fixture
def pool(company: Backend, monkeypatch: pytest.MonkeyPatch) -> Pool:
    found = Pool()
    monkeypatch.setattr(wiring, "sign_ins", lambda: CognitoSignIns(found.client, found.id))
    company.user("ana", "denver", email="ana@example.com")
    company.settle()
    return found


def asked(company: Backend, what: str, account: str = "ana", **call: Any) -> Any:
    answer = company.post(f"/v1/accounts/{account}/{what}", **call)
    assert answer.status == 200, answer.json
    return answer["result"], answer["done"]


def test_who_is_invited_signs_in_under_the_accounts_id_with_its_address(company: Backend, pool: Pool) -> None:
    assert asked(company, "invite", headers=KEY) == ("invited", True)
    attributes = {each["Name"]: each["Value"] for each in pool.of("ana")["UserAttributes"]}
    assert (attributes["email"], attributes["email_verified"]) == ("ana@example.com", "true")
    assert asked(company, "invite", headers=KEY) == ("invited", True)
    assert pool.invitations() == [None], "the same request sends one e-mail"
    company.user("ana", "denver", email="ana.ortiz@example.com")
    assert asked(company, "invite") == ("invited_again", True)
    assert pool.invitations() == [None, "RESEND"]
    attributes = {each["Name"]: each["Value"] for each in pool.of("ana")["UserAttributes"]}
    assert attributes["email"] == "ana.ortiz@example.com"
    pool.confirm("ana")
    written = [{"Name": "email", "Value": "Ana.Ortiz@Example.com"}]
    pool.client.admin_update_user_attributes(UserPoolId=pool.id, Username="ana", UserAttributes=written)
    assert asked(company, "invite") == ("there", False)
    assert pool.invitations() == [None, "RESEND"]


def test_a_sign_in_is_switched_off_with_its_sessions_and_on_again(company: Backend, pool: Pool) -> None:
    assert asked(company, "disable-sign-in") == ("none", False)
    asked(company, "invite")
    pool.confirm("ana")
    pool.asked.clear()
    assert asked(company, "disable-sign-in") == ("disabled", True)
    assert [name for name, _ in pool.asked] == ["AdminGetUser", "AdminDisableUser", "AdminUserGlobalSignOut"]
    assert pool.of("ana")["Enabled"] is False
    assert asked(company, "invite") == ("enabled", True)
    assert pool.of("ana")["Enabled"] is True


def test_a_reset_forgets_the_authenticator_and_asks_for_a_new_password(company: Backend, pool: Pool) -> None:
    assert asked(company, "reset-sign-in") == ("none", False)
    asked(company, "invite")
    pool.confirm("ana")
    pool.asked.clear()
    assert asked(company, "reset-sign-in") == ("reset", True)
    assert [name for name, _ in pool.asked] == [
        "AdminGetUser",
        "AdminSetUserMFAPreference",
        "AdminResetUserPassword",
        "AdminUserGlobalSignOut",
    ]
    assert pool.of("ana")["UserStatus"] == "RESET_REQUIRED"
    company.user("ben", "denver", email="ben@example.com")
    asked(company, "invite", "ben")
    assert asked(company, "reset-sign-in", "ben") == ("reset", True)
    assert pool.invitations() == [None, "RESEND"], "who never signed in gets another first password"


def test_who_has_an_id_that_was_somebody_elses_signs_in_by_their_own_mail_alone(
    company: Backend, pool: Pool
) -> None:
    asked(company, "invite")
    pool.confirm("ana")
    asked(company, "disable-sign-in")
    company.user("ana", "denver", email="ana.new@example.com")
    pool.asked.clear()
    assert asked(company, "invite") == ("reset", True)
    done = [name for name, _ in pool.asked]
    assert done[1:3] == ["AdminUpdateUserAttributes", "AdminEnableUser"], "refused, nothing is let in again"
    assert done[-1] == "AdminUserGlobalSignOut"
    assert pool.of("ana")["UserStatus"] == "RESET_REQUIRED"


def test_an_account_under_the_id_of_a_deleted_one_is_not_signed_in_to_by_who_had_that(
    company: Backend, pool: Pool
) -> None:
    asked(company, "invite")
    pool.confirm("ana")
    company.user("ana", "denver", email="ana@example.org")
    assert pool.of("ana")["Enabled"] is True, "a change ends nothing"
    assert company.call("DELETE", "/v1/accounts/ana").status == 204
    company.user("ana", "denver", email="ana.new@example.com")
    assert pool.of("ana")["Enabled"] is False
    assert asked(company, "invite") == ("reset", True)
    assert pool.of("ana")["Enabled"] is True


def test_two_who_invite_somebody_at_once_are_told_the_same(
    company: Backend, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = pool.client.admin_create_user

    def both(**call: Any) -> Any:
        create(**call)
        return create(**call)

    monkeypatch.setattr(pool.client, "admin_create_user", both)
    assert asked(company, "invite") == ("invited", True)


def test_what_cannot_be_is_refused_by_name(company: Backend, pool: Pool) -> None:
    company.refused(409, "no_email", "POST", "/v1/accounts/ben/invite")
    company.save("accounts", "dee", kind="user", name="dee", parent="dallas", role="rep", enabled=False)
    company.refused(409, "disabled", "POST", "/v1/accounts/dee/invite")
    company.refused(409, "own_sign_in", "POST", "/v1/accounts/admin/disable-sign-in")
    for what in ("invite", "disable-sign-in", "reset-sign-in"):
        company.refused(404, "not_found", "POST", f"/v1/accounts/x/{what}")
        company.invalid("POST", f"/v1/accounts/denver/{what}", None, ("id", "wrong_kind"))
        company.refused(403, "forbidden", "POST", f"/v1/accounts/ana/{what}", user="mia")
    assert pool.asked == []


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("AliasExistsException", 409, "email_taken"),
        ("CodeDeliveryFailureException", 409, "not_delivered"),
        ("InvalidParameterException", 409, "refused"),
        ("TooManyRequestsException", 503, "try_again"),
        ("InternalErrorException", 503, "try_again"),
    ],
)
def test_what_the_pool_refuses_is_told_and_may_be_asked_again(
    company: Backend, pool: Pool, monkeypatch: pytest.MonkeyPatch, code: str, status: int, said: str
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "AdminCreateUser")

    with monkeypatch.context() as patched:
        patched.setattr(pool.client, "admin_create_user", refuse)
        company.refused(status, said, "POST", "/v1/accounts/ana/invite", headers=KEY)
    assert asked(company, "invite", headers=KEY) == ("invited", True)


def test_where_there_is_no_user_pool_nothing_is_done_and_said_why(
    company: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.user("ana", "denver", email="ana@example.com")
    for what in ("invite", "disable-sign-in", "reset-sign-in"):
        answer = company.post(f"/v1/accounts/ana/{what}")
        assert (answer.status, answer["done"], answer["detail"]) == (200, False, NO_SIGN_INS.why)


def test_sign_ins_that_others_give_out_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"USER_POOL_ID": "p", "ACCOUNT_CLAIM": "custom:account", "TABLE_NAME": "t", "HASH_KEY": "k"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    wiring.sign_ins.cache_clear()
    try:
        assert isinstance(wiring.sign_ins(), Nowhere)
    finally:
        settings.cache_clear()
        wiring.sign_ins.cache_clear()
