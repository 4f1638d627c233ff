"""The ways a request can be wrong, in the words of google.rpc (AIP-193).

Pure: the domain raises them, `servicekit.status` turns them into gRPC statuses.
"""

from collections.abc import Mapping

_TOLD = 20


class DomainError(Exception):
    """A rule was broken; `reason` is an UPPER_SNAKE_CASE constant a client may switch on."""

    reason = "UNKNOWN"

    def __init__(self, message: str, reason: str | None = None, metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.reason
        self.metadata = dict(metadata or {})


class InvalidArgument(DomainError):
    """A field breaks a rule whatever the state of the system; names the field (dotted path) and the rule."""

    reason = "INVALID_ARGUMENT"

    def __init__(self, field: str, rule: str, reason: str | None = None) -> None:
        super().__init__(f"{field}: {rule}", reason)
        self.violations: list[tuple[str, str]] = [(field, rule)]

    @classmethod
    def of(cls, violations: list[tuple[str, str]], reason: str | None = None) -> "InvalidArgument":
        """One error for several broken fields, as (field, rule) pairs; at least one."""
        error = cls(*violations[0], reason=reason)
        error.violations = violations
        told = [f"{field}: {rule}" for field, rule in violations[:_TOLD]]
        more = [f"and {len(violations) - _TOLD} more"] if len(violations) > _TOLD else []
        error.message = "; ".join(told + more)
        return error


class NotFound(DomainError):
    """No such resource; `name` is its resource name."""

    reason = "NOT_FOUND"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not exist", metadata={"resource": name})
        self.name = name


class AlreadyExists(DomainError):
    """A resource with this name, or this unique value, is there already."""

    reason = "ALREADY_EXISTS"

    def __init__(self, name: str, message: str | None = None) -> None:
        super().__init__(message or f"{name} exists already", metadata={"resource": name})
        self.name = name


class FailedPrecondition(DomainError):
    """The resource is in a state that does not allow this; waiting does not help, another call may."""

    reason = "FAILED_PRECONDITION"

    def __init__(self, reason: str, subject: str, description: str) -> None:
        super().__init__(f"{subject}: {description}", reason, {"resource": subject})
        self.subject = subject
        self.description = description


class Aborted(DomainError):
    """Somebody else changed the resource meanwhile (stale etag); read it again and retry."""

    reason = "STALE_ETAG"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} was changed meanwhile: read it again and retry", metadata={"resource": name})
        self.name = name


class PermissionDenied(DomainError):
    """The caller is known and may not do this."""

    reason = "PERMISSION_DENIED"


class Unauthenticated(DomainError):
    """The caller is not known, or could not prove it."""

    reason = "UNAUTHENTICATED"


class ResourceExhausted(DomainError):
    """A limit was reached; nothing was changed, try again after `retry_after_s` seconds."""

    reason = "RESOURCE_EXHAUSTED"

    def __init__(self, message: str, reason: str | None = None, retry_after_s: float = 1.0) -> None:
        super().__init__(message, reason)
        self.retry_after_s = retry_after_s


class Unavailable(DomainError):
    """Something this service depends on is away; nothing was changed, try again after `retry_after_s` seconds."""

    reason = "UNAVAILABLE"

    def __init__(self, message: str, reason: str | None = None, retry_after_s: float = 1.0) -> None:
        super().__init__(message, reason)
        self.retry_after_s = retry_after_s
