"""How often somebody may call: token buckets, of each person and of each client, by kind of call.

A bucket holds the calls of `rates.seconds` and refills evenly, so they may be used at once or bit by bit. It is kept as
one moment, until when what was used is paid off (GCRA, as in `gateway.storage.allowances`), in this process's memory:
a call costs no query. `gateway.auth.shared_rates` tells the other processes. `Quotas` are about what is stored, and
`CallerTurns` about who goes first; neither counts calls.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from gateway.auth.clients import Clients
from gateway.auth.principal import Principal
from gateway.settings import Rates

CallKind = Literal["read", "write", "expensive"]
"""`expensive`: a portal is asked while the caller waits, a file is looked into, or much is read."""
Whose = Literal["person", "application", "client", "address"]

_EASE: Final = 1e-6
_MOST_BUCKETS: Final = 200_000
"""More are not kept: those that were used least are forgotten, which is to their callers' good."""

Headers = tuple[tuple[bytes, bytes], ...]


class Bucket:
    """What one caller may of one kind."""

    __slots__ = ("amount", "name", "price", "shared", "unshared", "used_until", "whose", "window")

    def __init__(self, name: str, whose: str, amount: int, window: float) -> None:
        self.name, self.whose, self.amount, self.window = name, whose, amount, window
        self.price = window / amount
        """Of one call, in seconds of refilling."""
        self.used_until = 0.0
        self.unshared = 0.0
        """Seconds that were used here and are not known to other processes."""
        self.shared = False
        """Others know of it, and may have used it."""

    def wait(self, at: float) -> float:
        """Seconds until a call is granted; 0 if it is now."""
        wait = self.used_until - at + self.price - self.window
        return wait if wait > _EASE else 0.0

    def use(self, at: float) -> None:
        self.used_until = (self.used_until if self.used_until > at else at) + self.price
        self.unshared += self.price

    def left(self, at: float) -> str:
        used = self.used_until - at if self.used_until > at else 0.0
        remaining = min(int((self.window - used + _EASE) / self.price), self.amount) if used < self.window else 0
        # With nothing left, when there is something again; else when all of it is there again.
        seconds = math.ceil(used if remaining else used - self.window + self.price) or 1
        return f'"{self.name}";r={remaining};t={seconds}'


class Account:
    """The buckets that a call counts in."""

    __slots__ = ("base", "buckets", "policies")

    def __init__(self, buckets: list[Bucket], base: CallKind) -> None:
        self.buckets = buckets
        self.base = [each for each in buckets if each.name.endswith(f"-{base}")]
        self.policies = ", ".join(
            f'"{each.name}";q={each.amount};w={math.ceil(each.window)}' for each in buckets
        ).encode()

    def fields(self, at: float) -> Headers:
        left = ", ".join([each.left(at) for each in self.buckets])
        return ((b"ratelimit-policy", self.policies), (b"ratelimit", left.encode()))


@dataclass(frozen=True, slots=True)
class Verdict:
    headers: Headers
    """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11)."""
    exceeded: Bucket | None = None
    """The one that is used up; the call must be refused."""
    retry_after: float = 0.0


_UNLIMITED: Final = Verdict(())


class RateLimits:
    """Of one process, for one event loop."""

    def __init__(self, settings: Rates, clients: Clients, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clients, self._clock = settings, clients, clock
        self._accounts: dict[tuple[object, ...], Account] = {}
        self.buckets: dict[tuple[str, str], Bucket] = {}

    def spend(self, principal: Principal, *kinds: CallKind) -> Verdict:
        """One call of this caller, which counts as each of `kinds`, if neither the person nor the client has used up
        what they may; otherwise nothing is used. But one that is refused for a further kind counts as the first:
        asking again and again for what is refused is a flood, too."""
        return self._spend(self._of(principal, kinds))

    def spend_from(self, address: str, *kinds: CallKind) -> Verdict:
        """One call without a token."""
        return self._spend(self._of_address(address, kinds))

    def check(self, principal: Principal, kind: CallKind) -> Verdict:
        """Whether a call of this caller would be refused now. Nothing is used."""
        return self._refused(self._of(principal, (kind,)), self._clock()) or _UNLIMITED

    def check_from(self, address: str, kind: CallKind) -> Verdict:
        """The same for a call without a token."""
        return self._refused(self._of_address(address, (kind,)), self._clock()) or _UNLIMITED

    def now(self) -> float:
        return self._clock()

    def forget_refilled(self) -> None:
        """Forget buckets that are whole: an unknown one is whole, too."""
        at = self._clock()
        self._accounts = {}
        self.buckets = {key: each for key, each in self.buckets.items() if each.used_until > at}
        if len(self.buckets) > _MOST_BUCKETS:
            fullest = sorted(self.buckets.items(), key=lambda item: item[1].used_until, reverse=True)
            self.buckets = dict(fullest[:_MOST_BUCKETS])

    def _spend(self, account: Account) -> Verdict:
        if not account.buckets:
            return _UNLIMITED
        at = self._clock()
        if (refused := self._refused(account, at)) is not None:
            if refused.exceeded not in account.base:
                for each in account.base:
                    each.use(at)
            return refused
        for each in account.buckets:
            each.use(at)
        return Verdict(account.fields(at))

    @staticmethod
    def _refused(account: Account, at: float) -> Verdict | None:
        longest, exceeded = 0.0, None
        for each in account.buckets:
            if (wait := each.wait(at)) > longest:
                longest, exceeded = wait, each
        return Verdict(account.fields(at), exceeded, longest) if exceeded is not None else None

    def _of(self, principal: Principal, kinds: tuple[CallKind, ...]) -> Account:
        client, person = principal.client_id, principal.actor or principal.pseudonym
        account = self._accounts.get((client, person, kinds))
        if account is None:
            whose: Whose = "person" if person else "application"
            found = [
                bucket
                for kind in kinds
                for bucket in (
                    self._bucket(client, whose, kind, f"{client} {person}"),
                    self._bucket(client, "client", kind, client),
                )
                if bucket is not None
            ]
            account = self._accounts[(client, person, kinds)] = Account(found, kinds[0])
        return account

    def _of_address(self, address: str, kinds: tuple[CallKind, ...]) -> Account:
        account = self._accounts.get((address, kinds))
        if account is None:
            of_kinds = [self._bucket("", "address", kind, address) for kind in kinds]
            found = [each for each in of_kinds if each is not None]
            account = self._accounts[(address, kinds)] = Account(found, kinds[0])
        return account

    def _bucket(self, client_id: str, whose: Whose, kind: CallKind, key: str) -> Bucket | None:
        amount = self._amount(client_id, whose, kind)
        if not amount:
            return None
        name = f"{whose}-{kind}"
        found = self.buckets.get((name, key))
        if found is None:
            found = self.buckets[(name, key)] = Bucket(name, key, amount, self._settings.seconds)
        return found

    def _amount(self, client_id: str, whose: Whose, kind: CallKind) -> int:
        """Calls in `rates.seconds`, by the clients file or else by the settings; 0: no limit."""
        if not self._settings.enforced:
            return 0
        usual: int = getattr(getattr(self._settings, whose), kind)
        client = self._clients.get(client_id)
        if client is None or whose == "address":
            return usual
        return client.rates.get(whose, {}).get(kind, usual)
