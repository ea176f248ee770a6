#!/usr/bin/python3 -IS
"""Stands in for k8s.gcr.io/goproxy:0.1, of which the labs use no more than the open port.

It answers plain requests as the original does and forwards nothing. SIGUSR1 closes its port,
SIGUSR2 opens it again.
"""
import tiny_http


def handle(method, target, headers, peer):
    body = b"This is a proxy server. Does not respond to non-proxy requests.\n"
    return 500, {"Content-Type": "text/plain; charset=utf-8"}, body


tiny_http.serve(8080, handle, go=True)
