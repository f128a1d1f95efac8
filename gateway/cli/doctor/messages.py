"""Can messages to people go out? A plugin that carries them is examined with the portals."""

from __future__ import annotations

from gateway.cli.doctor.findings import Finding, note, ok, wrong
from gateway.connectors import loader
from gateway.connectors.contract import Unavailable
from gateway.notifications.messages.carriers import SMTP, open_carriers, open_mail_server
from gateway.settings import Settings, SettingsError


async def messages(settings: Settings) -> list[Finding]:
    """The mail server is connected to and logged in at; nothing is sent."""
    own = settings.messages
    if not own.email and not own.sms:
        return [note("messages", "nobody is told by e-mail or SMS: [messages] names no carrier")]
    registry = loader.load(
        settings.model_copy(update={"plugins": settings.plugins.model_copy(update={"strict": False})})
    )
    found = []
    try:
        open_carriers(settings, registry, None)
    except SettingsError as error:
        return [wrong("messages", str(error), "correct [messages] in the settings")]
    for channel, name in (("email", own.email), ("sms", own.sms)):
        if name not in ("", SMTP) and name not in registry.connectors and registry.why_out(name) is None:
            message = f"messages.{channel}: the plugin {name!r} is not enabled, and messages wait for it"
            found.append(wrong("messages", message, "name it in plugins.added"))
    if own.email == SMTP:
        server = open_mail_server(settings, registry).smtp
        try:
            await server.try_out()
        except Unavailable as error:
            where = f"{own.smtp.host} port {own.smtp.port}"
            if error.code == "carrier_denied_gateway":
                found.append(
                    wrong("messages", f"{where} refuses our login", "correct messages.smtp.username and password")
                )
            else:
                remedy = "correct [messages.smtp], or have it started; e-mails wait meanwhile"
                found.append(note("messages", f"{where} cannot be reached, or not encrypted as we ask", remedy))
    if own.email and not own.bounce_address:
        found.append(
            note("messages", "messages.bounce_address is not set: nothing is learnt of e-mail that comes back")
        )
    if (own.email or own.sms) and not own.case_url:
        found.append(note("messages", "messages.case_url is not set: messages have no link to the case"))
    return found or [ok("messages", f"e-mail by {own.email or 'nothing'}, SMS by {own.sms or 'nothing'}")]
