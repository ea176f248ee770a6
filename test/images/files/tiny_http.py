"""An HTTP/1.1 server on modules that are built into the interpreter.

A container that is probed in its first second should listen within milliseconds, as the Go
programs it stands in for do; the standard library's server takes ten times as long to import.

SIGUSR1 closes the port while the process lives on, SIGUSR2 opens it again.
"""
import _signal
import _socket
import _thread
import posix

REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 404: "Not Found",
           500: "Internal Server Error"}
IDLE_SECONDS = 60
HEAD_BYTES_MAX = 65536


def log(line):
    posix.write(1, (line + "\n").encode())


def listen(port):
    listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    listener.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", port))
    listener.listen(128)
    return listener


def read_request(connection, buffered):
    """Returns (method, target, headers with lower-case names, rest) or None at the end."""
    while b"\r\n\r\n" not in buffered:
        part = connection.recv(16384)
        if not part or len(buffered) > HEAD_BYTES_MAX:
            return None
        buffered += part
    head, _, rest = buffered.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, target, version = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if version == "HTTP/1.0":
        headers.setdefault("connection", "close")
    left = int(headers.get("content-length", "0"))
    while len(rest) < left:
        part = connection.recv(16384)
        if not part:
            return None
        rest += part
    return method, target, headers, rest[left:]


def converse(connection, peer, handle):
    try:
        connection.settimeout(IDLE_SECONDS)
        rest = b""
        while True:
            request = read_request(connection, rest)
            if request is None:
                return
            method, target, headers, rest = request
            status, fields, body = handle(method, target, headers, peer)
            close = headers.get("connection", "").lower() == "close"
            lines = ["HTTP/1.1 %d %s" % (status, REASONS[status])]
            lines += ["%s: %s" % field for field in fields.items()]
            lines += ["Content-Length: %d" % len(body)]
            lines += ["Connection: close"] if close else []
            answer = "\r\n".join(lines).encode() + b"\r\n\r\n"
            connection.sendall(answer if method == "HEAD" else answer + body)
            if close:
                return
    except (OSError, ValueError):
        pass  # The peer went away, or does not speak HTTP: nobody is left to be told.
    finally:
        connection.close()


def exit_like_go(signal, frame):
    posix._exit(2)


def serve(port, handle, go=False):
    """Serves for ever. handle(method, target, headers, peer) -> (status, headers, body).

    go: end with code 2 at SIGTERM and SIGINT, as the Go runtime does when it is process 1 and
    the program asked for no signals. Otherwise process 1 ignores them, as CPython does.
    """
    listener = listen(port)

    def close_port(signal, frame):
        listener.close()

    _signal.signal(_signal.SIGUSR1, close_port)
    # Blocked, so that it waits for sigwaitinfo below whenever it comes.
    _signal.pthread_sigmask(_signal.SIG_BLOCK, [_signal.SIGUSR2])
    if go and posix.getpid() == 1:
        _signal.signal(_signal.SIGTERM, exit_like_go)
        _signal.signal(_signal.SIGINT, exit_like_go)
    while True:
        try:
            descriptor, address = listener._accept()
        except OSError:
            if listener.fileno() >= 0:
                continue
            log("stopped listening on port %d" % port)
            _signal.sigwaitinfo([_signal.SIGUSR2])
            listener = listen(port)
            log("listening on port %d again" % port)
            continue
        connection = _socket.socket(fileno=descriptor)
        _thread.start_new_thread(converse, (connection, address[0], handle))
