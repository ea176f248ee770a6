#!/usr/bin/python3 -IS
"""Stands in for mhausenblas/simpleservice:0.5.0, with the same endpoints and variables."""
import os
import time

import tiny_http

VERSION = os.environ.get("SIMPLE_SERVICE_VERSION", "0.5.0")
PORT = int(os.environ.get("PORT0", "9876"))
# The health check answers after a time between the two, in milliseconds.
HEALTH_MIN = int(os.environ.get("HEALTH_MIN", "0"))
HEALTH_MAX = int(os.environ.get("HEALTH_MAX", "0"))


def quote(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"%s"' % "".join(c if c >= " " else "\\u%04x" % ord(c) for c in escaped)


def as_json(pairs):
    fields = ['"%s": %s' % (k, v if v == "true" else quote(v)) for k, v in pairs]
    return ("{" + ", ".join(fields) + "}").encode()


def answer(path, host, peer):
    if path == "/info":
        return [("host", host), ("version", VERSION), ("from", peer)]
    if path == "/env":
        return [("version", VERSION), ("env", str(dict(os.environ)))]
    if path == "/endpoint0":
        return [("host", host), ("version", VERSION), ("result", "all is well")]
    if path == "/health":
        spread = max(HEALTH_MAX - HEALTH_MIN, 0)
        wait = HEALTH_MIN + (time.monotonic_ns() // 1000 % (spread + 1))
        time.sleep(wait / 1000)
        return [("healthy", "true")]
    return None


def handle(method, target, headers, peer):
    path = target.partition("?")[0]
    pairs = answer(path, headers.get("host", ""), peer)
    status = 404 if pairs is None else 200
    body = b"404: Not Found" if pairs is None else as_json(pairs)
    tiny_http.log("%d %s %s (%s)" % (status, method, path, peer))
    return status, {"Content-Type": "application/json"}, body


tiny_http.log("This is simple service in version v%s listening on port %d" % (VERSION, PORT))
tiny_http.serve(PORT, handle)
