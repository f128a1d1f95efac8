from __future__ import annotations

from tests.acceptance.conftest import small_world as small_world
