"""The mail server that takes our e-mail (`[messages.smtp]`), spoken to by SMTP (RFC 5321).

Nothing tells afterwards whether a server has a message, so one whose answer was lost is sent again. Its `Message-ID` is
the same each time (RFC 5322, section 3.6.4), by which mail programs and servers recognise the second one.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from time import monotonic
from typing import Final

import aiosmtplib

from gateway.connectors.contract import Message, MessageReceipt, MessageState, Refused, Unavailable, Unknown
from gateway.i18n.messages import read
from gateway.secret import Secret
from gateway.settings import Messages
from gateway.trusted_authorities import tls_context

_NAME: Final = "sender"
_PERMANENT: Final = 500


class MailServerFails(Unavailable):
    """The mail server cannot be reached, does not let us in, or wants us to come again."""


@dataclass(slots=True)
class _Connection:
    client: aiosmtplib.SMTP
    used: int = 0
    since: float = 0.0


class SmtpCarrier:
    """Carries e-mail. Connections are kept open for a while and used for one message after the other."""

    def __init__(self, settings: Messages, password: Secret | None, ca_bundle: str = "") -> None:
        """Raises `SettingsError` for authorities that cannot be read."""
        self._settings = settings
        self._smtp = settings.smtp
        self._password = password
        self._idle: list[_Connection] = []
        encrypted = self._smtp.security != "none"
        self._tls = tls_context(self._smtp.ca or ca_bundle) if encrypted else None
        self.domain: Final = settings.from_address.rpartition("@")[2]

    async def send(self, message: Message, written_at: datetime) -> MessageReceipt:
        """Raises `Refused` for good, `Unavailable` for now, and `Unknown` if the server perhaps has it."""
        if not message.to.isascii():
            raise Refused("address_unsupported")
        raw = self.mail(message, written_at).as_bytes()
        connection = await self._connected()
        try:
            await _hand_over(connection.client, self._sender(message.key), message.to, raw)
        except Refused:
            await self._keep(connection)
            raise
        except BaseException:
            connection.client.close()
            raise
        await self._keep(connection)
        return MessageReceipt(reference=self.message_id(message.key), state=MessageState.ACCEPTED)

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        for each in idle:
            await _quit(each.client)

    async def try_out(self) -> None:
        """Connect, encrypt, log in, leave. Raises `Unavailable`."""
        await _quit((await self._connected()).client)

    def message_id(self, key: str) -> str:
        return f"<{key}@{self.domain}>"

    def mail(self, message: Message, written_at: datetime) -> EmailMessage:
        """The e-mail: text and HTML, marked as written by a machine, so that no machine answers it (RFC 3834)."""
        mail = EmailMessage(policy=SMTP_POLICY)
        name = read(message.language, "messages").get(_NAME, "MRE")
        mail["From"] = Address(name, addr_spec=self._settings.from_address)
        mail["To"] = Address(addr_spec=message.to)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(written_at)
        mail["Message-ID"] = self.message_id(message.key)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        mail["Content-Language"] = message.language
        return mail

    def _sender(self, key: str) -> str:
        """The envelope's sender, which says of a returned message which one it was."""
        name, at, domain = self._settings.bounce_address.rpartition("@")
        return f"{name}+{key}@{domain}" if at else self._settings.from_address

    async def _connected(self) -> _Connection:
        while self._idle:
            found = self._idle.pop()
            fresh = monotonic() - found.since < self._smtp.idle_seconds
            if fresh and await _answers(found.client):
                return found
            found.client.close()
        return _Connection(await self._connect())

    async def _connect(self) -> aiosmtplib.SMTP:
        smtp = self._smtp
        client = aiosmtplib.SMTP(
            hostname=smtp.host,
            port=smtp.port,
            local_hostname=smtp.hello_name or self.domain,
            timeout=smtp.timeout_seconds,
            use_tls=smtp.security == "tls",
            start_tls=smtp.security == "starttls",
            tls_context=self._tls,
        )
        try:
            await client.connect()
            if smtp.username:
                await client.login(smtp.username, self._password.reveal() if self._password is not None else "")
        except aiosmtplib.SMTPAuthenticationError:
            client.close()
            raise MailServerFails("carrier_denied_gateway") from None
        except (aiosmtplib.SMTPException, OSError):
            client.close()
            raise MailServerFails("carrier_unavailable") from None
        except BaseException:
            client.close()
            raise
        return client

    async def _keep(self, connection: _Connection) -> None:
        connection.used += 1
        connection.since = monotonic()
        if connection.used < self._smtp.messages_per_connection and connection.client.is_connected:
            self._idle.append(connection)
        else:
            await _quit(connection.client)


async def _hand_over(client: aiosmtplib.SMTP, sender: str, to: str, raw: bytes) -> None:
    """One mail transaction. After a refusal the connection is good for another one."""
    try:
        await client.mail(sender)
        await client.rcpt(to)
    except aiosmtplib.SMTPRecipientRefused as error:
        await _reset(client)
        raise _answered(error.code, "address_refused") from None
    except (aiosmtplib.SMTPException, OSError):
        raise MailServerFails("carrier_unavailable") from None
    try:
        await client.data(raw)
    except aiosmtplib.SMTPResponseException as error:
        await _reset(client)
        raise _answered(error.code, "message_refused") from None
    except (aiosmtplib.SMTPException, OSError):
        raise Unknown from None


def _answered(code: int, refused: str) -> Refused | Unavailable:
    """A 5yz answer is for good, a 4yz one for now (RFC 5321, section 4.2.1)."""
    return Refused(refused) if code >= _PERMANENT else MailServerFails("carrier_busy")


async def _answers(client: aiosmtplib.SMTP) -> bool:
    """Whether the server still keeps the connection."""
    try:
        await client.noop()
    except (aiosmtplib.SMTPException, OSError):
        return False
    return True


async def _reset(client: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await client.rset()


async def _quit(client: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError, asyncio.TimeoutError):
        await client.quit()
    client.close()
