#!/usr/bin/env python3
"""Clients that break rules, or are slow, or go away, and a server that goes on.

http_file_server.py [--exhaust] URL SERVER_PROCESS    in the folder that has the server's root
"""

# SPDX-FileCopyrightText: 2026 The asiofile authors
# SPDX-License-Identifier: BSL-1.0

import os
import signal
import socket
import sys
import time
from urllib.parse import urlsplit


def connect():
    return socket.create_connection(address, timeout=20)


def receive_all(client):
    """What comes until the server closes the connection, also by a reset."""
    received = bytearray()
    try:
        while part := client.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return bytes(received)


def receive_answer(client):
    """The next answer of a connection that stays open: its header and its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = client.recv(1)
        if not part:
            raise AssertionError(f"closed after {received!r}")
        received += part
    length = 0
    for line in received.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    body = bytearray()
    while len(body) != length:
        part = client.recv(length - len(body))
        if not part:
            raise AssertionError(f"closed after {len(body)} of {length} bytes")
        body += part
    return received, body


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer else 0


def request(path, *fields):
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: here", *fields, "", "")).encode()


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def contents(path):
    with open(os.path.join("root", path), "rb") as file:
        return file.read()


def is_well():
    with connect() as client:
        client.sendall(request("/4096"))
        expect(receive_answer(client)[1] == contents("4096"), "the server goes on")


def descriptors():
    return len(os.listdir(f"/proc/{server}/fd"))


def open_paths():
    folder = f"/proc/{server}/fd"
    for each in os.listdir(folder):
        try:
            yield os.readlink(os.path.join(folder, each))
        except FileNotFoundError:
            pass


def broken_requests():
    for sent, statuses in (
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\n\n", {400, 505}),
        (b"GET / HTTP/1.1\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: a\r\nbad field\r\n\r\n", {400}),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", {400, 505}),
        (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"GET relative HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", {400}),
        (b"GET http://here/missing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", {404}),
        (b"GET /4096 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", {200}),
        (b"GET /4096 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
         b"3\r\nabc\r\n0\r\n\r\n", {200}),
        (b"\r\nGET /4096 HTTP/1.1\r\nHost: a\r\n\r\n", {200}),
        (b"\r\n\r\nGET /4096 HTTP/1.1\r\nHost: a\r\n\r\n", {400}),
        (b"GET /" + b"x" * 40000, {414}),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 40000, {431}),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 10000, {431}),
        (b"", {0}),
    ):
        with connect() as client:
            try:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            status = status_of(receive_all(client))
            expect(status in statuses, f"{sent[:60]!r}: {status}")


def smuggling():
    """What comes behind a request is not taken for another one where it may be its body."""
    second = request("/4096")
    for first, status in (
        (b"GET /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n", 400),
        (b"GET /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"GET /1 HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(second), 200),
        (b"POST /1 HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20000
         + b"\r\nContent-Length: %d\r\n\r\n" % len(second), 431),
    ):
        with connect() as client:
            client.sendall(request("/1"))
            receive_answer(client)
            client.sendall(first + second)
            answer = receive_all(client)
            expect(status_of(answer) == status, f"{first[:70]!r}: {status_of(answer)}")
            expect(answer.count(b"HTTP/1.1 ") == 1, f"{first[:70]!r} is one request")
    with connect() as client:
        client.sendall(request("/4096", "Cookie: " + "c" * 10000))
        expect(receive_answer(client)[1] == contents("4096"), "a header of 10 KiB")


def pipelining():
    with connect() as client:
        paths = ["/4096", "/missing", "/1", "/65537", "/0", "/1048576"] * 20
        client.sendall(b"".join(request(path) for path in paths))
        for path in paths:
            header, body = receive_answer(client)
            if path == "/missing":
                expect(status_of(header) == 404, path)
            else:
                expect(status_of(header) == 200 and body == contents(path[1:]), path)


def half_closed():
    with connect() as client:
        client.sendall(request("/1048576"))
        client.shutdown(socket.SHUT_WR)
        answer = receive_all(client)
        expect(answer.endswith(contents("1048576")), "a client that has closed its end")
    with connect() as client:
        client.sendall(b"GET /4096 HT")
        client.shutdown(socket.SHUT_WR)
        expect(status_of(receive_all(client)) == 400, "half a request")


def slow_header():
    with connect() as client:
        begin = time.monotonic()
        status = 0
        client.settimeout(0.2)
        for byte in request("/4096", "X: " + "y" * 100):
            try:
                client.sendall(bytes([byte]))
                part = client.recv(100)
                status = status_of(part)
                break
            except TimeoutError:
                pass
        expect(status == 408 and time.monotonic() - begin < 4, "a header, byte by byte")


def idle():
    with connect() as client:
        client.sendall(request("/1"))
        receive_answer(client)
        begin = time.monotonic()
        expect(client.recv(1) == b"", "a connection without requests")
        expect(4 < time.monotonic() - begin < 9, "is closed in time")


def slow_reader():
    """Takes nothing, and is closed; one that takes a little is served to the end."""
    with connect() as client:
        client.sendall(request("/large"))
        time.sleep(4)
        received = len(receive_all(client))
        expect(0 < received < 67108864, f"a client that takes nothing: {received}")
    with connect() as client:
        client.sendall(request("/large", "Connection: close"))
        received = 0
        while part := client.recv(1024 * 1024, socket.MSG_WAITALL):
            received += len(part)
            time.sleep(0.05)
        expect(received > 67108864, f"a client that takes little at a time: {received}")


def gone():
    for path in ("/large", "/1048576", "/4096", "/"):
        for _ in range(20):
            client = connect()
            client.sendall(request(path))
            client.close()


def truncated():
    """A connection that is closed, and no answer of the wrong length."""
    with open("root/shrinking", "wb") as file:
        file.write(b"x" * 50_000_000)
    with connect() as client:
        client.sendall(request("/shrinking"))
        client.recv(1000)
        os.truncate("root/shrinking", 100)
        begin = time.monotonic()
        received = len(receive_all(client))
        expect(received < 50_000_000, f"a file that is truncated while it is sent: {received}")
        # Immediately, and not because no other request came.
        expect(time.monotonic() - begin < 4, "the connection is closed")
    # A file that is kept open and has become shorter is opened again.
    with open("root/shrinking", "wb") as file:
        file.write(b"x" * 4000)
    time.sleep(1.2)
    with connect() as client:
        client.sendall(request("/shrinking"))
        expect(len(receive_answer(client)[1]) == 4000, "a file")
        os.truncate("root/shrinking", 100)
        client.sendall(request("/shrinking"))
        expect(len(receive_answer(client)[1]) == 100, "a file that was truncated")


def replaced():
    """The answer is one of the files, and not a mixture."""
    for name, byte in (("replaced", b"a"), ("replacement", b"b")):
        with open(os.path.join("root", name), "wb") as file:
            file.write(byte * 30_000_000)
    with connect() as client:
        client.sendall(request("/replaced", "Connection: close"))
        begin = client.recv(1000)
        os.replace("root/replacement", "root/replaced")
        answer = begin + receive_all(client)
        expect(answer.endswith(b"a" * 30_000_000), "a file that is replaced while it is sent")


def removed():
    """A file that nobody asks for any more is closed: until then its space is not free."""
    with open("root/removed", "wb") as file:
        file.write(b"a" * 100_000)
    with connect() as client:
        client.sendall(request("/removed"))
        expect(len(receive_answer(client)[1]) == 100_000, "a file")
    os.remove("root/removed")
    for _ in range(100):
        if not any("root/removed" in path for path in open_paths()):
            return
        time.sleep(0.1)
    raise AssertionError("a file that was removed is still open")


def many_connections():
    clients = [connect() for _ in range(300)]
    for client in clients:
        client.sendall(request("/65537"))
    for client in clients:
        expect(receive_answer(client)[1] == contents("65537"), "one of many")
        client.close()


def exhaust():
    """More connections than there are descriptors: some wait, none is lost."""
    clients = [connect() for _ in range(60)]
    for client in clients:
        client.sendall(request("/missing", "Connection: close"))
    statuses = [status_of(receive_all(client)) for client in clients]
    for client in clients:
        client.close()
    expect(set(statuses) <= {404, 503}, f"statuses: {statuses}")
    # All descriptors are connections': there is none to open a file with. One that is open is sent.
    with connect() as client:
        client.sendall(request("/65537"))
        receive_answer(client)
    idle_ones = [connect() for _ in range(60)]
    time.sleep(0.5)
    idle_ones[0].sendall(request("/4096"))
    status = status_of(receive_answer(idle_ones[0])[0])
    expect(status == 503, f"without descriptors: {status}")
    idle_ones[1].sendall(request("/65537"))
    header, body = receive_answer(idle_ones[1])
    status = status_of(header)
    expect(status == 503 or body == contents("65537"), f"without descriptors: {status}")
    for client in idle_ones:
        client.close()
    time.sleep(0.5)
    is_well()


def main():
    is_well()
    time.sleep(0.2)
    before = descriptors()
    for test in (broken_requests, smuggling, pipelining, half_closed, slow_header, idle, slow_reader, gone,
                 truncated, replaced, removed, many_connections):
        print(test.__name__, flush=True)
        test()
        is_well()
    # Except for files that two threads keep open.
    for _ in range(100):
        after = descriptors()
        if after <= before + 20:
            break
        time.sleep(0.1)
    expect(after <= before + 20, f"descriptors: {before} before, {after} after")

    # Stopped: what is being sent is sent to the end. A second signal would not wait for that.
    with connect() as client, connect() as unused:
        client.sendall(request("/large"))
        received = client.recv(1000)
        os.kill(server, signal.SIGTERM)
        received += receive_all(client)
        expect(received.endswith(contents("large")), "an answer that is under way at the end")
        expect(unused.recv(1) == b"", "a connection without requests at the end")


exhausts = sys.argv[1] == "--exhaust"
url, server = urlsplit(sys.argv[-2]), int(sys.argv[-1])
address = (url.hostname, url.port)
if exhausts:
    exhaust()
else:
    main()
