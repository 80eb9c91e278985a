#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""differential.py PROGRAM [COUNT [FIRST]]: serves odd mailboxes with the
program and compares its answers with tests/reference/mbox.py; prints TAP.

Each mailbox is made from its number: differential.py PROGRAM 1 NUMBER tries one
again.  Numbers below 1 are those of tests/reference/corpus.py, which come first
if no COUNT is given.
"""
import collections
import concurrent.futures
import os
import pwd
import random
import re
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE + '/../lib', HERE + '/../reference']
import corpus  # noqa: E402
import mbox  # noqa: E402
from tap import finish, ok  # noqa: E402

CORPUS = corpus.boxes()
LINE = 25  # mailboxes in a line of TAP
PATIENCE = 20  # seconds that one mailbox may take
FOLDER = mbox.FOLDER + b'\nX-IMAP: 1 2\n\nThis text is not mail.\n\n'
DELIVERY = [b'Return-Path: <a@b>', b'Delivered-To: b']


class Setup:
    """One user, alice, and PAM's files for her."""

    def __init__(self, program, directory):
        os.chmod(directory, 0o755)
        self.owner = pwd.getpwnam('nobody') if os.geteuid() == 0 else \
            pwd.getpwuid(os.geteuid())
        self.args = [program, '--config', directory + '/config',
                     '--pam-confdir', directory,
                     '--start-user', 'root',
                     '--mail-user', self.owner.pw_name]
        with open(directory + '/config', 'w'):
            pass
        with open(directory + '/onepop', 'w') as f:
            f.write('auth required pam_userdb.so db=%s/users crypt=none\n'
                    'account required pam_permit.so\n'
                    'session required pam_permit.so\n' % directory)
        subprocess.run(['db5.3_load', '-T', '-t', 'hash',
                        directory + '/users.db'],
                       input=b'alice\nsecret\n', check=True)

    def command(self, spool):
        return self.args + ['--mailbox', spool + '/%u', '--state-dir', spool]


def from_line(r):
    """A From_ line that is right, almost right or wrong."""
    sender = r.choice([b'a@b', b'MAILER-DAEMON', b'-', b'"x y"@z', b'\xff@b',
                       b'Thu', b'Thu Jan', b'a' * r.randrange(1, 300)])
    words = [b'From', sender, r.choice([b'Thu', b'Sun', b'Sat', b'thu', b'THX']),
             r.choice([b'Jan', b'Dec', b'May', b'Foo']),
             r.choice([b' 2', b'31', b'02', b'9', b'32', b'0']),
             r.choice([b'03:04:05', b'23:59:60', b'3:04', b'24:00:00', b'24:00',
                       b'24:00:01']),
             r.choice([b'2020', b'1970', b'2020', b'99', b'20200'])]
    if r.random() < .2:  # a Date field's
        words[2:] = [words[2] + r.choice([b',', b',', b'']), words[4],
                     words[3], words[6], words[5]]
    zones = [b'EST', b'+0100', b'-01', b'GMT+0100', b'-9:30', b'+010', b'EST+',
             b'(CET)', b'(CET', b'UTC+01:00', b'(GMT-5:00)', b'CST6CDT', b'A1',
             b'(GMT Standard Time)', b'(we left)']
    if r.random() < .3:
        words.insert(6, r.choice(zones + [b'MET DST']))
    if r.random() < .3:
        words.append(r.choice(zones + [
            b'remote from x', b'forwarded by x', b'EST x', b'', b'\r', b'a b c', b'remote from',
            b'remote from ' + b'x' * r.randrange(1, 300),
            b'EST' * r.randrange(1, 70)]))
    if r.random() < .1:
        words.pop(r.randrange(len(words)))
    return r.choice([b' ', b' ', b' ', b' ', b'  ', b'\t']).join(words)


def good_from_line(r):
    return b'From a@b Thu Jan  2 03:04:0%d 2020' % r.randrange(4)


def header_line(r):
    return r.choice([
        b'Received: from a by b', b'Message-ID: <%d@x>' % r.randrange(3),
        b'Date: today', b'date:', b'From: x', b'Subject: s', b' folded',
        b'\tfolded', b'Status: RO', b'X-IMAP: 1', b'X-IMAPbase: 1 2',
        mbox.FOLDER, b'Content-Length: %d' % r.randrange(200), b'.',
        *DELIVERY,
        b'Subject : s', b'no field', b'X: ' + b'y' * r.randrange(100)])


