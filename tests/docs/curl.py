"""As much of `curl` as the pages use, for machines that have none: HTTP/1.1, and the options in `read`.

What it does not know it refuses (exit code 2), so that a page cannot pass by an option that was ignored. `test_curl.py`
holds it and the real one to the same expectations.
"""

from __future__ import annotations

import http.client
import mimetypes
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlsplit

from tests.waiting import PATIENCE

HTTP_ERROR, NO_CONNECTION, NOT_WRITTEN = 22, 7, 23
FLAGS = {"-s", "-N", "-S", "--show-error", "--fail-with-body", "-G"}
VALUES = {"-H", "-d", "--data-urlencode", "-X", "-D", "-o", "-w", "-F"}


@dataclass
class Call:
    url: str = ""
    method: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    parts: list[tuple[str, str]] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    output: dict[str, str] = field(default_factory=dict)


def read(words: list[str]) -> Call:
    call, rest = Call(), iter(words)
    for word in rest:
        if word in FLAGS:
            call.flags.add(word)
        elif word not in VALUES:
            if word.startswith("-") or call.url:
                raise SystemExit(2)
            call.url = word
        else:
            _take(call, word, next(rest))
    return call


def _take(call: Call, option: str, value: str) -> None:
    name, _, text = value.partition("=")
    match option:
        case "-H":
            header, _, content = value.partition(":")
            call.headers.append((header, content.strip()))
        case "-d":
            content = Path(value[1:]).read_bytes() if value.startswith("@") else value.encode()
            call.data.append(content.translate(None, b"\r\n") if value.startswith("@") else content)
        case "--data-urlencode":
            call.data.append(f"{name}={quote(text, safe='')}".encode())
        case "-F":
            call.parts.append((name, text))
        case "-X":
            call.method = value
        case _:
            call.output[option] = value


def body(call: Call) -> tuple[bytes | None, str]:
    """What is sent, and its media type."""
    if call.parts:
        mark = uuid.uuid4().hex
        return b"".join(_part(mark, *each) for each in call.parts) + f"--{mark}--\r\n".encode(), (
            f"multipart/form-data; boundary={mark}"
        )
    if call.data and "-G" not in call.flags:
        return b"&".join(call.data), "application/x-www-form-urlencoded"
    return None, ""


def _part(mark: str, name: str, value: str) -> bytes:
    if not value.startswith("@"):
        return f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    file = Path(value[1:])
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    said = f'Content-Disposition: form-data; name="{name}"; filename="{file.name}"\r\nContent-Type: {kind}'
    return f"--{mark}\r\n{said}\r\n\r\n".encode() + file.read_bytes() + b"\r\n"


def send(call: Call) -> http.client.HTTPResponse:
    parts = urlsplit(call.url)
    secure = parts.scheme == "https"
    made = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(parts.netloc, timeout=PATIENCE)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if "-G" in call.flags:
        target += ("&" if parts.query else "?") + b"&".join(call.data).decode()
    content, kind = body(call)
    made.putrequest(call.method or ("GET" if content is None else "POST"), target, skip_accept_encoding=True)
    named = {name.lower() for name, _ in call.headers}
    for name, value in (("Accept", "*/*"), ("User-Agent", "curl"), ("Content-Type", kind)):
        if value and name.lower() not in named:
            made.putheader(name, value)
    for name, value in call.headers:
        made.putheader(name, value.encode())
    if content is not None:
        made.putheader("Content-Length", str(len(content)))
    made.endheaders(content)
    return made.getresponse()


def write(call: Call, answer: http.client.HTTPResponse, out: BinaryIO) -> None:
    if call.output.get("-D") == "-":
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{n}: {v}" for n, v in answer.getheaders()), "", ""]
        out.write("\r\n".join(lines).encode("latin-1"))
    target = Path(call.output["-o"]).open("wb") if "-o" in call.output else out  # noqa: SIM115
    while chunk := answer.read1(65536):
        target.write(chunk)
        target.flush()
    if target is not out:
        target.close()
    out.write(call.output.get("-w", "").replace("%{http_code}", str(answer.status)).replace("\\n", "\n").encode())
    out.flush()


def main() -> int:
    call = read(sys.argv[1:])
    try:
        answer = send(call)
        write(call, answer, sys.stdout.buffer)
    except BrokenPipeError:
        sys.stderr.close()
        return NOT_WRITTEN
    except (OSError, http.client.HTTPException) as error:
        print(f"curl: ({NO_CONNECTION}) {error}", file=sys.stderr)
        return NO_CONNECTION
    if answer.status >= 400 and "--fail-with-body" in call.flags:
        print(f"curl: ({HTTP_ERROR}) The requested URL returned error: {answer.status}", file=sys.stderr)
        return HTTP_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main())
