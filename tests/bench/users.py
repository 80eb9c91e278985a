# SPDX-License-Identifier: ISC
"""The machine on which sessions are measured: that of tests/lib/world.py, with
one PAM service for all servers, passwords hashed by SHA-512 with 1,000 rounds,
and mailboxes that bench-mailbox makes."""
import itertools
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, TOP + '/tests/lib')
import world  # noqa: E402

BUILD = TOP + '/build/'
PASSWORD = 'secret'
SHADOW = ('$6$rounds=1000$onepopbench$'
          'PL/lqfKDcQLm.8E6d3p2p0FfnXq3667IM0Ff1ICGHC5'
          'HEqDulWk9N/IiUbRwSUBADGY5D6rTTdS9bEtfy7Z1T.')
SERVICES = ('onepop', 'popa3d', 'gnu-mailutils', 'mailutils', 'pop3d',
            'dovecot')
SPOOL = '/var/mail/'
START = ('onepop', 23399)  # the user that onepop becomes before login
UIDS = itertools.count(23500)
DELIVERIES = itertools.count(1)
world.TREES['dovecot'] = 'dovecot-pop3d dovecot-core'


def enter(trees):
    """Returns in the new machine, with its directory."""
    os.umask(0o022)
    tempfile.tempdir = os.environ.get('BENCH_DIR') or '/var/tmp'
    work = world.enter(trees)
    add_start_user()
    os.sync()  # unsynced data would count as dirty memory
    with open(TOP + '/pam.d/onepop', encoding='utf-8') as f:
        service = f.read()
    for name in SERVICES:
        world.write('/etc/pam.d/' + name, service)
    return work


def add_lines(name, uid, home, shell, password):
    for path, line in (
            ('passwd', f'{name}:x:{uid}:{uid}::{home}:{shell}\n'),
            ('group', f'{name}:x:{uid}:\n'),
            ('shadow', f'{name}:{password}:19000:0:99999:7:::\n')):
        with open('/etc/' + path, 'a', encoding='utf-8') as f:
            f.write(line)


def add_start_user():
    """Does the work of "make install" and systemd-tmpfiles."""
    for path in '/etc/passwd', '/etc/group', '/etc/shadow':
        with open(path, encoding='utf-8') as f:
            lines = [s for s in f if not s.startswith(START[0] + ':')]
        world.write(path, ''.join(lines))
    add_lines(*START, '/nonexistent', '/usr/sbin/nologin', '*')
    world.mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run')
    for path in '/run/onepop', '/run/onepop/faillock':
        os.mkdir(path, 0o700)
        os.chown(path, START[1], START[1])


def add_user(name):
    """With a home, and no mail yet."""
    uid = next(UIDS)
    home = os.environ['ONEPOP_WORLD'] + '/home/' + name
    add_lines(name, uid, home, '/bin/sh', SHADOW)
    os.makedirs(home + '/mail', 0o700)
    for path in (home, home + '/mail'):
        os.chown(path, uid, uid)
    with open(SPOOL + name, 'wb') as f:
        os.fchown(f.fileno(), uid, 8)
        os.fchmod(f.fileno(), 0o660)


def fill(name, box, sizes):
    """Makes a user's mailbox, and a file with its messages' sizes."""
    with open(SPOOL + name, 'wb') as f:
        subprocess.run([BUILD + 'bench-mailbox', str(box.count),
                        str(box.octets), box.kind, sizes],
                       stdout=f, check=True)
        os.fsync(f.fileno())


def deliver(name):
    """Delivers one more message."""
    world.append(name, b'From: a@example.org\nSubject: one more\n'
                       b'Message-ID: <%d@example.org>\n\nHello.\n' %
                 next(DELIVERIES))


def forget_pages(name):
    """Removes a mailbox from the page cache."""
    fd = os.open(SPOOL + name, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)