def body_line(r):
    return r.choice([
        b'text', b'', b'', b'.', b'..', b'.x', b'\r', b'\0', b'\xff\x80',
        b'From here on', b'>' + good_from_line(r), b' ', good_from_line(r),
        b'x' * r.randrange(300), from_line(r), b'a\rb', b'\r.', b'\r\r'])


def message(r):
    lines = [from_line(r) if r.random() < .4 else good_from_line(r)]
    lines += [header_line(r) for _ in range(r.randrange(6))]
    if r.random() < .9:
        lines.append(b'')
        lines += [body_line(r) for _ in range(r.randrange(9))]
        if r.random() < .02:  # more than is read at once
            lines += [body_line(r) for _ in range(r.randrange(20000))]
        if r.random() < .02:
            lines.append(b'.' * r.randrange(400000))
    elif r.random() < .1:
        lines += [header_line(r) for _ in range(r.randrange(20000))]
    if r.random() < .3:  # the next one may follow at once
        return lines
    return lines + [b''] * r.choice([0, 1, 1, 1, 1, 2])


def mutate(r, data):
    """Changes some octets."""
    for _ in range(r.choice([0, 0, 0, 1, 3])):
        at = r.randrange(len(data) + 1)
        cut = r.choice([0, 0, 1, 5])
        data = data[:at] + r.choice([b'', b'\n', b'\r', b'\0', b'\r\n', b'.',
                                     b'\nFrom ', b'\n\n']) + data[at + cut:]
    return data


def mailbox(number):
    if number < 1:
        return CORPUS[-number].data
    r = random.Random(number)
    if r.random() < .05:
        return bytes(r.choices(b'\r\n\0 From.x', k=r.randrange(12)))
    lines = [b''] * r.choice([0, 0, 0, 1, 2])
    if r.random() < .2:
        lines.append(r.choice([b'From MAILER-DAEMON Thu Jan  2 03:04:05 2020',
                               b'From MAILER_DAEMON  Thu Jan  2 03:04:05 2020',
                               good_from_line(r)]))
        lines += r.choice([[], [], DELIVERY[:1], DELIVERY[1:],
                           [b'Received: from a']])
        lines += FOLDER.split(b'\n')[:-1]
    elif r.random() < .9:
        lines += [good_from_line(r), b'']
    for _ in range(r.randrange(7)):
        lines += message(r)
    ends = r.choice([[b'\n'], [b'\n'], [b'\r\n'], [b'\n', b'\r\n'],
                     [b'\n'] * 9 + [b'\r\n', b'\r\r\n', b'\r']])
    data = b''.join(line + r.choice(ends) for line in lines)
    data = mutate(r, data)
    return data[:-1] if r.random() < .2 else data


def top(message, lines):
    """What TOP sends of it."""
    header, blank, body = (b'\r\n' + message.retr).partition(b'\r\n\r\n')
    return (header + blank)[2:] + b''.join(
        line + b'\r\n' for line in body.split(b'\r\n')[:-1][:lines])


class Differs(Exception):
    pass


class Answers:
    """What the program said in a whole session, taken from the front."""

    def __init__(self, data):
        self.data = data

    def take(self, text, what):
        if not self.data.startswith(text):
            raise Differs('%s: not %r but %r' % (
                what, shorten(text), shorten(self.data[:len(text) + 60])))
        self.data = self.data[len(text):]

    def status(self, text, what):
        self.take(text, what)
        line, _, self.data = self.data.partition(b'\r\n')
        return line


def shorten(text):
    return text if len(text) < 300 else text[:150] + b'[...]' + text[-150:]


def talk(setup, spool, commands):
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE)
    with open(os.path.join(spool, 'log'), 'wb') as log:
        child = subprocess.Popen(setup.command(spool), stdin=theirs,
                                 stdout=theirs, stderr=log)
    theirs.close()
    try:
        ours.sendall(b''.join(c + b'\r\n' for c in commands))
        answers = b''.join(iter(lambda: ours.recv(1 << 20), b''))
        ours.close()  # the program waits a moment for that
        status = child.wait(PATIENCE)
    finally:
        child.kill()
        ours.close()
    if status != 0:
        raise Differs('exit status %d, having said %r' % (
            status, shorten(answers)))
    return answers


def unique_ids(messages):
    """In the order of the messages; equal messages are numbered."""
    met = collections.Counter()
    for m in messages:
        met[m.uid] += 1
        yield m.uid + ('-%d' % met[m.uid] if met[m.uid] > 1 else '')


