# SPDX-License-Identifier: ISC
"""Sessions of the real program with faults (faults.c), and their judge.

A Place is a spool and a state directory.  A Story is one mailbox there: what
was in it, what a session was told to delete, what has arrived since, and what
may be in it now.
"""
import argparse
import fcntl
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + '/../lib')
import play  # noqa: E402

PATIENCE = 60  # seconds for a session
CALLS = ('pread', 'pwrite', 'fdatasync', 'fsync', 'ftruncate', 'fallocate',
         'fstat', 'fstatfs', 'fiemap', 'lock', 'malloc')
HEADER = 8 * (2 + len(CALLS) + 1)  # of the log, as faults.c has it


def index_of(journal):
    """The index beside a journal."""
    return journal.removesuffix('.journal') + '.index'


def message(rng, number, octets):
    """A message that differs from all others, with a blank line at its end."""
    body = b''
    while len(body) < octets:
        body += b'%d %s\n' % (number, rng.randbytes(
            rng.randrange(2, 35)).hex().encode())
    return (b'From sender@example.org Mon Nov  2 10:00:00 2026\n'
            b'Message-ID: <%d@example.org>\nSubject: %d\n\n%s\n'
            % (number, number, body[:octets].rstrip(b'\n') + b'\n'))


class Answer:
    """A session's replies and exit status."""

    def __init__(self, lines, status, deletes):
        self.killed = status == -signal.SIGKILL
        self.status = status
        self.login = lines[2] if len(lines) > 2 else ''
        self.quit = lines[3 + deletes] if len(lines) > 3 + deletes else ''
        self.lines = lines

    def messages(self):
        return int(self.login.split()[3])


