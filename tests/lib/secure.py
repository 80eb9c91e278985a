# SPDX-License-Identifier: ISC
"""TLS inside a container: a certificate where certbot puts it, units that use
it, and a client."""

import os
import ssl

import inside

LIVE = "/etc/letsencrypt/live/localhost"
CERT, KEY = f"{LIVE}/fullchain.pem", f"{LIVE}/privkey.pem"
CA = "/etc/ssl/test-ca.pem"
STRANGER = "/etc/ssl/test-stranger.pem"
OPTIONS = f"tls-cert {CERT}\ntls-key {KEY}\nrequire-tls always\n"
DOC = "/usr/local/share/doc/onepop/onepop@.service.d"
DROPINS = "/etc/systemd/system"


def new_key(path, *arguments):
    inside.run("openssl", "req", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:P-256", "-nodes", "-keyout", path,
               *arguments)
    os.chmod(path, 0o600)


def certificate(days=90):
    """Makes a new certificate in the place of the last one."""
    os.makedirs(LIVE, exist_ok=True)
    os.chmod("/etc/letsencrypt/live", 0o700)
    if not os.path.exists(CA):
        new_key("/etc/ssl/test-ca.key", "-x509", "-subj", "/CN=test CA",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                "-out", CA)
    new_key(KEY, "-x509", "-CA", CA, "-CAkey", "/etc/ssl/test-ca.key",
            "-subj", "/CN=localhost", "-days", str(days), "-addext",
            "basicConstraints=critical,CA:FALSE", "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", CERT)


def options(text=OPTIONS):
    with open("/etc/onepop.conf", "w", encoding="ascii") as file:
        file.write(text)


def drop_in(name, units=("onepop@.service", "onepops@.service")):
    for unit in units:
        inside.run("install", "-D", "-m", "644", f"{DOC}/{name}", "-t",
                   f"{DROPINS}/{unit}.d")
    inside.run("systemctl", "daemon-reload")


def serve():
    """Serves port 110 with STLS, and port 995."""
    certificate()
    options()
    drop_in("stls.conf", ["onepop@.service"])
    inside.enable()
    inside.run("systemctl", "enable", "--now", "onepops.socket")


class Pop(inside.Pop):
    """By STLS on port 110, else by TLS from the start."""

    def __init__(self, port, host="127.0.0.1", source=None):
        super().__init__(port, host, source)
        if port == 110:
            self.file.readline()
            inside.same(self.ask("STLS")[:3], "+OK")
        context = ssl.create_default_context(cafile=CA)
        self.socket = context.wrap_socket(
            self.socket, server_hostname="localhost",
            suppress_ragged_eofs=False)
        self.file = self.socket.makefile("rb")
        self.stls = port == 110

    def __enter__(self):
        return self if self.stls else super().__enter__()


class Site(inside.Site):
    """Its clients speak TLS."""

    def pop(self):
        return Pop(self.port)

    def cases_of(self, port, words):
        def at(test):
            def call():
                self.port = port
                test()
            return call
        return [inside.named(f"{words}: {case.sentence}", at(case))
                for case in self.cases()]
