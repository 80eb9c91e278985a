# SPDX-License-Identifier: ISC
"""The parts that tests of stunnel share: a certificate where the shipped files
look for it, addresses outside of the loopback, clients that speak TLS."""

import os
import shutil
import socket
import ssl
import time

import inside
import scenario

NAME = "mail.example.org"
LIVE = f"/etc/letsencrypt/live/{NAME}"
CA = "/etc/ssl/certs/onepop-test.pem"  # the clients trust it
DOC = "/usr/local/share/doc/onepop"
SERVER, CLIENT = "192.0.2.5", "192.0.2.7"
SERVER6, CLIENT6 = "2001:db8::5", "2001:db8::7"


def make_certificate():
    os.makedirs(LIVE, mode=0o700)
    os.umask(0o077)
    inside.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
               "-days", "2", "-subj", f"/CN={NAME}",
               "-addext", f"subjectAltName=DNS:{NAME}",
               "-keyout", f"{LIVE}/privkey.pem", "-out", f"{LIVE}/fullchain.pem")
    os.umask(0o022)
    shutil.copy(f"{LIVE}/fullchain.pem", CA)
    os.chmod(CA, 0o644)


def prepare():
    """A certificate, and addresses for us and for clients from elsewhere."""
    make_certificate()
    for address in SERVER, CLIENT, SERVER6, CLIENT6:
        inside.run("ip", "address", "add", address, "dev", "lo", "nodad")
    with open("/etc/hosts", "a", encoding="ascii") as file:
        file.write(f"{SERVER} {NAME}\n")


def client_certificate(name):
    """Makes one of alice's, self-signed; returns both PEM files."""
    key, cert = f"/root/{name}.key", f"/root/{name}.pem"
    inside.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
               "-days", "2", "-subj",
               f"/O=Example, CN=bob/CN={name}/emailAddress={name}@localhost",
               "-keyout", key, "-out", cert)
    return cert, key


def configure(shipped, name):
    """Puts a shipped file in the place that its first line names."""
    os.makedirs("/etc/stunnel", exist_ok=True)
    shutil.copy(f"{DOC}/{shipped}", f"/etc/stunnel/{name}.conf")


def listening(port):
    """Waits until stunnel listens, which it does not tell systemd."""
    until = time.monotonic() + inside.LIMIT
    while time.monotonic() < until:
        try:
            socket.create_connection((SERVER, port), inside.LIMIT).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise AssertionError("nothing listens")


class TlsPop(inside.Pop):
    """A client by TLS, from the first octet on or by STLS."""

    def __init__(self, port=995, host=SERVER, source=CLIENT, stls=False,
                 certificate=None):
        super().__init__(port, host, source)
        self.greeting = None
        if stls:
            self.greeting = self.answer()
            inside.same(self.ask("STLS")[:4], "+OK ")
        context = ssl.create_default_context(cafile=CA)
        if certificate:
            context.load_cert_chain(*certificate)
        self.socket = context.wrap_socket(self.socket, server_hostname=NAME)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self if self.greeting else super().__enter__()


class Site(inside.Site):
    """A Site whose clients need TLS, on the loopback like inside.Site."""

    def __init__(self, start, port, stls=False):
        self.stls = stls
        prepare()
        super().__init__(start, port)

    def pop(self, host="127.0.0.1", source="127.0.0.1"):
        return TlsPop(self.port, host, source, self.stls)

    def log_has_the_client(self, host, source):
        journal = inside.Journal()
        with self.pop(host, source) as pop:
            port = pop.socket.getsockname()[1]
            inside.same(pop.login("alice", "wrong")[:11], "-ERR [AUTH]")
            inside.same(pop.login("alice")[:3], "+OK")
            pop.ask("QUIT")
        journal.line(f"^login failed: rip={source} rport={port} .* "
                     "tls=external .* reason=(auth|repeated) ")
        journal.line(f"^login ok: rip={source} rport={port} .* tls=external ")
        journal.line(f"^session end: rip={source} reason=quit ")

    def has_its_address(self):
        self.log_has_the_client(SERVER, CLIENT)

    def has_its_ipv6_address(self):
        self.log_has_the_client(SERVER6, CLIENT6)

    def tells_pam(self):
        journal = inside.Journal()
        with self.pop(SERVER, CLIENT) as pop:
            inside.same(pop.login("alice", "not it")[:11], "-ERR [AUTH]")
        journal.wait(lambda e: "pam_unix(onepop:auth): authentication failure"
                     in str(e.get("MESSAGE"))
                     and f"rhost={CLIENT} " in str(e.get("MESSAGE")))
        self.log_has_the_client(SERVER, CLIENT)  # a login resets the failures

    def downloads(self):
        body = scenario.big_body()
        inside.deliver("alice", inside.letter("big", body))
        wanted = inside.messages("alice")[-1]
        with self.pop() as pop:
            pop.login("alice")
            number = pop.ask("STAT").split()[1]
            inside.same(pop.text(f"RETR {number}") == wanted, True)
            inside.same(pop.ask(f"DELE {number}")[:3], "+OK")
            inside.same(pop.ask("QUIT")[:3], "+OK")

    def hears_no_clear_text(self):
        """A client that speaks no TLS gets nothing of the mailbox."""
        with socket.create_connection((SERVER, self.port), inside.LIMIT) as s:
            s.sendall(b"USER alice\r\nPASS " + inside.PASSWORD.encode() +
                      b"\r\nSTAT\r\n")
            found = b""
            try:
                while octets := s.recv(4096):
                    found += octets
            except ConnectionResetError:
                pass
        inside.same(b"messages" in found or found.count(b"+OK") > 1, False)

    def in_order(self, *units):
        inside.same(inside.verify(*units), b"")

    def cases(self):
        return super().cases() + [
            inside.named("the log has the client's own address",
                         self.has_its_address),
            inside.named("by IPv6 too", self.has_its_ipv6_address),
            inside.named("PAM is told it", self.tells_pam),
            inside.named("30 MB come octet for octet", self.downloads),
            inside.named("clear text is not heard", self.hears_no_clear_text),
        ] + [inside.named(f"{name} fetches mail", client(self.port, self.stls))
             for name, client in CLIENTS.items()
             if client.has_stls or not self.stls]


