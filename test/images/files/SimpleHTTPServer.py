"""Python 2's module of this name, for `python -m SimpleHTTPServer [port]`, on Python 3's server."""
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    server = ThreadingHTTPServer(("0.0.0.0", port), SimpleHTTPRequestHandler)
    print("Serving HTTP on 0.0.0.0 port", port, "...", flush=True)
    server.serve_forever()
