#!/usr/bin/python3 -IS
"""Stands in for k8s.gcr.io/liveness: healthy for ten seconds, then failing for ever."""
import time

import tiny_http

started = time.monotonic()
TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def unescape(text):
    parts = text.replace("+", " ").encode().split(b"%")
    return (parts[0] + b"".join(bytes.fromhex(p[:2].decode()) + p[2:] for p in parts[1:])).decode()


def answer(path, query):
    seconds = time.monotonic() - started
    if path == "/started":
        return 200, TEXT, b"%.9fs" % seconds
    if path == "/healthz":
        if seconds > 10:
            return 500, TEXT, b"error: %.9f" % seconds
        return 200, TEXT, b"ok"
    if path == "/redirect":
        fields = dict(field.partition("=")[::2] for field in query.split("&"))
        return 302, {"Location": unescape(fields.get("loc", ""))}, b""
    return 404, TEXT, b"404 page not found\n"


def handle(method, target, headers, peer):
    path, _, query = target.partition("?")
    status, fields, body = answer(path, query)
    custom = headers.get("x-custom-header")
    suffix = "" if custom is None else " X-Custom-Header: " + custom
    tiny_http.log("%s %s %d%s" % (method, target, status, suffix))
    return status, fields, body


tiny_http.serve(8080, handle, go=True)
