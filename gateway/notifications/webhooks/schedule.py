"""When something that failed is tried again. Pure but for chance, which spreads what failed together."""

from __future__ import annotations

import random
from typing import Final

from gateway.settings import Webhooks

_GROWTH: Final = 3.0
_JITTER: Final = 0.2
_PROBE_SECONDS: Final = 300.0
"""A receiver of which nothing is taken is asked again at least so often, with one event: it may be back."""
_EXPONENT: Final = 40


def retry_delay(settings: Webhooks, attempts: int) -> float:
    """Seconds after the `attempts`-th failed attempt at an event."""
    return _grown(settings.retry_base_seconds, attempts, settings.retry_max_seconds)


def rest_delay(settings: Webhooks, failures: int) -> float:
    """Seconds for which an endpoint rests after so many rounds in which it took nothing."""
    return _grown(settings.retry_base_seconds, failures, min(settings.retry_max_seconds, _PROBE_SECONDS))


def _grown(base: float, count: int, most: float) -> float:
    grown = min(most, base * _GROWTH ** min(count - 1, _EXPONENT))
    return grown * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 (no secret)
