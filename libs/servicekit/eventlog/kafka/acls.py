"""Rights as Kafka's access control lists."""

import time
from collections.abc import Iterable
from typing import Any

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import KafkaTimeoutError, NoError, SecurityDisabledError

from servicekit.eventlog.access import Access, Right

_VERBS = {"read": ACLOperation.READ, "write": ACLOperation.WRITE}
_PLACES = {
    "topic": (ResourceType.TOPIC, ACLResourcePatternType.LITERAL),
    "group": (ResourceType.GROUP, ACLResourcePatternType.PREFIXED),
}
_USER = "User:"
_SETTLING_S = 15.0


def allow(client: Any, access: Access) -> None:
    """Gives our users what is missing, then takes from them what is too much; other users are left alone.

    ValueError when the brokers know no users. What fails is raised as the broker's error.
    """
    wanted = {_acl(right) for right in access.rights}
    found = _ours(client, access)
    if missing := wanted - found:
        for kind in client.create_acls(list(missing))["failed"]:
            raise kind("creating access control lists")
    if extra := found - wanted:
        for _, _, kind in client.delete_acls([_filter(acl) for acl in extra]):
            if kind is not NoError:
                raise kind("deleting access control lists")
    # The controller has answered; the broker that enforces them learns of it a little later.
    end = time.monotonic() + _SETTLING_S
    while _ours(client, access) != wanted:
        if time.monotonic() > end:
            raise KafkaTimeoutError("access control lists are not in force yet")
        time.sleep(0.1)


def _ours(client: Any, access: Access) -> set[Any]:
    return {acl for acl in _existing(client) if access.is_about(acl.principal.removeprefix(_USER))}


def _existing(client: Any) -> Iterable[Any]:
    """What anybody is allowed today; what somebody is denied is somebody's purpose and stays."""
    everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    asked = ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ALLOW, everything)
    try:
        found, _ = client.describe_acls(asked)
    except SecurityDisabledError as error:
        raise ValueError(
            "the brokers have no authorizer (authorizer.class.name): nobody can be given rights"
        ) from error
    return list(found)


def _acl(right: Right) -> Any:
    kind, pattern = _PLACES[right.kind]
    place = ResourcePattern(kind, right.name, pattern)
    return ACL(f"{_USER}{right.user}", "*", _VERBS[right.verb], ACLPermissionType.ALLOW, place)


def _filter(acl: Any) -> Any:
    """What matches this entry and no other."""
    place = acl.resource_pattern
    exactly = ResourcePatternFilter(place.resource_type, place.resource_name, place.pattern_type)
    return ACLFilter(acl.principal, acl.host, acl.operation, acl.permission_type, exactly)
