"""Sign-ins in an Amazon Cognito user pool, in which a user's name is the account's id."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from routing.services.people.sign_ins import NotDone

REFUSED = {
    "AliasExistsException": ("email_taken", "Another sign-in has this e-mail address."),
    "CodeDeliveryFailureException": ("not_delivered", "The e-mail could not be sent."),
    "InvalidParameterException": ("refused", "The user pool does not take this sign-in as it is."),
    "NotAuthorizedException": ("refused", "The user pool does not allow this for the sign-in as it stands."),
    "UnsupportedUserStateException": (
        "refused",
        "The user pool does not allow this for the sign-in as it stands.",
    ),
}
"""What the pool refuses, and why. What comes otherwise is an outage, or a fault of ours."""
UNUSED = "FORCE_CHANGE_PASSWORD"
"""The state of a sign-in whose first password nobody has used."""


class CognitoSignIns:
    """client: of `cognito-idp`. pool: the user pool's id."""

    def __init__(self, client: Any, pool: str) -> None:
        self._client = client
        self._pool = pool

    def invite(self, account: str, email: str) -> str:
        """Make a sign-in with the address as verified: who reads the mail can sign in, and nobody else.

        One that had another address may be left from who had the account's id before: its password goes.
        """
        found = self._found(account)
        if found is None:
            with suppress(
                self._client.exceptions.UsernameExistsException
            ):  # somebody else has just invited them
                self._called(self._client.admin_create_user, account, **_invited(email))
            return "invited"
        before = _email(found)
        if before != email:
            self._called(
                self._client.admin_update_user_attributes, account, UserAttributes=_attributes(email)
            )
        if not found["Enabled"]:
            self._called(self._client.admin_enable_user, account)
        if found["UserStatus"] != UNUSED:
            if before is not None and before.casefold() != email.casefold():
                self._forget(account)
                return "reset"
            return "there" if found["Enabled"] else "enabled"
        self._called(self._client.admin_create_user, account, **_invited(email), MessageAction="RESEND")
        return "invited_again"

    def disable(self, account: str) -> bool:
        """The sessions end after the sign-in is off, so that none begins in between."""
        if self._found(account) is None:
            return False
        self._called(self._client.admin_disable_user, account)
        self._called(self._client.admin_user_global_sign_out, account)
        return True

    def reset(self, account: str) -> bool:
        """Who never used the first password gets another one: the pool resets no other."""
        found = self._found(account)
        if found is None:
            return False
        if found["UserStatus"] == UNUSED:
            self._called(
                self._client.admin_create_user,
                account,
                MessageAction="RESEND",
                DesiredDeliveryMediums=["EMAIL"],
            )
            return True
        self._forget(account)
        return True

    def _forget(self, account: str) -> None:
        """Whoever had it, or has found it, signs in by the mail that goes out now, or not at all."""
        off = {"Enabled": False, "PreferredMfa": False}
        self._called(self._client.admin_set_user_mfa_preference, account, SoftwareTokenMfaSettings=off)
        self._called(self._client.admin_reset_user_password, account)
        self._called(self._client.admin_user_global_sign_out, account)

    def _found(self, account: str) -> Any:
        try:
            return self._client.admin_get_user(UserPoolId=self._pool, Username=account)
        except self._client.exceptions.UserNotFoundException:
            return None

    def _called(self, call: Callable[..., Any], account: str, **more: Any) -> None:
        try:
            call(UserPoolId=self._pool, Username=account, **more)
        except ClientError as refused:
            code = str(refused.response["Error"]["Code"])
            if code in REFUSED:
                raise NotDone(*REFUSED[code]) from None
            raise


def _attributes(email: str) -> list[dict[str, str]]:
    return [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]


def _invited(email: str) -> dict[str, Any]:
    return {"UserAttributes": _attributes(email), "DesiredDeliveryMediums": ["EMAIL"]}


def _email(found: Any) -> str | None:
    return next((each["Value"] for each in found["UserAttributes"] if each["Name"] == "email"), None)
