"""Who is calling: proven by a token or a certificate, or taken at their word where that was asked for (P4)."""

from collections.abc import Callable, Mapping
from typing import cast

import grpc
import structlog

from servicekit.access import hidden_from, rule_of
from servicekit.calls import Call
from servicekit.claims import Claims
from servicekit.errors import Unauthenticated
from servicekit.identity import ANONYMOUS, Identity
from servicekit.jwks import KeySet
from servicekit.rates import Rates
from servicekit.settings import ServiceSettings
from servicekit.tokens import Tokens

_log = structlog.get_logger()

Metadata = Mapping[str, str]
Admit = Callable[[grpc.ServicerContext, Metadata], Call]
"""The call that is let through; Unauthenticated, PermissionDenied, or ResourceExhausted."""

_NO_WAY = (
    "this server knows no way to tell who is calling: set HEARTHLINE_JWKS for tokens, HEARTHLINE_TLS_CLIENT_CA for "
    "certificates, or for development HEARTHLINE_TRUST_CALLERS=true"
)


class Gate:
    """Decides for each method who is let through; without settings nobody is."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._is_trusting = settings.trust_callers
        self._tokens = _tokens(settings)
        self._rates = Rates(settings.calls_per_second, settings.calls_at_once) if settings.calls_per_second else None
        self._certificate_names = settings.certificate_names if settings.tls_client_ca else None
        self.wants_deadlines = settings.require_deadline
        """Whether a call must say how long its caller waits."""
        if self._is_trusting:
            _log.warning("callers are taken at their word", setting="HEARTHLINE_TRUST_CALLERS")

    def bind(self, method: str) -> Admit:
        """What decides for this method; looks its row up once."""
        rule = None if self._is_trusting else rule_of(method)

        def admit(context: grpc.ServicerContext, metadata: Metadata) -> Call:
            identity = self._proven(context, metadata) if rule else claimed(metadata)
            if self._rates is not None:
                self._rates.take(identity.subject)
            if rule is None:
                return Call(method, identity)
            return Call(method, identity, rule.admit(identity), hidden_from(identity.roles))

        return admit

    def _proven(self, context: grpc.ServicerContext, metadata: Metadata) -> Identity:
        if header := metadata.get("authorization"):
            return self._bearer(header)
        if self._certificate_names:
            return _account(context, self._certificate_names)
        if self._tokens is None:
            raise Unauthenticated(_NO_WAY, reason="NO_AUTHENTICATION")
        raise Unauthenticated("the call has no token: authorization: Bearer …", reason="TOKEN_MISSING")

    def _bearer(self, header: str) -> Identity:
        scheme, _, token = header.partition(" ")
        if self._tokens is None:
            raise Unauthenticated("this server takes no tokens: HEARTHLINE_JWKS is not set", reason="NO_AUTHENTICATION")
        if scheme.lower() != "bearer":
            raise Unauthenticated("authorization: only Bearer tokens are taken", reason="TOKEN_INVALID")
        return self._tokens.identity(token.strip())


def claimed(metadata: Metadata) -> Identity:
    """The caller as the metadata names it, without proof."""
    subject = metadata.get("x-hearthline-actor", "")
    if not subject:
        return ANONYMOUS
    roles = frozenset(filter(None, metadata.get("x-hearthline-roles", "").split(",")))
    return Identity(subject[:200], roles)


def _tokens(settings: ServiceSettings) -> Tokens | None:
    if not settings.jwks:
        return None
    try:
        keys = KeySet(settings.jwks)
    except (OSError, ValueError) as error:
        raise ValueError(f"HEARTHLINE_JWKS: {settings.jwks}: {error}") from error
    places = Claims(settings.token_subject, settings.role_paths(), settings.token_scope_prefix)
    return Tokens(keys, settings.token_issuer, settings.token_audience, places)


def _account(context: grpc.ServicerContext, names: str) -> Identity:
    """The service account that the caller's certificate names; TLS has checked that it is of our authority."""
    # The type stub has the values as one; grpc gives a tuple of them.
    shown = cast(Mapping[str, tuple[bytes, ...]], context.auth_context()).get("x509_common_name", ())
    before, _, after = names.partition("{account}")
    name = shown[0].decode(errors="replace") if shown else ""
    account = name.removeprefix(before).removesuffix(after)
    if f"{before}{account}{after}" != name or not account:
        raise Unauthenticated("neither a token nor a certificate of one of our own", reason="CERTIFICATE_UNKNOWN")
    # An account's name is its only role: what it may do stands under that name in the table.
    return Identity(f"system/{account}", frozenset({f"system/{account}"}))
