"""Receive webhooks: `WEBHOOK_SECRET=whsec_... receive_webhooks.py PORT CERTIFICATE KEY SECONDS`.

Prints each event once. In production a web server with a public certificate stands in front.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

known = Webhook(os.environ["WEBHOOK_SECRET"])
seen: set[str] = set()
"""Ids of events: the same may come again. Keep them where they outlast a restart, for a few days."""


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            event = known.verify(body, {name.lower(): value for name, value in self.headers.items()})
        except WebhookVerificationError:
            self.answer(401)
            return
        if event["type"] == "webhook.verification":
            self.answer(200, {"challenge": event["data"]["challenge"]})
            return
        if self.headers["webhook-id"] not in seen:
            seen.add(self.headers["webhook-id"])
            print(event["type"], event["data"].get("status", ""), flush=True)
        self.answer(204)

    def answer(self, status: int, content: object = None) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


if __name__ == "__main__":
    port, certificate, key, seconds = sys.argv[1:]
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Receiver)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    print("listening", flush=True)
    threading.Timer(float(seconds), server.shutdown).start()
    server.serve_forever()
