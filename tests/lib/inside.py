# SPDX-License-Identifier: ISC
"""What the tests inside a container share: commands, TAP, the journal,
mail that a real MTA delivers, and a plain look at a mailbox."""

import json
import os
import pwd
import re
import socket
import subprocess
import sys
import threading
import time

from tap import named, same, run as tap  # noqa: F401

PASSWORD = "correct horse"
SPOOL = "/var/mail"
LIMIT = 60  # seconds that an event may take
UNIT_DONE = "7ad2d189f7e94e70a38c781354912448"
UNIT_FAILED = "d9b373ed55a64feb8242e02dbe79a49c"
UNIT_STARTING = "7d4958e842da4a758f6c1cdc7b36dcc5"
UNIT_STARTED = "39f53479d3a045ac8e11786248231fbf"  # of a oneshot: finished
with open("/etc/os-release", encoding="utf-8") as release:
    # Whether this release's PAM runs a helper; the build may be for another.
    PAM_HELPER = "no" if "bookworm" in release.read() else "yes"
MTA = ("postfix@-.service" if os.path.exists(  # of Debian 12
    "/lib/systemd/system-generators/postfix-instance-generator")
    else "postfix.service")


def run(*argv, **options):
    """Runs a command that must succeed; gives its output."""
    done = command(*argv, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{argv}: {done.returncode}: {done.stdout!r}")
    return done.stdout


def command(*argv, **options):
    return subprocess.run(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=4 * LIMIT, check=False, **options)


class Journal:
    """The journal, from now on or from the boot on."""

    def __init__(self, boot=False):
        run("journalctl", "--sync")
        self.after = ["-b"]
        if boot:
            return
        out = run("journalctl", "-q", "-n1", "--show-cursor", "-o", "cat")
        cursor = out.decode(errors="replace").rpartition("-- cursor: ")[2]
        self.after = ["--after-cursor", cursor.strip()]

    def wait(self, matches):
        """Waits for the first entry that matches."""
        reader = subprocess.Popen(
            ["journalctl", "-q", "-f", "--no-tail", "--all", "-o", "json",
             *self.after], stdout=subprocess.PIPE)
        timer = threading.Timer(LIMIT, reader.kill)
        timer.start()
        try:
            for line in reader.stdout:
                entry = json.loads(line)
                if matches(entry):
                    return entry
            raise AssertionError("no such journal entry")
        finally:
            timer.cancel()
            reader.kill()
            reader.communicate()

    def line(self, pattern):
        """Waits for the first line of onepop's that matches."""
        return self.wait(lambda e: e.get("SYSLOG_IDENTIFIER") == "onepop"
                         and re.search(pattern, str(e.get("MESSAGE"))))

    def time(self, unit, what):
        """When a unit was UNIT_STARTING, for example, in microseconds."""
        return int(self.wait(
            lambda e: e.get("UNIT") == unit and e.get("MESSAGE_ID") == what
        )["__MONOTONIC_TIMESTAMP"])

    def unit_end(self, unit="onepop@"):
        """How an instance ended: its MESSAGE_ID."""
        return self.wait(
            lambda e: e.get("UNIT", "").startswith(unit)
            and e.get("MESSAGE_ID") in (UNIT_DONE, UNIT_FAILED))["MESSAGE_ID"]


def install():
    """Installs onepop with the commands of the README."""
    run("make", "-C", "/src", "install")
    run("systemctl", "daemon-reload")
    run("systemd-tmpfiles", "--create", "onepop.conf")


def raise_connection_limits():
    """For tests that connect faster than systemd notices that sessions end."""
    directory = "/run/systemd/system/onepop.socket.d"
    os.makedirs(directory)
    with open(f"{directory}/many.conf", "w", encoding="ascii") as file:
        file.write("[Socket]\nMaxConnectionsPerSource=200\n")
    run("systemctl", "daemon-reload")


def enable():
    run("systemctl", "enable", "--now", "onepop.socket")


def add_user(name):
    run("useradd", "--create-home", "--shell", "/usr/sbin/nologin", name)
    run("chpasswd", input=f"{name}:{PASSWORD}".encode())


def configure_postfix(mailbox_command=""):
    run("postconf", "-e", "mydestination = localhost", "myhostname = localhost",
        "inet_interfaces = loopback-only", "disable_dns_lookups = yes",
        "message_size_limit = 0", "mailbox_size_limit = 0", "biff = no",
        f"mailbox_command = {mailbox_command}", "compatibility_level = 3.6")


def start_postfix(mailbox_command=""):
    configure_postfix(mailbox_command)
    run("systemctl", "start", "postfix")
    # With control groups of version 1 systemd may lose a new unit's group.
    # (In Debian 13 it is postfix.service alone.)
    if command("postfix", "status").returncode != 0:
        run("systemctl", "start", "postfix@-")


def deliver(user, text):
    """Sends a message and returns when the MTA has delivered it."""
    journal = Journal()
    run("sendmail", "-oi", "-f", "sender@localhost", f"{user}@localhost",
        input=text)
    journal.wait(lambda e: e.get("SYSLOG_IDENTIFIER") == "postfix/local"
                 and "status=sent" in str(e.get("MESSAGE")))


def letter(subject, body=b"Hello.\n"):
    return (f"From: sender@localhost\nTo: user@localhost\n"
            f"Subject: {subject}\n\n").encode() + body


def mailbox(user):
    try:
        with open(f"{SPOOL}/{user}", "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def messages(user):
    """The messages of a mailbox, LF at line ends, without From_ lines.  No
    body in these tests has a line that looks like one."""
    parts = re.split(rb"(?:\A|(?<=\n)\n)From [^\n]*\n", mailbox(user))
    if parts[-1].endswith(b"\n\n"):
        parts[-1] = parts[-1][:-1]
    return parts[1:]


class Pop:
    """A simple POP3 client."""

    def __init__(self, port=110, host="127.0.0.1", source=None):
        self.socket = socket.create_connection(
            (host, port), LIMIT, source and (source, 0))
        self.file = self.socket.makefile("rb")

    def answer(self):
        return self.file.readline().decode().rstrip("\r\n")

    def ask(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.answer()

    def text(self, line):
        """The lines of a multi-line answer, without added dots, ended by LF."""
        first = self.ask(line)
        if not first.startswith("+OK"):
            raise AssertionError(first)
        lines = []
        while (one := self.file.readline()) != b".\r\n":
            if not one:
                raise AssertionError("the connection ended")
            lines.append(one[1:] if one.startswith(b".") else one)
        return b"".join(lines).replace(b"\r\n", b"\n")

    def login(self, user, password=PASSWORD):
        self.ask(f"USER {user}")
        return self.ask(f"PASS {password}")

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        greeting = self.answer()
        if not greeting.startswith("+OK "):
            raise AssertionError(f"greeting {greeting!r}")
        return self

    def __exit__(self, *_):
        self.close()


# Keys that systemd knows since 255.
NEW_KEY = re.compile(rb".*: Unknown key( name)? 'PollLimit(IntervalSec|Burst)' "
                     rb"in section .Socket.*\n")


def verify(*words):
    """What systemd-analyze has to say about units, apart from newer keys."""
    return NEW_KEY.sub(b"", command("systemd-analyze", "verify", "--man=no",
                                    *words).stdout)


class Site:
    """A host that serves the mail of alice, started in one way or another."""

    def __init__(self, start, port=110):
        self.port = port
        install()
        add_user("alice")
        start_postfix()
        start()

    def pop(self):
        return Pop(self.port)

    def greets(self):
        with self.pop() as pop:
            same(pop.ask("QUIT")[:3], "+OK")

    def empty(self):
        with self.pop() as pop:
            same(pop.login("alice")[:3], "+OK")
            same(pop.ask("STAT"), "+OK 0 0")

    def fetches(self):
        deliver("alice", letter("one"))
        deliver("alice", letter("two", b".dot\n.\nend\n"))
        wanted = messages("alice")
        with self.pop() as pop:
            same(pop.login("alice")[:3], "+OK")
            found = [pop.text("RETR 1"), pop.text("RETR 2")]
            pop.ask("QUIT")
        same(found, wanted)

    def refuses(self):
        journal = Journal()
        with self.pop() as pop:
            same(pop.login("alice", "wrong")[:11], "-ERR [AUTH]")
            same(pop.login("alice")[:3], "+OK")
            pop.ask("QUIT")
        journal.line("^login failed: rip=127.0.0.1 .* reason=auth ")

    def hangs_up(self):
        before = mailbox("alice")
        journal = Journal()
        with self.pop() as pop:
            pop.login("alice")
            same(pop.ask("DELE 1")[:3], "+OK")
        journal.line("^session end: .* reason=hangup ")
        same(mailbox("alice"), before)

    def deletes(self):
        wanted = messages("alice")[1:]
        journal = Journal()
        with self.pop() as pop:
            pop.login("alice")
            same(pop.ask("DELE 1")[:3], "+OK")
            same(pop.ask("QUIT")[:3], "+OK")
            same(messages("alice"), wanted)
        journal.line('^session end: rip=127.0.0.1 reason=quit .* dele=1 ')

    def closes_in(self):
        """The process is onepop before login and alice after it."""
        with self.pop() as pop:
            pid = session()
            before = status(pid)
            same(pop.login("alice")[:3], "+OK")
            after = status(pid)
            pop.ask("QUIT")
        uid = pwd.getpwnam("onepop").pw_uid
        same(before["Uid"].split(), [str(uid)] * 4)
        same(before["NoNewPrivs"], "1")
        user = pwd.getpwnam("alice")
        same(after["Uid"].split(), [str(user.pw_uid)] * 4)
        same(after["Gid"].split(), [str(user.pw_gid)] * 4)
        same(after["Groups"].split(), [])
        same({int(after[f"Cap{which}"], 16)
              for which in ("Inh", "Prm", "Eff", "Bnd", "Amb")}, {0})
        same(int(after["Seccomp_filters"]),
             int(before["Seccomp_filters"]) + 2)

    def asks_when_silent(self):
        """The kernel's timer of the connection, as soon as all that was sent
        is acknowledged."""
        with self.pop() as pop:
            port = pop.socket.getsockname()[1]
            pop.login("alice")
            until = time.monotonic() + LIMIT
            said = ""
            while "timer:(keepalive," not in said and time.monotonic() < until:
                said = run("ss", "-Htno", "state", "established", "(", "sport",
                           "=", f":{self.port}", "and", "dport", "=",
                           f":{port}", ")").decode()
            pop.ask("QUIT")
        if not re.search(r"timer:\(keepalive,(1min|[\d.]+sec)", said):
            raise AssertionError(said)

    def cases(self):
        """The tests that pass for every way of starting onepop."""
        return [
            named("a client gets a greeting, and a goodbye", self.greets),
            named("a user without mail has an empty maildrop", self.empty),
            named("mail the MTA delivered is fetched octet for octet",
                  self.fetches),
            named("a wrong password is refused, then the right one works",
                  self.refuses),
            named("a client that hangs up deletes nothing", self.hangs_up),
            named("QUIT deletes what was marked", self.deletes),
            named("a silent client is asked after a minute whether it lives",
                  self.asks_when_silent),
            named("it is onepop before login, and after it the user with "
                  "nothing else", self.closes_in),
        ]


def sessions():
    """The processes that serve a session now."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            exe = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            continue
        if os.path.basename(exe) == "onepop":
            found.append(int(pid))
    return found


def session():
    """The process of the only session; waits until others have ended."""
    until = time.monotonic() + LIMIT
    while len(found := sessions()) != 1 and time.monotonic() < until:
        time.sleep(0.01)
    return found[0]


def status(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file)
