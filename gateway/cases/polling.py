"""How long a case is left alone before its portal is queried again. Pure: the caller says what time it is.

The first wait comes from the service (`usual_days`); the longer nothing changes, the longer the next one. A person's
action, a portal's notice and a change reset the wait; after a notice or an action, which promise news, it begins with
the shortest. A portal may set the next query itself. The formula is in docs/reference/polling.md.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from gateway.settings import Journeys

DAY = 86_400.0


def interval(
    rules: Journeys,
    *,
    usual_days: float | None,
    quiet: float,
    expecting: bool = False,
    hint: float | None = None,
    speed: float = 1.0,
) -> float:
    """Seconds until the next query, before jitter.

    `usual_days`: how long the service usually takes; None: `rules.usual_days`. `quiet`: seconds since anything
    happened. `expecting`: a notice or an action said that there would be news, and there was none yet. `hint`: seconds
    that the portal named; it counts instead of all that, between the shortest and the longest wait. `speed`: how many
    times faster than ours the portal's time runs, as a sandbox's does.
    """
    longest = max(rules.poll_seconds, rules.poll_max_seconds / speed)
    if hint is not None and math.isfinite(hint) and hint >= 0:
        wanted = hint
    else:
        days = rules.usual_days if usual_days is None else usual_days
        first = 0.0 if expecting else rules.poll_share * days * DAY / speed
        wanted = max(first, rules.poll_growth * quiet)
    return min(max(wanted, rules.poll_seconds), longest)


def jittered(seconds: float, jitter: float, uniform: Callable[[float, float], float] = random.uniform) -> float:
    """Shorter by a random part of up to `jitter`, never longer: cases that were filed together drift apart, and what
    has to happen by a certain time is not late."""
    return seconds * (1.0 - uniform(0.0, jitter))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCases:
    """The open cases of one service, for a forecast."""

    number: int
    usual_days: float | None
    """As the service says it."""
    open_days: float
    """How long a case stays open on average."""
    changes: int = 1
    """Changes of a case in that time, its end included; evenly spread."""


def queries(rules: Journeys, *, usual_days: float | None, quiet_days: float) -> int:
    """How often a portal is queried about one case until it is found that something has changed, which is `quiet_days`
    after the last change. Jitter is taken at its mean."""
    at, count = 0.0, 0
    while at < quiet_days * DAY:
        at += interval(rules, usual_days=usual_days, quiet=at) * (1.0 - rules.poll_jitter / 2)
        count += 1
    return count


def load(rules: Journeys, cases: OpenCases, *, at_once: int = 1) -> float:
    """Requests a second to the portal of these cases, in the steady state, by Little's law: as many end each second as
    `number / open_days` says, and each was queried so often in its life.

    `at_once`: how many references one request may name (the connector's, at most `rules.poll_at_once`). As many share a
    request as fall due within `rules.poll_gather_seconds`.
    """
    in_a_life = cases.changes * queries(
        rules, usual_days=cases.usual_days, quiet_days=cases.open_days / max(1, cases.changes)
    )
    each_second = cases.number / (cases.open_days * DAY) * in_a_life
    share = min(float(at_once), float(rules.poll_at_once), 1.0 + each_second * rules.poll_gather_seconds)
    return each_second / max(1.0, share)
