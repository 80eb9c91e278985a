# SPDX-License-Identifier: ISC
"""The tests that every real client must pass."""

import base64
import inspect
import os
import random
import shutil
import subprocess

import inside

BIG = 30_000_000  # octets
READER = "nobody"  # runs the clients
GETMAIL = f"{os.path.dirname(__file__)}/run-getmail"


def big_body():
    octets = random.Random(1939).randbytes(BIG * 3 // 4)
    return base64.encodebytes(octets)


class Client:
    """A real mail client, with a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, mode=0o700)
        shutil.chown(folder, READER)

    def keep(self):
        """Polls and leaves the mail on the server; returns the new messages."""
        raise NotImplementedError

    def delete(self):
        """Polls and deletes; returns all messages."""
        raise NotImplementedError

    def refused(self):
        """Polls with a wrong password; returns the output of the client."""
        raise NotImplementedError

    def write(self, name, text):
        path = f"{self.folder}/{name}"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                  "w") as file:
            file.write(inspect.cleandoc(text) + "\n")
        shutil.chown(path, READER)
        return path

    def take(self, name):
        """The messages a client put into a maildir, which is then empty."""
        found = []
        new = f"{self.folder}/{name}/new"
        for entry in sorted(os.listdir(new)):
            with open(f"{new}/{entry}", "rb") as file:
                found.append(file.read())
            os.unlink(f"{new}/{entry}")
        return found

    def maildir(self, name):
        for part in "", "/cur", "/new", "/tmp":
            path = f"{self.folder}/{name}{part}"
            os.mkdir(path, mode=0o700)
            shutil.chown(path, READER)

    def command(self, *argv):
        return inside.command(
            *argv, stdin=subprocess.DEVNULL, cwd=self.folder,
            user=READER, group="nogroup", extra_groups=(),
            env={"HOME": self.folder, "PATH": "/usr/bin:/bin"})

    def run(self, *argv):
        """Runs a command that must succeed; returns its output."""
        done = self.command(*argv)
        if done.returncode != 0:
            raise AssertionError(f"{argv}: {done.stdout!r}")
        return done.stdout

    def fails(self, *argv):
        """Runs a command that must fail; returns its output."""
        done = self.command(*argv)
        if done.returncode == 0:
            raise AssertionError(f"{argv} succeeded: {done.stdout!r}")
        return done.stdout


def sorted_same(found, wanted):
    inside.same(sorted(found), sorted(wanted))


class Scenario:
    def __init__(self, client):
        self.client = client

    def keeps(self):
        inside.deliver("alice", inside.letter("one"))
        inside.deliver("alice", inside.letter("two", b".\n..dots\n\n"))
        sorted_same(self.client.keep(), inside.messages("alice"))

    def new_only(self):
        inside.deliver("alice", inside.letter("three"))
        sorted_same(self.client.keep(), inside.messages("alice")[-1:])

    def nothing_twice(self):
        inside.same(self.client.keep(), [])

    def wrong_password(self):
        before = inside.mailbox("alice")
        said = self.client.refused().lower()
        inside.same(inside.PASSWORD.encode() in said, False)
        inside.same(inside.mailbox("alice"), before)

    def big(self):
        body = big_body()
        inside.deliver("alice", inside.letter("big", body))
        wanted = inside.messages("alice")[-1:]
        inside.same(wanted[0].endswith(b"\n\n" + body), True)
        found = self.client.keep()
        inside.same(len(found), 1)
        inside.same(found == wanted, True)

    def deletes(self):
        wanted = inside.messages("alice")
        inside.same(len(wanted), 4)
        found = self.client.delete()
        inside.same(sorted(found) == sorted(wanted), True)
        inside.same(inside.mailbox("alice"), b"")


def play(client, mailbox_command=""):
    inside.install()
    inside.enable()
    inside.add_user("alice")
    inside.start_postfix(mailbox_command)
    story = Scenario(client)
    inside.tap(
        inside.named("mail is fetched and kept", story.keeps),
        inside.named("of kept mail only what is new is fetched",
                     story.new_only),
        inside.named("nothing is fetched twice", story.nothing_twice),
        inside.named("a wrong password is refused", story.wrong_password),
        inside.named("30 MB come octet for octet", story.big),
        inside.named("mail is fetched and deleted", story.deletes),
    )
