# SPDX-License-Identifier: ISC
"""What the tests of the package share: apt without a network, two versions of
the package, and an update that is interrupted."""

import os
import pathlib
import re

import inside

RELEASE = "bookworm" if inside.PAM_HELPER == "no" else "trixie"
PLACE = pathlib.Path("/src/build/packages") / RELEASE
STATE = pathlib.Path("/var/lib/onepop")
SOCKETS = ("onepop.socket", "onepops.socket")
DROP_IN = pathlib.Path("/run/systemd/system/onepop@.service.d/test.conf")
# All has moved, and nothing says yet that it is to be cut: neither old nor new.
FAULT = f"""
[Service]
ExecStart=
ExecStart=/src/build/onepop-faults --pam-helper {inside.PAM_HELPER}
Environment=ONEPOP_FAULTS=kill:fdatasync:3
"""


def package(age):
    """The file of the package, "old" or "new"."""
    found, = (PLACE / age).glob("onepop_*.deb")
    return str(found)


def version(age):
    return re.search("onepop_(.*)_", package(age))[1]


def apt(*words):
    """Runs apt-get, which asks nothing; returns what it says."""
    return inside.run(
        "apt-get", "-qy", "--no-install-recommends", *words,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}).decode()


def installed():
    """The installed version, or None."""
    said = inside.command("dpkg-query", "-W", "-f${Version} ${db:Status-Abbrev}",
                          "onepop").stdout.decode().split()
    return said[0] if said[1:] == ["ii"] else None


def drop_in(text):
    DROP_IN.parent.mkdir(parents=True, exist_ok=True)
    DROP_IN.write_text(text, encoding="ascii")
    inside.run("systemctl", "daemon-reload")


def fetch(number=1):
    """The message, as curl fetches it."""
    return inside.run("curl", "-sS", "--user", f"alice:{inside.PASSWORD}",
                      f"pop3://127.0.0.1/{number}").replace(b"\r\n", b"\n")


def fetches(subject="It works"):
    """The newest message, which is delivered now, is fetched."""
    inside.deliver("alice", inside.letter(subject))
    wanted = inside.messages("alice")
    inside.same(fetch(len(wanted)), wanted[-1])


def interrupt():
    """A session dies in its update, and nothing finishes it yet.  Returns the
    messages that must be left."""
    for subject in "one", "two", "three", "four":
        inside.deliver("alice", inside.letter(subject))
    before = inside.messages("alice")
    inside.run("systemctl", "mask", "--runtime", "onepop-recover@.service")
    drop_in(FAULT)
    journal = inside.Journal()
    with inside.Pop() as pop:
        inside.same(pop.login("alice")[:3], "+OK")
        for number in 1, len(before) - 1:
            inside.same(pop.ask(f"DELE {number}")[:3], "+OK")
        inside.same(pop.ask("QUIT"), "")
    inside.same(journal.unit_end("onepop@"), inside.UNIT_FAILED)
    drop_in("")
    inside.run("systemctl", "unmask", "--runtime", "onepop-recover@.service")
    wanted = before[1:-2] + before[-1:]
    inside.same(inside.messages("alice") == wanted, False)
    return wanted
