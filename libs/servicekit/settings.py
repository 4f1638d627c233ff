"""Settings that every service has, from HEARTHLINE_* and the standard PG*/OTEL_* environment variables."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from servicekit.calendar import OfficialTable, official_table


class ServiceSettings(BaseSettings):
    """Read once at start and frozen; a wrong value stops the start with its name and rule."""

    model_config = SettingsConfigDict(env_prefix="HEARTHLINE_", frozen=True, extra="ignore")

    # Not shown with the settings, for a URL may have a password.
    database_url: str = Field(
        default="postgresql://", repr=False, description="libpq URL; empty parts come from PG* variables"
    )
    eventlog_url: str = Field(
        default="", repr=False, description="kafka://host:port,… or the postgresql:// URL of an embedded log"
    )
    listen: str = Field(default="127.0.0.1:0", description="host:port of the gRPC server; port 0 picks a free one")
    health_listen: str = Field(default="", description="host:port without TLS, for health checks alone")
    clock: str = Field(default="system", description="'system', or 'file:PATH' for simulated time")
    time_zone: str = Field(default="Asia/Shanghai", description="IANA zone of calendars and of texts people read")
    holidays: Path | None = Field(
        default=None,
        description="file with the official holidays of years that the library lacks: docs/operations/holidays.md",
    )
    environment: str = "development"
    trust_callers: bool = Field(default=False, description="take callers at their word; for development alone")
    token_issuer: str = Field(default="", description="`iss` of the tokens that are taken")
    token_audience: str = Field(default="hearthline", min_length=1, description="`aud` that a token must have")
    token_subject: str = Field(default="sub", min_length=1, description="path of the claim that says who is calling")
    token_roles: str = Field(
        default="roles",
        pattern=r"[^,\s]",
        description="paths of the claims with roles, by comma: realm_access.roles, scope",
    )
    token_scope_prefix: str = Field(
        default="", description="stands before cells, units, customers, crews, banks in names of claims"
    )
    jwks: str = Field(default="", description="path or https:// address of the issuer's public keys (RFC 7517)")
    certificate_names: str = Field(
        default="{account}", pattern=r"^[^{}]*\{account\}[^{}]*$", description="common name of an account's certificate"
    )
    keyring: Path | None = Field(
        default=None,
        description="file with the keys of personal data; needed where HEARTHLINE_ENVIRONMENT is production",
    )
    calls_per_second: float = Field(default=0.0, ge=0, description="of one caller, by each process; 0: no limit")
    calls_at_once: int = Field(default=100, ge=1, description="of one caller, beyond its calls_per_second")
    connections: int = Field(default=1000, ge=1, description="to a server process at once; more are hung up on")
    calls_per_connection: int = Field(default=100, ge=1, description="at once; what is more waits at the caller")
    calls_waiting: int = Field(default=1000, ge=1, description="for a thread of a process; more are refused")
    handshake_seconds: float = Field(default=10.0, gt=0, description="until a connection has shown what it is")
    request_seconds: float = Field(default=10.0, gt=0, description="until a call has sent its request")
    connection_seconds: float = Field(default=300.0, gt=0, description="until a connection is ended, used or not")
    require_deadline: bool = Field(default=False, description="refuse calls that would wait for ever")
    version: str = "0.1.0"
    log_level: str = "info"
    log_json: bool = False
    otlp_endpoint: str = Field(default="", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    metrics_exporter: Literal["otlp", "none"] = Field(
        default="otlp", validation_alias="OTEL_METRICS_EXPORTER", description="none: only traces go to the collector"
    )
    metrics_listen: str = Field(
        default="", pattern=r"^(\S+:\d+)?$", description="host:port that Prometheus scrapes; port 0 picks a free one"
    )
    metrics_watch_seconds: float = Field(
        default=10.0, gt=0, description="how often `work` looks at the outbox, timers, lag and stock for its gauges"
    )
    threads: int = Field(default=16, ge=1, le=256, description="calls served at once by a process")
    processes: int = Field(default=1, ge=1, le=64, description="of `serve`, one a core, on one port that they share")
    pin_to_core: int | None = Field(default=None, description="CPU that a server process is kept on")
    tls_certificate: Path | None = None
    tls_key: Path | None = Field(default=None, validate_default=True)
    tls_client_ca: Path | None = Field(default=None, description="when set, clients must show a certificate (mTLS)")
    drain_seconds: float = Field(default=10.0, ge=0)
    topic_partitions: int = Field(default=0, ge=0, description="0: as proto/topics.yaml says")
    loop_pace_seconds: float = Field(
        default=0.0, ge=0, description="least real time between two rounds of a loop: later, but in larger batches"
    )
    audit_publish_seconds: float = Field(
        default=300.0,
        gt=0,
        description="how often the audit's seal is published; at once after 10,000 rows",
    )
    export_retention: timedelta = Field(
        default=timedelta(days=7), gt=timedelta(0), description="how long an export of personal data can be fetched"
    )
    access_retention: timedelta = Field(
        default=timedelta(days=1095), gt=timedelta(0), description="how long it is kept who read what of people"
    )
    retry_attempts: int = Field(default=4, ge=1, description="tries of one event before its dead letter")

    @field_validator("trust_callers")
    @classmethod
    def _not_in_production(cls, is_trusting: bool, info: ValidationInfo) -> bool:
        if is_trusting and info.data.get("environment") == "production":
            raise ValueError("callers must prove who they are where HEARTHLINE_ENVIRONMENT is production")
        return is_trusting

    @field_validator("processes")
    @classmethod
    def _share_a_port(cls, processes: int, info: ValidationInfo) -> int:
        if processes > 1 and info.data.get("listen", "").endswith(":0"):
            raise ValueError("share one port, so HEARTHLINE_LISTEN must name it")
        return processes

    @field_validator("jwks")
    @classmethod
    def _goes_with_issuer(cls, jwks: str, info: ValidationInfo) -> str:
        if jwks and info.data.get("trust_callers"):
            raise ValueError("proves callers that HEARTHLINE_TRUST_CALLERS takes at their word: set one of them")
        if jwks and not info.data.get("token_issuer"):
            raise ValueError("needs HEARTHLINE_TOKEN_ISSUER, whose tokens are taken")
        if jwks.startswith("http://") and info.data.get("environment") == "production":
            raise ValueError("keys that come over http:// could be anybody's: https:// is wanted")
        return jwks

    @field_validator("holidays")
    @classmethod
    def _can_be_read(cls, holidays: Path | None) -> Path | None:
        # A wrong table must not be found out by the first deadline.
        if holidays is not None:
            _table(holidays)
        return holidays

    def official_holidays(self) -> OfficialTable:
        """What the file of official holidays says; the empty table without one."""
        return _table(self.holidays) if self.holidays else OfficialTable()

    def role_paths(self) -> tuple[str, ...]:
        """Where in a token roles are."""
        return tuple(path.strip() for path in self.token_roles.split(",") if path.strip())

    @property
    def pushes_metrics(self) -> bool:
        """Whether metrics go to the collector."""
        return bool(self.otlp_endpoint) and self.metrics_exporter == "otlp"

    @field_validator("tls_key")
    @classmethod
    def _goes_with_certificate(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        # A server that was told half of it must not serve without any.
        if (key is None) != (info.data.get("tls_certificate") is None):
            raise ValueError("HEARTHLINE_TLS_CERTIFICATE and HEARTHLINE_TLS_KEY are set both or neither")
        return key

    @field_validator("tls_client_ca")
    @classmethod
    def _needs_certificate(cls, authority: Path | None, info: ValidationInfo) -> Path | None:
        if authority is not None and info.data.get("tls_certificate") is None:
            raise ValueError("asks clients for certificates, so HEARTHLINE_TLS_CERTIFICATE must be set")
        return authority


def _table(path: Path) -> OfficialTable:
    try:
        return official_table(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
