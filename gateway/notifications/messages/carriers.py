"""What carries messages: the mail server, or a plugin that registers a notifier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, get_args

from gateway.audit.entry import Entry
from gateway.cases.portals import PortalCalls, Portals
from gateway.connectors.contract import Channel, Message, MessageReceipt, Messaging
from gateway.connectors.contract_checks import implements
from gateway.connectors.registry import Registry
from gateway.connectors.secrets import resolve
from gateway.notifications.messages.smtp import SmtpCarrier
from gateway.settings import Messages, Settings, SettingsError

SMTP: Final = "smtp"


class Carrier(Protocol):
    """Carries the messages of one channel."""

    name: str
    """`smtp`, or the plugin's id."""
    tells_delivery: bool
    """Whether `delivery` can be asked."""

    async def send(self, message: Message, written_at: datetime, entry: Entry) -> MessageReceipt:
        """Hand it over. Raises `Refused`, `Unavailable`, `Unknown`, and `NotAvailable` for a plugin that is out."""

    async def find(self, key: str, entry: Entry) -> MessageReceipt | None:
        """A message that was perhaps handed over; None if it was not, or nobody can tell."""

    async def delivery(self, reference: str, entry: Entry) -> MessageReceipt:
        """What became of it."""

    async def close(self) -> None: ...


@dataclass(slots=True)
class MailServer:
    smtp: SmtpCarrier
    name: str = SMTP
    tells_delivery: bool = False

    async def send(self, message: Message, written_at: datetime, entry: Entry) -> MessageReceipt:
        return await self.smtp.send(message, written_at)

    async def find(self, key: str, entry: Entry) -> MessageReceipt | None:
        return None

    async def delivery(self, reference: str, entry: Entry) -> MessageReceipt:
        raise NotImplementedError

    async def close(self) -> None:
        await self.smtp.close()


@dataclass(slots=True)
class PluginCarrier:
    """A plugin, called through the outbound layers like any portal: its requests are in the record."""

    portals: Portals | None
    name: str
    tells_delivery: bool

    async def send(self, message: Message, written_at: datetime, entry: Entry) -> MessageReceipt:
        return await self._calls(entry).call(self.name, Messaging.send, message)

    async def find(self, key: str, entry: Entry) -> MessageReceipt | None:
        return await self._calls(entry).call(self.name, Messaging.find_message, key)

    async def delivery(self, reference: str, entry: Entry) -> MessageReceipt:
        return await self._calls(entry).call(self.name, Messaging.delivery, reference)

    async def close(self) -> None: ...

    def _calls(self, entry: Entry) -> PortalCalls:
        assert self.portals is not None, "only a carrier that is in use is called"
        return self.portals.recorded_in(entry)


def channels_of(settings: Messages) -> frozenset[Channel]:
    """The channels by which this gateway sends messages."""
    return frozenset(channel for channel in get_args(Channel) if getattr(settings, channel))


def open_carriers(settings: Settings, registry: Registry, portals: Portals | None) -> dict[Channel, Carrier]:
    """By channel, as `[messages]` names them. `portals`: None to see only whether they can be used. Raises
    `SettingsError` for one that cannot."""
    found: dict[Channel, Carrier] = {}
    channels: dict[Channel, str] = {"email": settings.messages.email, "sms": settings.messages.sms}
    for channel, name in channels.items():
        if name == SMTP and channel == "email":
            found[channel] = open_mail_server(settings, registry)
        elif name:
            found[channel] = _plugin(channel, name, registry, portals)
    return found


def open_mail_server(settings: Settings, registry: Registry) -> MailServer:
    smtp = settings.messages.smtp
    if not smtp.host:
        raise SettingsError("messages.smtp.host: not set, and messages.email says `smtp`")
    if smtp.username and smtp.password is None:
        raise SettingsError("messages.smtp.password: not set, and messages.smtp.username is")
    password = resolve(smtp.password, registry.secret_sources) if smtp.password is not None else None
    return MailServer(SmtpCarrier(settings.messages, password, settings.ca_bundle))


def _plugin(channel: Channel, name: str, registry: Registry, portals: Portals | None) -> PluginCarrier:
    """One that is left out is still the carrier: its messages wait until it is there."""
    loaded = registry.connectors.get(name)
    if loaded is None:
        return PluginCarrier(portals, name, tells_delivery=False)
    if not issubclass(loaded.connector_class, Messaging) or loaded.manifest.carries != channel:
        raise SettingsError(f"messages.{channel}: the plugin {name!r} registers no notifier for {channel}")
    return PluginCarrier(portals, name, tells_delivery=implements(loaded.connector_class, Messaging.delivery))
