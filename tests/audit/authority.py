"""A timestamp authority of its own: keys and answers by `openssl`, behind HTTP."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG = """
[ tsa ]
default_tsa = here
[ here ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """`down`: it answers 503. `answers`: what it is asked comes back changed by this."""

    folder: Path
    down: bool = False
    garbage: bytes | None = None
    asked: int = 0

    @classmethod
    def create(cls, folder: Path, name: str = "Test") -> Authority:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
        (folder / "tsa.ext").write_text("extendedKeyUsage = critical,timeStamping\nbasicConstraints = CA:FALSE\n")
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout"]
        for words in (
            ["req", "-x509", "-subj", f"/CN={name} Root", "-days", "3650", *curve, "root.key", "-out", "root.pem"],
            ["req", "-new", "-subj", f"/CN={name} Time", *curve, "tsa.key", "-out", "tsa.csr"],
            ["x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
             "-days", "3650", "-extfile", "tsa.ext", "-out", "tsa.pem"],
        ):  # fmt: skip
            subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
        return cls(folder)

    @property
    def certificate(self) -> Path:
        return self.folder / "root.pem"

    def reply(self, query: bytes) -> bytes:
        """The answer (DER) to a request (DER)."""
        (self.folder / "query").write_bytes(query)
        words = ["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply"]
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "reply").read_bytes()

    def stamp(self, data: bytes) -> bytes:
        """A timestamp of `data`, as somebody gets it with `openssl` alone."""
        (self.folder / "data").write_bytes(data)
        words = ["ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "own.query"]
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)
        return self.reply((self.folder / "own.query").read_bytes())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return
        self.asked += 1
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        status = 503 if self.down else 200
        answer = b"" if self.down else self.garbage or await asyncio.to_thread(self.reply, body)
        headers = [(b"content-type", b"application/timestamp-reply"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})
