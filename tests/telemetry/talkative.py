"""A process that logs all it should not. The values to hide come in the environment, so that no literal is one."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import sys
import threading
import warnings

import structlog

from gateway.telemetry.logging import configure

early = structlog.get_logger()
logging.basicConfig()  # what a library may have done before
configure("info")
configure("info")
log = structlog.get_logger("gateway.somewhere")
hidden: list[str] = json.loads(os.environ["HIDDEN"])

log.info(
    "call",
    call_id="call_01k0abcdefghjkmnpqrstvwxyz",
    operation="cases.create",
    client="demo-app",
    portal="watiqa",
    status=201,
    code="",
    duration_ms=12.5,
)
log.debug("too_quiet", count=1)
for name in ("KeyError", "asyncio.TimeoutError", "OSError", "OperationalError(SQLITE_BUSY)", "SSLError"):
    log.info("classes", error=name)
early.warning("breaker_changed", portal="barid", state="open")

for value in hidden:
    log.info("kwargs", cnie=value, body={"name": value}, **{value: value})
    for field in ("call_id", "code", "reason", "error", "location", "address", "version", "portal", "status"):
        log.info("allowed_field", **{field: value})
    log.info(value)
    log.info("said %s", value)
    log.bind(name=value).warning("bound")
    structlog.contextvars.bind_contextvars(email=value)
    log.info("context")
    structlog.contextvars.clear_contextvars()
    try:
        try:
            raise LookupError(value)
        except LookupError as error:
            personal = value  # a local of a frame on the way
            raise ExceptionGroup(value, [ValueError(personal), KeyError(value)]) from error
    except ExceptionGroup:
        log.exception("failed", error=value)
    log.error("failed_later", exc_info=RuntimeError(value))

    foreign = logging.getLogger("sqlalchemy.engine")
    foreign.warning("row %s of %r", value, {"name": value})
    foreign.warning(f"row {value}")
    foreign.warning("row " + value)
    foreign.info("quiet %s", value)
    logging.getLogger("uvicorn.access").warning("GET /%s", value)
    logging.getLogger("alembic").error(f"migration {value}", extra={"cnie": value})
    try:
        raise OSError(value)
    except OSError:
        logging.getLogger("asyncio").exception(value)
    logging.getLogger("aiohttp").warning(ValueError(value))
    warnings.warn(value, stacklevel=1)

    def fail(text: str = value) -> None:
        raise ValueError(text)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()

    async def forget(text: str = value) -> None:
        async def fail() -> None:
            raise ValueError(text)

        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(forget())

    class Awkward:
        def __init__(self, text: str) -> None:
            self.text = text

        def __del__(self) -> None:
            raise ValueError(self.text)

    Awkward(value)

logging.getLogger("uvicorn.error").error("address in use: port %d", 8400)
raise SystemError(hidden[0]) if len(sys.argv) == 1 else SystemExit