class Place:
    """A spool and its state, and how the program is started for them."""

    def __init__(self, setup, spool, state):
        self.setup, self.spool, self.state = setup, spool, state
        self.path = spool + '/alice'
        self.log = setup.directory + '/log.%d' % os.getpid()
        self.map = setup.directory + '/map.%d' % os.getpid()
        self.extra, self.hits, self.count = [], 0, {}
        self.prefix, self.entries, self.log_size = [], [], HEADER

    def make(self):
        for path, mode in ((self.spool, 0o755), (self.state, 0o700)):
            os.makedirs(path, exist_ok=True)
            os.chmod(path, mode)
        return self

    def journal(self):
        escaped = self.path[1:]
        for a, b in (('\\', '\\x5c'), ('-', '\\x2d'), ('/', '-')):
            escaped = escaped.replace(a, b)
        return '%s/%s.journal' % (self.state, escaped)

    def index(self):
        return index_of(self.journal())

    def copies(self):
        """The file of copies of deleted messages."""
        return self.journal().removesuffix('.journal') + '.deleted'

    def command(self, *more):
        """A session's command; with a word, the administrator's program."""
        c = self.setup.command('/')
        if more:
            c[0] = self.setup.admin
        c[c.index('--mailbox') + 1] = self.spool + '/%u'
        c[c.index('--state-dir') + 1] = self.state
        c[c.index('--start-user') + 1] = 'root'
        return self.prefix + c + self.extra + list(more)

    def spawn(self, faults, command, **files):
        with open(self.map, 'wb') as f:
            f.truncate(self.log_size)
        env = dict(os.environ, ONEPOP_FAULTS=faults,
                   ONEPOP_FAULTS_LOG=self.map)
        with open(self.log, 'ab') as log:
            return subprocess.Popen(command, env=env, stderr=log, **files)

    def read_map(self):
        with open(self.map, 'rb') as f:
            data = f.read()
        numbers = struct.unpack_from('%dQ' % (HEADER // 8), data)
        self.hits = numbers[0]
        self.count = dict(zip(CALLS + ('any',), numbers[2:]))
        self.entries, at = [], HEADER
        while at < HEADER + numbers[1]:
            name, inode, where, n = struct.unpack_from('<QQqQ', data, at)
            at += 32
            text = b''
            if CALLS[name] == 'pwrite':
                text = data[at:at + n]
                at += n
            self.entries.append((CALLS[name], inode, where, n, text))

    def ask(self, commands):
        """Returns a session's answers to these commands, as they came."""
        sock, theirs = socket.socketpair()
        sock.settimeout(PATIENCE)
        child = self.spawn('', self.command(), stdin=theirs, stdout=theirs)
        theirs.close()
        send(sock, ('USER alice\r\nPASS secret\r\n%s\r\nQUIT\r\n'
                    % '\r\n'.join(commands)).encode())
        answers = receive(sock)
        sock.close()
        child.wait(PATIENCE)
        return answers

    def session(self, faults='', gone=(), at_stop=None):
        """Sends a whole session at once; at_stop is called when it stops."""
        text = 'USER alice\r\nPASS secret\r\n%sQUIT\r\n' % ''.join(
            'DELE %d\r\n' % (i + 1) for i in gone)
        sock, theirs = socket.socketpair()
        sock.settimeout(PATIENCE)
        child = self.spawn(faults, self.command(), stdin=theirs,
                           stdout=theirs)
        theirs.close()
        if at_stop:
            sock.sendall(text.encode())
            sock.shutdown(socket.SHUT_WR)
            state = os.waitid(os.P_PID, child.pid,
                              os.WEXITED | os.WSTOPPED | os.WNOWAIT)
            if state.si_code == os.CLD_STOPPED:
                at_stop()
                child.kill()
        else:
            send(sock, text.encode())
        lines = receive(sock).decode('latin-1').split('\r\n')[:-1]
        sock.close()
        status = child.wait(PATIENCE)
        self.read_map()
        return Answer(lines, status, len(gone))

    def administer(self, faults, *words):
        """Runs onepopctl; returns its exit status."""
        child = self.spawn(faults, self.command(*words),
                           stdout=subprocess.DEVNULL)
        status = child.wait(PATIENCE)
        self.read_map()
        return status

    def recover(self, faults=''):
        return self.administer(faults, 'recover')

    def write(self, data, sync=False):
        """Writes the mailbox anew, and removes its state."""
        for path in (self.path, self.journal(), self.index()):
            if os.path.lexists(path):
                os.unlink(path)
        with open(self.path, 'wb') as f:
            f.write(data)
            f.flush()
            if sync:
                os.fsync(f.fileno())
        self.setup.give(self.path)
        os.chmod(self.path, 0o600)

    def read(self):
        with open(self.path, 'rb') as f:
            return f.read()

    def append(self, data):
        """Appends mail as another program's deliverer does."""
        with open(self.path, 'ab') as f:
            fcntl.lockf(f, fcntl.LOCK_EX)
            f.write(data)
            f.flush()
            os.fsync(f.fileno())

    def logged(self):
        with open(self.log, encoding='latin-1') as f:
            return f.read()

    def forget_log(self):
        with open(self.log, 'wb'):
            pass


def send(sock, data):
    try:
        sock.sendall(data)
    except OSError:
        pass  # the session was killed


def receive(sock):
    data = b''
    while True:
        try:
            got = sock.recv(1 << 16)
        except ConnectionResetError:
            got = b''
        if not got:
            return data
        data += got


def on_the_wire(message):
    """A message as RETR sends it; no line of it begins with a dot."""
    text = message.split(b'\n', 1)[1]
    if text.endswith(b'\n\n'):
        text = text[:-1]
    return text.replace(b'\n', b'\r\n')


class Story:
    """One mailbox, from the first session to the last."""

    def __init__(self, place, messages, gone, table, kind):
        self.place, self.table, self.kind = place, table, kind
        self.messages, self.gone = messages, gone
        self.come, self.steps = b'', []
        self.old = b''.join(messages)
        self.new = b''.join(m for i, m in enumerate(messages)
                            if i not in gone)
        self.allowed = {self.old}
        self.wrong = False
        self.synced = len(self.old)  # octets that their deliverer synced

    def write(self, sync=False):
        self.place.write(self.old, sync)

    def deliver(self, data):
        self.place.append(data)
        self.come += data
        self.messages.append(data)
        self.steps.append('deliver')

    def fail(self, column, why):
        if self.wrong:
            return
        self.wrong = True
        self.table.add(self.kind, column, '%s; %s' % (
            why, ' | '.join(self.steps)))

    def as_synced(self, data):
        """Is that the old mailbox, apart from what was not synced?"""
        return self.old in self.allowed and self.synced < len(self.old) and \
            len(self.old) >= len(data) >= self.synced and \
            data[:self.synced] == self.old[:self.synced] and \
            all(a in (0, b) for a, b in zip(data, self.old))

    def judge(self, data):
        """Counts a mailbox that it may not be as lost or doubled."""
        if data in {a + self.come for a in self.allowed} or \
                self.as_synced(data):
            return
        counts = [(data.count(m), i in self.gone)
                  for i, m in enumerate(self.messages)]
        if any(n > 1 or (n and gone and self.old not in self.allowed)
               for n, gone in counts):
            self.fail('doubled', 'messages there: %r' % counts)
        else:
            self.fail('lost', 'messages there: %r' % counts)

    def delete(self, faults, at_stop=None):
        """Runs the session that deletes."""
        a = self.place.session(faults, self.gone, at_stop)
        self.steps.append('%s: %s' % (faults, a.lines[-1:] or a.status))
        self.hear(a)
        return a

    def hear(self, a):
        """Notes what the session's answer says about the mailbox."""
        if a.quit.startswith('+OK'):
            self.allowed = {self.new}
        elif a.quit.startswith('-ERR') and 'nothing' in a.quit:
            self.allowed = {self.old}
        elif a.quit.startswith('-ERR') or a.killed:
            self.allowed = {self.old, self.new}
        elif not a.login.startswith('-ERR'):
            self.fail('unclear', 'no reply: %r %d' % (a.lines, a.status))
        if not a.killed and a.status != 0:
            self.fail('unclear', 'exit status %d' % a.status)

    def look(self):
        """Judges between sessions, if nothing is left to recovery."""
        if len(self.allowed) == 1:
            self.judge(self.place.read())

    def again(self, faults, recover):
        """Tries to finish once more, which may end early, too."""
        if recover:
            status = self.place.recover(faults)
            self.steps.append('recover %s: %d' % (faults, status))
            if status not in (0, 75, -signal.SIGKILL):
                self.fail('unclear', 'recover: exit status %d' % status)
            return
        a = self.place.session(faults)
        self.steps.append('%s: %s' % (faults, a.lines[-1:] or a.status))

    def finish(self, more=False):
        """Runs a session without faults, after which all must be right."""
        a = self.place.session()
        if not a.quit.startswith('+OK') or a.status != 0:
            self.fail('unclear', 'at last: %r %d' % (a.lines, a.status))
            return
        data = self.place.read()
        self.judge(data)
        if self.as_synced(data):
            return
        if not self.wrong and a.messages() != data.count(b'\nMessage-ID: '):
            self.fail('unclear', 'messages listed: ' + a.login)
        if not self.wrong:
            self.serves(data)
        if more and not self.wrong and a.messages() > 1:
            self.go_on(data)
        st = os.stat(self.place.path)
        if st.st_uid != self.place.setup.owner.pw_uid or \
                st.st_mode & 0o7777 != 0o600:
            self.fail('unclear', 'owner or mode changed')

    def serves(self, data):
        """Counts a message that is not listed or sent as the mailbox has it."""
        wire = [on_the_wire(m) for m in re.split(b'(?m)^(?=From sender@)',
                                                 data)[1:]]
        numbers = range(1, len(wire) + 1)
        got = self.place.ask(['LIST', 'UIDL'] + [
            'RETR %d' % n for n in numbers])
        sizes, ids = (got + b'\r\n.\r\n' * 2).split(b'\r\n.\r\n')[:2]
        sizes = re.findall(rb'^\d+ (\d+)\r?$', sizes, re.M)
        ids = re.findall(rb'^\d+ ([a-z2-7]{26}(?:-\d+)?)\r?$', ids, re.M)
        if sizes != [b'%d' % len(m) for m in wire] or \
                len(set(ids)) != len(wire):
            self.fail('unclear', 'LIST or UIDL: %r' % got[:500])
        for m in wire:
            if b' octets\r\n' + m + b'.\r\n' not in got:
                self.fail('unclear', 'RETR: %r' % m[:200])

    def go_on(self, data):
        """Lets the next session delete the first message."""
        a = self.place.session('', [0])
        first = data.index(b'\n\nFrom ') + 2
        if not a.quit.startswith('+OK') or self.place.read() != data[first:]:
            self.fail('unclear', 'the next session: %r' % a.lines)


class Table:
    """How many cases of each kind, and what went wrong."""

    COLUMNS = ('lost', 'doubled', 'unclear')

    def __init__(self):
        self.rows, self.shown = {}, 0

    def case(self, kind):
        self.row(kind)['cases'] += 1

    def row(self, kind):
        return self.rows.setdefault(
            kind, dict.fromkeys(('cases',) + self.COLUMNS, 0))

    def add(self, kind, column, why):
        self.row(kind)[column] += 1
        self.shown += 1
        if self.shown <= 20:
            print('# %s: %s: %s' % (kind, column, why[:2000]))

    def join(self, other):
        for kind, row in other.rows.items():
            for name, n in row.items():
                self.row(kind)[name] += n

    def print(self):
        """Prints what tests/crash/summary reads; returns an exit status."""
        for kind, row in sorted(self.rows.items()):
            print('crash: %s %s' % (kind, ' '.join(
                '%s=%d' % item for item in row.items())))
        sys.stdout.flush()
        return int(any(row[c] for row in self.rows.values()
                       for c in self.COLUMNS))


def layouts(rng):
    """Messages' sizes and what is deleted, by what the update does."""
    small = [rng.randrange(1, 900) for _ in range(rng.randrange(3, 9))]
    large = [rng.randrange(9000, 90000) for _ in range(5)]
    many = [rng.randrange(1, 60) for _ in range(400)]
    some = sorted(rng.sample(range(len(small)), rng.randrange(1, 3)))
    return {
        'first': (small, [0]),
        'some': (small, some),
        'all-but-last': (small, list(range(len(small) - 1))),
        'last': (small, [len(small) - 1]),
        'all': (small, list(range(len(small)))),
        'copied': (large, [0, 2]),
        'gap': ([60000] + small, [0]),
        'many': (many, list(range(1, 400, 2))),
        'duplicates': ([500] * 3 + small, [1]),
    }


def make_messages(rng, sizes):
    made = [message(rng, i + 1, n) for i, n in enumerate(sizes)]
    if sizes[:3] == [500] * 3:
        made[1:3] = [made[0]] * 2
    return made


def arguments(about):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--cases', type=int, default=12,
                        help='of each kind, about')
    parser.add_argument('program', help='build/onepop-faults')
    args = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit('this needs root')
    return args


def umount_all(directory):
    """Unmounts what is mounted below, the last mount first."""
    with open('/proc/self/mounts', encoding='utf-8') as f:
        tops = [line.split()[1] for line in f]
    for top in reversed(tops):
        if top.startswith(directory + '/'):
            subprocess.run(['umount', '--lazy', top], check=False)


def run(about, work):
    """Calls work(setup, rng, cases, table), in a temporary directory."""
    args = arguments(about)
    table = Table()
    directory = tempfile.mkdtemp(prefix='onepop-crash-')
    try:
        setup = play.Setup(os.path.abspath(args.program), directory)
        work(setup, random.Random(args.seed), args.cases, table)
    finally:
        umount_all(directory)
        shutil.rmtree(directory, ignore_errors=True)
    return table.print()
