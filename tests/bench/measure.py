# SPDX-License-Identifier: ISC
"""What is measured: each function plays one session, or a few, with a server
and a mailbox, and notes what it found."""
import collections
import os
import re
import statistics
import subprocess
import time

import users
import servers

ENOUGH = 200_000_000  # octets of a RETR measurement
SLOW = 10  # seconds


class Measure:
    def __init__(self, work, raw):
        self.work, self.raw = work, raw
        self.users = set()
        self.spent = collections.Counter()  # seconds, by user

    def note(self, server, box, what, value):
        self.raw.write(f'{server} {box} {what} {value:.9g}\n')
        self.raw.flush()

    def user(self, server, box):
        """Each server has users of its own, one for each mailbox."""
        name = server.name + box
        if name not in self.users:
            self.users.add(name)
            users.add_user(name)
        return name

    def sizes(self, box):
        return f'{self.work}/sizes.{box.name}'

    def fill(self, server, box):
        users.fill(self.user(server, box.name), box, self.sizes(box))

    def play(self, server, box, *steps):
        return server.session(server.name + box.name, 'greet', 'login',
                              'stat', *steps, 'quit')

    # Starting, and logging in where there is no mail.

    def greeting_floor(self):
        server = servers.Launched('exec', [users.BUILD + 'bench-greet'])
        took = server.session('nobody', 'greet', 'quit')
        self.note('exec', 'e', 'greeting', took['greet'][0][0])
        server.stop()

    def login_floor(self):
        server = servers.Launched(
            'pam', [users.BUILD + 'bench-authenticate', 'onepop'])
        took = server.session(self.user(server, 'e'), 'greet', 'login', 'quit')
        self.note('pam', 'e', 'cpu', took['cpu'])
        server.stop()

    def empty(self, server):
        took = server.session(self.user(server, 'e'),
                              'greet', 'login', 'stat', 'quit')
        self.note(server.name, 'e', 'greeting', took['greet'][0][0])
        self.note(server.name, 'e', 'cpu', took['cpu'])

    # Opening.

    def open_floor(self, box, *options):
        done = subprocess.run(
            [users.BUILD + 'bench-count', *options,
             users.SPOOL + 'onepop' + box.name],
            stdout=subprocess.PIPE, check=True)
        self.note('count', box.name, 'cold' if options else 'open',
                  float(done.stdout))

    def open(self, server, box, what):
        """Opening that mailbox, and an empty one to compare with."""
        empty = server.session(self.user(server, 'e'),
                               'greet', 'login', 'stat', 'quit')
        self.note(server.name, box.name, 'none', opening(empty))
        self.note(server.name, box.name, what,
                  opening(self.play(server, box)))

    def first(self, server, box):
        server.forget(server.name + box.name)
        self.open(server, box, 'first')

    def unchanged(self, server, box):
        self.open(server, box, 'unchanged')

    def more(self, server, box):
        self.open(server, box, 'more')

    def cold(self, server, box):
        """The first time, and not in the page cache either."""
        server.forget(server.name + box.name)
        users.forget_pages(server.name + box.name)
        self.open(server, box, 'cold')

    # Reading and deleting.

    def lists(self, server, box):
        """A slow server gets a hundredth of the TOPs."""
        every = 100 if self.spent[server.name + box.name] > SLOW else 1
        took = self.play(server, box, 'list', 'uidl', f'top/{every}')
        for what, times in ('list', 1), ('uidl', 1), ('top', every):
            self.note(server.name, box.name, what, took[what][0][0] * times)

    def unique_ids(self, name, server, box, noted):
        """The first UIDL of a session; noted as of another mailbox."""
        took = self.play(server, box, 'uidl')
        self.note(name, noted.name, 'uidl', took['uidl'][0][0])

    def ten(self, server, box):
        took = self.play(server, box, 'retr')
        self.note(server.name, box.name, 'ten', took['retr'][0][0])

    def small(self, server, box):
        """The same ten messages again and again, since one RETR is short."""
        took = self.play(server, box, *['retr'] * 50)
        self.note(server.name, box.name, 'retr',
                  statistics.median(map(rate, took['retr'])))

    def one_by_one(self, server, box):
        took = self.play(server, box, f'retr/{part(box)}')
        self.note(server.name, box.name, 'retr', rate(took['retr'][0]))

    def pipelined(self, server, box):
        with servers.Held(server, server.name + box.name,
                          f'pipe/{part(box)}') as session:
            before = session.cpu()
            seconds, octets = session.go()
            used = session.cpu() - before
        self.note(server.name, box.name, 'pipe', octets / seconds)
        self.note(server.name, box.name, 'pipe_cpu', used / octets)

    def delete(self, server, box):
        took = self.play(server, box, 'dele/2')
        self.note(server.name, box.name, 'quit', took['quit'][0][0])

    # What is counted and not timed.

    def waiting(self, server, box):
        with servers.Held(server, server.name + box.name) as session:
            for what in 'Private_Dirty', 'Pss':
                self.note(server.name, box.name, what.lower(),
                          session.memory(what))

    def size(self, server, box):
        name = server.name + box.name
        self.note(server.name, box.name, 'messages', box.count)
        self.note(server.name, box.name, 'octets',
                  os.stat(users.SPOOL + name).st_size)
        self.note(server.name, box.name, 'kept', server.kept(name))

    def calls_floor(self):
        trace = self.work + '/trace'
        server = servers.Launched(
            'pam', [*tracer(trace), users.BUILD + 'bench-authenticate',
                    'onepop'])
        server.session(self.user(server, 'e'), 'greet', 'login', 'quit')
        server.stop()
        self.note('pam', 'e', 'calls_login', answers(trace)[2])

    def calls(self, name, box):
        """System calls of a session that fetches all; of a RETR those from
        the first answer to the last."""
        trace = self.work + '/trace'
        server = servers.SERVERS[name](self.work, *tracer(trace))
        self.play(server, box, 'retr')
        server.stop()
        at = answers(trace)
        retr = (at[-3] - at[4]) / (box.count - 1)
        self.note(name, box.name, 'calls', at[-1])
        self.note(name, box.name, 'calls_login', at[2])
        self.note(name, box.name, 'calls_retr', retr)

    def syncs(self, name, box):
        """Of a QUIT."""
        trace = self.work + '/trace'
        server = servers.SERVERS[name](self.work, *tracer(
            trace, '-e', 'trace=fsync,fdatasync,sync_file_range'))
        self.fill(server, box)
        self.play(server, box, 'dele/2')
        server.stop()
        with open(trace) as f:
            self.note(name, box.name, 'syncs', sum(' = ' in s for s in f))

    def one_sync(self):
        """What the disk takes for 4 KiB."""
        fd = os.open(self.work + '/block', os.O_RDWR | os.O_CREAT, 0o600)
        os.pwrite(fd, os.urandom(4096), 0)
        os.fsync(fd)
        os.pwrite(fd, os.urandom(4096), 0)
        begun = time.monotonic()
        os.fdatasync(fd)
        self.note('disk', 'e', 'sync', time.monotonic() - begun)
        os.close(fd)


def opening(took):
    return took['login'][0][0] + took['stat'][0][0]


def rate(step):
    seconds, octets = step
    return octets / seconds


def part(box):
    """Only a part of the messages, which is enough."""
    return max(1, box.count * box.octets // ENOUGH)


def tracer(path, *options):
    return ['/usr/bin/strace', '-f', '-qq', '-o', path, *options]


def answers(path):
    """How many system calls had been made at each answer, and at the end."""
    calls, at = 0, []
    with open(path, errors='replace') as f:
        for line in f:
            calls += '(' in line and ' resumed>' not in line
            if re.search(r'\b(write|writev|sendto|sendmsg)\([01], .*"\+OK',
                         line):
                at.append(calls)
    return at + [calls]
