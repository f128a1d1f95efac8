"""The program that inspects files: one after the other, from its standard input, with its verdict on the output.

Started by `gateway.cases.inspection` and killed by it when a file takes too long. It gets no secrets, no settings and
no folder to work in. When its parent is gone it ends: at once if it is idle, by its own alarm if it is not.

A question is a header (the lengths of what follows, big-endian) with arguments in JSON and the content; an answer is
one line of JSON, and after it as many bytes of content as its `converted` says.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import struct
import sys
from typing import Any, Final

from gateway.cases import files

HEADER: Final = struct.Struct(">IQ")
READY: Final = b"ready\n"
_ALARM_SECONDS: Final = 1.0
"""How much later than its parent it would kill itself."""


def main(seconds: float, memory_bytes: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent decides: a stop lets files that are under way come to an end
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with contextlib.suppress(OSError):
        os.nice(10)  # answering comes first
    import filetype  # noqa: F401  (before the limit, and before the time of the first file is counted)
    import PIL.JpegImagePlugin
    import PIL.PngImagePlugin  # noqa: F401

    import gateway.cases.heic
    import gateway.cases.jpeg
    import gateway.cases.pdf  # noqa: F401

    _limit(memory_bytes)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(READY)
    answers.flush()
    while len(header := questions.read(HEADER.size)) == HEADER.size:
        of_arguments, of_content = HEADER.unpack(header)
        arguments, content = json.loads(questions.read(of_arguments)), questions.read(of_content)
        signal.setitimer(signal.ITIMER_REAL, seconds + _ALARM_SECONDS)
        answer, converted = _inspect(content, arguments)
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(json.dumps(answer).encode() + b"\n" + converted)
        answers.flush()


def _inspect(content: bytes, arguments: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        found = files.inspect(content, **arguments)
    except files.FileRefused as refused:
        return {"refused": refused.code}, b""
    except (MemoryError, RecursionError):
        return {"refused": "attachment_too_complex"}, b""
    except Exception:  # any error of a library: the file is not shown to be a plain document
        return {"refused": "attachment_type_refused"}, b""
    told = {"media_type": found.media_type, "filename": found.filename}
    return (told, b"") if found.content is None else ({**told, "converted": len(found.content)}, found.content)


def _limit(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
