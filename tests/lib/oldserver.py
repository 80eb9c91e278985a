# SPDX-License-Identifier: ISC
"""A POP3 server of the tests, which onepopctl adopt asks: it answers what it
is told to, also what no server should."""
import socket
import ssl
import threading


class Fault(Exception):
    """Ends a connection."""


class Old:
    """Serves boxes: of each user a list of (id, message).  A function in
    faults takes the place of a verb's answer: it is called with the server,
    the connection, and the verb's argument."""

    def __init__(self, boxes, password="secret", faults=None, tls=None,
                 capa=(b"PIPELINING",), greeting=b"+OK old <1.2@old>\r\n"):
        self.boxes, self.password = boxes, password
        self.faults = faults or {}
        self.capa, self.greeting = capa, greeting
        self.said, self.logins, self.connections = [], [], 0
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*tls)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def url(self, scheme="pop3", host="127.0.0.1"):
        return f"{scheme}://{host}:{self.port}"

    def close(self):
        """Nobody listens any more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def listen(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,),
                             daemon=True).start()

    def serve(self, connection):
        try:
            with connection:
                if self.context:
                    connection = self.context.wrap_socket(connection,
                                                          server_side=True)
                self.talk(connection)
        except (OSError, Fault, UnicodeDecodeError):
            pass

    def talk(self, connection):
        user, box = None, None
        connection.sendall(self.greeting)
        for line in connection.makefile("rb"):
            verb, _, argument = line.decode().rstrip("\r\n").partition(" ")
            self.said.append((verb, argument))
            if verb in self.faults:
                self.faults[verb](self, connection, argument)
            elif verb == "USER":
                user = argument
                connection.sendall(b"+OK\r\n")
            elif verb == "PASS":
                self.logins.append(user)
                box = self.boxes.get(user)
                if box is None or argument != self.password:
                    raise_after(connection, b"-ERR [AUTH] no\r\n")
                connection.sendall(b"+OK\r\n")
            else:
                connection.sendall(self.answer(verb, argument, box))
                if verb == "QUIT":
                    return

    def answer(self, verb, argument, box):
        if verb == "CAPA":
            return lines(self.capa)
        if verb == "QUIT":
            return b"+OK\r\n"
        if verb == "UIDL":
            return lines(b"%d %s" % (n, name)
                         for n, (name, _) in enumerate(box, 1))
        if verb == "TOP":
            number, count = map(int, argument.split())
            if count != 0 or number > len(box):
                return b"-ERR no such message\r\n"
            header = box[number - 1][1].partition(b"\n\n")[0]
            return lines((*header.split(b"\n"), b""))
        return b"-ERR unknown\r\n"


def raise_after(connection, octets):
    connection.sendall(octets)
    raise Fault


def lines(them):
    """An answer of several lines."""
    return b"+OK\r\n" + b"".join(
        (b"." if line.startswith(b".") else b"") + line + b"\r\n"
        for line in them) + b".\r\n"
