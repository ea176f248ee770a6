#!/usr/bin/python3 -IS
"""Stands in for gcr.io/google-samples/hello-app:1.0."""
import _socket
import posix

import tiny_http

port = int(posix.environ.get(b"PORT", b"8080"))


def handle(method, target, headers, peer):
    tiny_http.log("Serving request: " + target.partition("?")[0])
    body = "Hello, world!\nVersion: 1.0.0\nHostname: %s\n" % _socket.gethostname()
    return 200, {"Content-Type": "text/plain; charset=utf-8"}, body.encode()


tiny_http.log("Server listening on port %d" % port)
tiny_http.serve(port, handle, go=True)
