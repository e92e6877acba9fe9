"""A stand-in for Amazon Cognito's sign-in page, and for the console's site in AWS: its settings, and the authorizer."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from html import escape
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from tests.e2e.client import Client
from tools.local_api.gateway import Request, Response, refusal
from tools.local_api.http_server import HttpServer
from tools.local_api.site import BUILT, Site

CLIENT = "console-client"
SCOPE = "openid aws.cognito.signin.user.admin"
_COOKIE = "cognito"
_OPEN = ("access-control-allow-origin", "*")


def digits(key: str, at: float, number: int = 6) -> str:
    """What an authenticator app shows for the key (base32) at a time, by RFC 6238."""
    mac = hmac.digest(base64.b32decode(key), (int(at) // 30).to_bytes(8, "big"), "sha1")
    start = mac[-1] & 0xF
    value = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(value)[-number:].zfill(number)


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    return Response(status, json.dumps(body).encode(), [("content-type", "application/json"), _OPEN])


def _refused(kind: str, message: str) -> Response:
    return _json({"__type": kind, "message": message}, 400)


def _to(address: str, *headers: tuple[str, str], **query: str) -> Response:
    return Response(302, b"", [("location", f"{address}?{urlencode(query)}" if query else address), *headers])


def _page(text: str) -> Response:
    return Response(
        200, f"<!doctype html><title>Sign in</title>{text}".encode(), [("content-type", "text/html")]
    )


class SignInPage:
    """Who is at `url` signs in with a click on a name; `authority` describes it, at an origin of its own, as Cognito's.

    `console`: the one address that sign-ins are sent back to. `asked`: grants, and what else was asked, in order.
    `granted`: the scopes of who signs in. `guarded`: who has switched on the codes of an authenticator.
    """

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
        self._pages = HttpServer(0, self._answer)
        self._issuer = HttpServer(0, self._describe)
        self.url = self._pages.url
        self.issuer = self._issuer.url
        self.authority = f"{self.issuer}/pool"
        self.console = ""
        self.asked: list[str] = []
        self.granted = SCOPE
        self.guarded: set[str] = set()
        self._keys: dict[str, str] = {}
        self._verified: set[str] = set()
        self._codes: dict[str, dict[str, str]] = {}
        self._sessions: dict[str, str] = {}
        self._refreshing: dict[str, tuple[str, int]] = {}
        self._expired: set[str] = set()
        self._issued: set[str] = set()

    def __enter__(self) -> Self:
        self._pages.start()
        self._issuer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pages.stop()
        self._issuer.stop()

    def expire(self) -> None:
        """No token that was given out is taken any more; new ones are to be had."""
        self._expired |= self._issued

    def end_all(self) -> None:
        """Nobody is signed in any more, and nothing is renewed, as after AdminUserGlobalSignOut."""
        self.expire()
        self._sessions.clear()
        self._refreshing.clear()

    @property
    def renewable(self) -> int:
        """How many refresh tokens are good."""
        return len(self._refreshing)

    def account(self, token: str) -> str | None:
        """Whom an ID token names, as the API's authorizer and the claim `cognito:username` have it; None: refused."""
        claims = self._claims(token)
        return str(claims["cognito:username"]) if claims and claims.get("aud") == CLIENT else None

    def _claims(self, token: str) -> dict[str, Any] | None:
        try:
            claims = jwt.decode(token, self._key, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return None
        good = claims["iss"] == self.authority and claims["jti"] not in self._expired
        return claims if good and claims["exp"] > time.time() else None

    def _describe(self, request: Request) -> Response:
        if request.target == "/" and request.method != "GET":
            return self._public(request)
        if request.target != "/pool/.well-known/openid-configuration":
            return refusal(404, "Not Found")
        # Cognito's names no end_session_endpoint.
        return _json(
            {
                "issuer": self.authority,
                "authorization_endpoint": f"{self.url}/oauth2/authorize",
                "token_endpoint": f"{self.url}/oauth2/token",
                "revocation_endpoint": f"{self.url}/oauth2/revoke",
                "userinfo_endpoint": f"{self.url}/oauth2/userInfo",
                "jwks_uri": f"{self.authority}/.well-known/jwks.json",
                "response_types_supported": ["code", "token"],
                "scopes_supported": ["openid", "email", "phone", "profile"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "subject_types_supported": ["public"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            }
        )

    def _public(self, request: Request) -> Response:
        """The API that takes the users' own access tokens."""
        if request.method == "OPTIONS":
            allowed = ("access-control-allow-headers", "content-type,x-amz-target")
            return Response(200, b"", [_OPEN, allowed, ("access-control-allow-methods", "POST")])
        given = {name.lower(): value for name, value in request.headers}
        service, _, action = given["x-amz-target"].partition(".")
        assert (service, given["content-type"]) == (
            "AWSCognitoIdentityProviderService",
            "application/x-amz-json-1.1",
        )
        self.asked.append(action)
        body = json.loads(request.body)
        claims = self._claims(body.pop("AccessToken"))
        if claims is None or claims["token_use"] != "access":
            return _refused("NotAuthorizedException", "Access Token has expired")
        if "aws.cognito.signin.user.admin" not in claims["scope"].split():
            return _refused("NotAuthorizedException", "Access Token does not have required scopes")
        user = claims["username"]
        match action, body:
            case "GetUser", {}:
                known = {"UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]} if user in self.guarded else {}
                return _json({"Username": user, "UserAttributes": [], **known})
            case "AssociateSoftwareToken", {}:
                self._keys[user] = base64.b32encode(secrets.token_bytes(35)).decode()
                return _json({"SecretCode": self._keys[user]})
            case "VerifySoftwareToken", {"UserCode": code}:
                if code not in {digits(self._keys[user], time.time() + each) for each in (-30, 0, 30)}:
                    return _refused("EnableSoftwareTokenMFAException", "Code mismatch")
                # A code is good once.
                del self._keys[user]
                self._verified.add(user)
                return _json({"Status": "SUCCESS"})
            case "SetUserMFAPreference", {"SoftwareTokenMfaSettings": wanted}:
                on = wanted["Enabled"]
                assert wanted == {"Enabled": on, "PreferredMfa": on}
                if on and user not in self._verified:
                    return _refused("InvalidParameterException", "User has not set up software token mfa")
                (self.guarded.add if on else self.guarded.discard)(user)
                return _json({})
        return _refused("InvalidParameterException", action)

    def _answer(self, request: Request) -> Response:
        address = urlsplit(request.target)
        query = {name: value[0] for name, value in parse_qs(address.query).items()}
        form = {name: value[0] for name, value in parse_qs(request.body.decode()).items()}
        match request.method, address.path:
            case "GET", "/oauth2/authorize":
                return self._authorize(request, query)
            case "GET", "/login":
                return self._log_in(query)
            case "POST", "/oauth2/token":
                return self._token(form)
            case "POST", "/oauth2/revoke":
                self.asked.append("revoke")
                known = form.get("client_id") == CLIENT and self._refreshing.pop(form.get("token", ""), None)
                return Response(200, b"", [_OPEN]) if known else _json({"error": "invalid_request"}, 400)
            case "GET", "/logout":
                self.asked.append("logout")
                if query != {"client_id": CLIENT, "logout_uri": f"{self.console}/"}:
                    return _page("Required parameters missing")
                self._sessions.pop(self._cookie(request), None)
                return _to(query["logout_uri"])
        return refusal(404, "Not Found")

    @staticmethod
    def _cookie(request: Request) -> str:
        sent = next((value for name, value in request.headers if name.lower() == "cookie"), "")
        return next(
            (each.partition("=")[2] for each in sent.split("; ") if each.startswith(f"{_COOKIE}=")), ""
        )

    def _authorize(self, request: Request, query: dict[str, str]) -> Response:
        asked = (query["client_id"], query["redirect_uri"], query["response_type"], query["scope"])
        if (
            asked != (CLIENT, f"{self.console}/signed-in", "code", SCOPE)
            or query["code_challenge_method"] != "S256"
        ):
            return _page("An error was encountered with the requested page.")
        user = self._sessions.get(self._cookie(request))
        if user is not None:
            return self._send_back(user, query)
        links = (
            f'<p><a href="/login?{escape(urlencode({**query, "as": each}))}">{each}</a></p>'
            for each in ("admin", "ana", "stranger", "nobody")
        )
        return _page("".join(links))

    def _log_in(self, query: dict[str, str]) -> Response:
        user = query["as"]
        if user == "nobody":
            return _to(query["redirect_uri"], error="access_denied", state=query["state"])
        session = secrets.token_hex(8)
        self._sessions[session] = user
        return self._send_back(user, query, ("set-cookie", f"{_COOKIE}={session}; Path=/; HttpOnly"))

    def _send_back(self, user: str, query: dict[str, str], *headers: tuple[str, str]) -> Response:
        code = secrets.token_hex(8)
        self._codes[code] = {"user": user, "challenge": query["code_challenge"]}
        return _to(query["redirect_uri"], *headers, code=code, state=query["state"])

    def _token(self, form: dict[str, str]) -> Response:
        self.asked.append(form["grant_type"])
        if form.get("client_id") != CLIENT:
            return _json({"error": "invalid_client"}, 400)
        if form["grant_type"] == "refresh_token":
            found = self._refreshing.get(form["refresh_token"])
            # The same one goes on: none comes with the answer.
            return _json({"error": "invalid_grant"}, 400) if found is None else _json(self._tokens(*found))
        begun = self._codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        is_same = begun and begun["challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if begun is None or not is_same or form["redirect_uri"] != f"{self.console}/signed-in":
            return _json({"error": "invalid_grant"}, 400)
        refresh = secrets.token_hex(16)
        # When somebody has signed in stays so in renewed tokens.
        self._refreshing[refresh] = begun["user"], int(time.time()) - 60
        return _json({**self._tokens(*self._refreshing[refresh]), "refresh_token": refresh})

    def _tokens(self, user: str, auth_time: int) -> dict[str, Any]:
        now = int(time.time())
        common = {
            "sub": f"sub-of-{user}",
            "iss": self.authority,
            "auth_time": auth_time,
            "iat": now,
            "exp": now + 3600,
        }

        def signed(claims: dict[str, Any]) -> str:
            identifier = secrets.token_hex(8)
            self._issued.add(identifier)
            return jwt.encode(
                {"alg": "RS256", "kid": "first"}, {**common, **claims, "jti": identifier}, self._key
            )

        return {
            "id_token": signed({"token_use": "id", "aud": CLIENT, "cognito:username": user}),
            "access_token": signed(
                {"token_use": "access", "client_id": CLIENT, "username": user, "scope": self.granted}
            ),
            "expires_in": 3600,
            "token_type": "Bearer",
        }


class ConsoleSite:
    """The console as CloudFront serves it: its files, its settings, and `/v1` of the API behind an authorizer."""

    def __init__(self, api: str, page: SignInPage) -> None:
        self._http = HttpServer(0, self._answer)
        self._client = Client(api)
        self._page = page
        self._files = Site(BUILT, [page.url, page.issuer])
        self.url = self._http.url
        page.console = self.url
        self.refused = 0
        self._config = {
            "sign_in": "cognito",
            "authority": page.authority,
            "client_id": CLIENT,
            "sign_in_domain": page.url,
            "service_worker": True,
        }

    def __enter__(self) -> Self:
        self._http.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.stop()
        self._client.close()

    def _answer(self, request: Request) -> Response:
        if request.target == "/config.json":
            return _json(self._config)
        if (file := self._files.answer(request)) is not None:
            return file
        given = {name.lower(): value for name, value in request.headers}
        account = self._page.account(given.get("authorization", "").removeprefix("Bearer "))
        if account is None:
            self.refused += 1
            return refusal(401, "Unauthorized")
        kept = {
            name: given[name]
            for name in given
            if name not in ("authorization", "host", "origin", "connection")
        }
        kept.pop("content-length", None)
        answer = self._client.call(
            request.method, request.target, body=request.body or None, headers=kept, as_user=account
        )
        own = ("content-length", "transfer-encoding", "connection", "date")
        return Response(
            answer.status, answer.body, [each for each in answer.headers.items() if each[0] not in own]
        )
