# SPDX-License-Identifier: ISC
"""A directory with a user and a mailbox, and the program with its client."""

import os
import pwd
import socket
import subprocess

import program as programs

PAM = ("auth required pam_userdb.so db=%s/users crypt=none\n"
       "account required pam_permit.so\nsession required pam_permit.so\n")
FROM = b"From a@example.org Mon Nov 23 10:00:00 2026\n"
MAIL = FROM + b"Subject: 1\n\nSECRET\n\n"
ROOT = os.geteuid() == 0
PATIENCE = 60  # seconds that an answer may take


class Place:
    """A user, alice, whose mailbox belongs to nobody, and the program that
    the user start starts."""

    def __init__(self, program, directory, users=None, start="daemon"):
        self.directory = directory
        os.chmod(directory, 0o755)
        self.program = programs.copy(program, directory)
        self.admin = programs.copy_admin(program, directory)
        self.start = pwd.getpwnam(start) if ROOT else \
            pwd.getpwuid(os.geteuid())
        self.owner = pwd.getpwnam("nobody") if ROOT else self.start
        for name, mode, whose in (("spool", 0o755, None),
                                  ("state", 0o700, self.start),
                                  ("run", 0o700, self.start),
                                  ("empty", 0o755, None)):
            os.mkdir(f"{directory}/{name}", mode)
            os.chmod(f"{directory}/{name}", mode)
            if whose:
                os.chown(f"{directory}/{name}", whose.pw_uid, whose.pw_gid)
        with open(f"{directory}/onepop", "w", encoding="ascii") as file:
            file.write(PAM % directory)
        with open(f"{directory}/config", "w", encoding="ascii"):
            pass
        self.users("users", users or {b"alice": b"secret"})
        self.box = f"{directory}/spool/alice"
        self.fill(MAIL)

    def users(self, name, words):
        """Makes a database for pam_userdb."""
        subprocess.run(
            ["db5.3_load", "-T", "-t", "hash", f"{self.directory}/{name}.db"],
            input=b"".join(self.line(user) + self.line(word)
                           for user, word in words.items()), check=True)

    @staticmethod
    def line(octets):
        """As db5.3_load reads them."""
        return b"".join(b"%c" % o if chr(o).isalnum() else b"\\%02x" % o
                        for o in octets) + b"\n"

    def fill(self, *pieces, size=0):
        """Makes the mailbox again, with a hole at its end up to that size."""
        if os.path.lexists(self.box):
            os.unlink(self.box)
        with open(self.box, "wb") as file:
            file.writelines(pieces)
            file.truncate(max(size, file.tell()))
        os.chown(self.box, self.owner.pw_uid, self.owner.pw_gid)

    def mail(self):
        with open(self.box, "rb") as file:
            return file.read()

    def command(self, *more):
        d = self.directory
        return [self.program, "--config", f"{d}/config", "--pam-confdir", d,
                "--start-user", self.start.pw_name,
                "--mail-user", self.owner.pw_name,
                "--mailbox", f"{d}/spool/%u", "--state-dir", f"{d}/state",
                *more]

    def environment(self):
        return dict(os.environ, RUNTIME_DIRECTORY=f"{self.directory}/run")


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f
                    if ":\t" in line)


def kib(pid, key):
    """A process's memory; VmHWM is the most that it has held."""
    return int(status_of(pid)[key].split()[0])


class Session:
    """The program, and its client."""

    def __init__(self, place, *more, prefix=(), pair=None):
        self.socket, theirs = pair or socket.socketpair()
        self.socket.settimeout(PATIENCE)
        self.child = subprocess.Popen(
            [*prefix, *place.command(*more)], stdin=theirs, stdout=theirs,
            stderr=subprocess.PIPE, env=place.environment())
        theirs.close()
        self.file = self.socket.makefile("rb")

    def answer(self):
        try:
            return self.file.readline().decode().rstrip()
        except ConnectionResetError:
            return ""

    def send(self, octets):
        try:
            self.socket.sendall(octets)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def ask(self, line):
        self.send(line.encode() + b"\r\n")
        return self.answer()

    def login(self, user="alice", password="secret"):
        self.ask(f"USER {user}")
        return self.ask(f"PASS {password}")

    def rest(self):
        """The lines that still come, up to the end of the connection."""
        try:
            return [line.decode().rstrip() for line in self.file]
        except ConnectionResetError:
            return []

    def status(self):
        return status_of(self.child.pid)

    def files(self):
        d = f"/proc/{self.child.pid}/fd"
        return {int(fd): os.readlink(f"{d}/{fd}") for fd in os.listdir(d)}

    def end(self):
        """The exit status, and the log."""
        self.file.close()
        self.socket.close()
        log = self.child.communicate(timeout=PATIENCE)[1].decode()
        return self.child.returncode, log
