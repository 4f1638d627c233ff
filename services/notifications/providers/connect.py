"""Which provider serves which channel, by the settings (N1)."""

from collections.abc import Callable, Mapping

from notifications.domain.channel import Channel
from notifications.providers.port import Provider
from notifications.providers.sandbox import Sandbox
from notifications.providers.smtp import Smtp
from notifications.settings import Settings
from servicekit.kit import Kit

ConnectProviders = Callable[[Kit, Settings], Mapping[Channel, Provider]]


def connect_providers(kit: Kit, settings: Settings) -> Mapping[Channel, Provider]:
    """One provider for each offered channel; channels of the same provider share it."""
    known: dict[str, Provider] = {"sandbox": Sandbox(kit, settings), "smtp": Smtp(settings, kit.clock)}
    return {channel: known[name] for channel, name in settings.providers.items()}