def ask(setup, spool, r, box):
    """Holds the session; returns what must be left of the mailbox."""
    with open(os.path.join(spool, 'alice'), 'rb') as f:
        data = f.read()
    mail = [(m, uid) for m, uid in zip(box, unique_ids(box))
            if not m.internal]
    numbers = range(1, len(mail) + 1)
    lines = [r.choice([0, 1, 2, 9]) for _ in mail]
    gone = [n for n in numbers if r.random() < .3]
    got = Answers(talk(
        setup, spool, [b'USER alice', b'PASS secret', b'STAT', b'LIST', b'UIDL']
        + [b'RETR %d' % n for n in numbers]
        + [b'TOP %d %d' % (n, lines[n - 1]) for n in numbers]
        + [b'DELE %d' % n for n in gone] + [b'QUIT']))
    for what in 'greeting', 'USER', 'PASS':
        got.status(b'+OK', what)
    got.take(b'+OK %d %d\r\n' % (len(mail), sum(m.octets for m, _ in mail)),
             'STAT')
    got.status(b'+OK', 'LIST')
    got.take(b''.join(b'%d %d\r\n' % (n, mail[n - 1][0].octets)
                      for n in numbers) + b'.\r\n', 'LIST')
    got.status(b'+OK', 'UIDL')
    got.take(b''.join(b'%d %s\r\n' % (n, mail[n - 1][1].encode())
                      for n in numbers) + b'.\r\n', 'UIDL')
    for n in numbers:
        got.status(b'+OK %d octets' % mail[n - 1][0].octets, 'RETR %d' % n)
        got.take(mail[n - 1][0].retr + b'.\r\n', 'RETR %d' % n)
    for n in numbers:
        got.status(b'+OK', 'TOP %d' % n)
        got.take(top(mail[n - 1][0], lines[n - 1]) + b'.\r\n',
                 'TOP %d %d' % (n, lines[n - 1]))
    for n in gone:
        got.status(b'+OK', 'DELE %d' % n)
    got.status(b'+OK', 'QUIT')
    got.take(b'', 'end')
    if got.data:
        raise Differs('more was said: %r' % shorten(got.data))
    return without(data, [m.start for m in box] + [len(data)],
                   {mail[n - 1][0].start for n in gone})


def without(data, starts, removed):
    """A message behind a blank line has one before it afterwards, too."""
    left = data[:starts[0]]
    for start, end in zip(starts, starts[1:]):
        blank = re.search(b'(?:\\A|(?<=\n))\r?\n\\Z', data[max(0, start - 3):start])
        if start in removed:
            continue
        if left and blank and not re.search(b'(\\A|\n)\r?\n\\Z', left[-3:]):
            left += blank[0]
        left += data[start:end]
    return left


def compare(setup, number):
    """Returns what differs with that mailbox, or nothing."""
    data = mailbox(number)
    box = mbox.split(data)
    with tempfile.TemporaryDirectory() as spool:
        path = os.path.join(spool, 'alice')
        with open(path, 'wb') as f:
            f.write(data)
        os.chmod(spool, 0o755)
        os.chown(path, setup.owner.pw_uid, setup.owner.pw_gid)
        if box is None:
            got = Answers(talk(setup, spool, [b'USER alice', b'PASS secret']))
            got.status(b'+OK', 'greeting')
            got.status(b'+OK', 'USER')
            got.status(b'-ERR [SYS/PERM]', 'PASS, as it is no mbox')
            want = data
        else:
            want = ask(setup, spool, random.Random(number), box)
        with open(path, 'rb') as f:
            if f.read() != want:
                raise Differs('the mailbox is not what should be left of it')


def verdict(setup, number):
    try:
        compare(setup, number)
    except (Differs, OSError, subprocess.TimeoutExpired) as e:
        return 'mailbox %d: %s' % (number, e)
    return None


def report(verdict_of, numbers, line, what):
    """Prints one result for each LINE numbers; returns an exit status."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        verdicts = pool.map(verdict_of, numbers)
        for start in range(0, len(numbers), line):
            some = numbers[start:start + line]
            wrong = [v for v in (next(verdicts) for _ in some) if v]
            ok(not wrong, '%s %d to %d' % (what, some[0], some[-1]), *wrong)
    return finish()


def main():
    program = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300 + len(CORPUS)
    first = int(sys.argv[3]) if len(sys.argv) > 3 else \
        1 if len(sys.argv) > 2 else 1 - len(CORPUS)
    numbers = range(first, first + count)
    with tempfile.TemporaryDirectory() as directory:
        setup = Setup(program, directory)
        return report(lambda n: verdict(setup, n), numbers, LINE, 'mailboxes')


if __name__ == '__main__':
    sys.exit(main())