class Real(scenario.Client):
    """A real client that fetches and deletes all mail."""

    has_stls = True

    def __init__(self, port, stls):
        self.port, self.stls = port, stls

    def __call__(self):
        name = type(self).__name__.lower()
        super().__init__(f"/tmp/{name}")
        self.maildir("box")
        inside.deliver("alice", inside.letter(name))
        wanted = inside.messages("alice")
        journal = inside.Journal()
        found = self.fetch(inside.PASSWORD)
        journal.line(f"^login ok: rip={SERVER} .* tls=external ")
        inside.same(sorted(found), sorted(wanted))
        inside.same(inside.mailbox("alice"), b"")

    def fetch(self, password):
        """Fetches and deletes all mail."""
        raise NotImplementedError


class Curl(Real):
    def curl(self, password, path, *more):
        url = f"pop3{'' if self.stls else 's'}://{NAME}:{self.port}/{path}"
        return self.run("curl", "-sS", "--ssl-reqd", "--cacert", CA, "-u",
                        f"alice:{password}", url, *more)

    def fetch(self, password):
        found = []
        for _ in self.curl(password, "").splitlines():
            letter = self.curl(password, "1")
            found.append(letter.replace(b"\r\n", b"\n"))
            self.curl(password, "1", "-l", "-X", "DELE")
        return found


class Fetchmail(Real):
    def fetch(self, password):
        mda = self.write("mda", f"""
            #!/bin/sh
            exec cat >"$(mktemp {self.folder}/box/new/XXXXXXXX)"
            """)
        os.chmod(mda, 0o700)
        rc = self.write("rc", f"""
            set invisible
            poll {NAME} protocol pop3 service {self.port}
              user "alice" password "{password}" fetchall no rewrite
              {'sslproto "tls1.2+"' if self.stls else "ssl"}
              sslcertck sslcertfile {CA} mda "{mda}"
            """)
        self.run("fetchmail", "--fetchmailrc", rc, "--nodetach", "--nosyslog",
                 "--pidfile", f"{self.folder}/pid")
        return self.take("box")


class Mpop(Real):
    def fetch(self, password):
        rc = self.write("rc", f"""
            account default
            host {NAME}
            port {self.port}
            user alice
            password {password}
            tls on
            tls_starttls {"on" if self.stls else "off"}
            tls_trust_file {CA}
            received_header off
            uidls_file {self.folder}/uidls
            delivery maildir {self.folder}/box
            """)
        self.run("mpop", "--file", rc, "--quiet", "--keep=off")
        return self.take("box")


class Getmail(Real):
    has_stls = False  # getmail6 6.18 knows TLS from the start only

    def fetch(self, password):
        self.write("rc", f"""
            [retriever]
            type = SimplePOP3SSLRetriever
            server = {NAME}
            port = {self.port}
            username = alice
            password = {password}
            ca_certs = {CA}
            [destination]
            type = Maildir
            path = {self.folder}/box/
            [options]
            delete = true
            delivered_to = false
            received = false
            """)
        self.run(scenario.GETMAIL, "--getmaildir", self.folder, "--rcfile", "rc")
        return self.take("box")


CLIENTS = {"curl": Curl, "fetchmail": Fetchmail, "mpop": Mpop,
           "getmail": Getmail}
