# SPDX-License-Identifier: ISC
"""The POP3 servers of Debian 12 and 13 from which people move to onepop:
popa3d, solid-pop3d, Mailutils and Dovecot, each with a mailbox of its own.

enter() starts the script again in namespaces of its own; each_release() then
has the tree of one release after the other at ROOT.  Needs root, and Debian's
mirror the first time.
"""
import os
import re
import signal
import subprocess
import sys

import world

HERE = os.path.dirname(os.path.abspath(__file__))
RELEASES = 'bookworm', 'trixie'
ROOT = '/mnt/root'
USER, BOX = 'alice', ROOT + '/var/mail/alice'
MAIL_GROUP = 8
PERMIT = ''.join(f'{kind} required pam_permit.so\n'
                 for kind in ('auth', 'account', 'session'))
DOVECOT = {
    '2.3': 'mail_location = mbox:~/mail:INBOX=/var/mail/%u:INDEX=MEMORY\n',
    '2.4': 'dovecot_config_version = 2.4.0\n'
           'dovecot_storage_version = 2.4.0\nmail_driver = mbox\n'
           'mail_path = ~/mail\nmail_inbox_path = /var/mail/%{user}\n'
           'mail_index_path = MEMORY\nmail_home = /home/%{user}\n',
}
# Each format's settings in both.
UIDL = {
    'dovecot': ('%08Xu%08Xv',
                '%{uid | hex(8)}%{uidvalidity | hex(8)}'),
    'dovecot-v.u': ('%v.%u', '%{uidvalidity}.%{uid}'),
    'dovecot-md5': ('%m', '%{md5}'),
    'dovecot-md5-all': ('%m', '%{md5}'),
}
# What Mailutils makes of the time for a message without X-UIDL.
MADE = re.compile(r'[0-9a-f]{32}\.[0-9]+\.[0-9]+$')


def run(*argv, **options):
    return subprocess.run(argv, check=True, **options)


def enter(*arguments):
    """Returns in the namespaces, where /mnt is empty and in memory."""
    if not os.environ.get('OLD_TREES'):
        if os.geteuid() != 0:
            sys.exit('Bail out! this needs root')
        os.environ['OLD_TREES'] = ' '.join(
            run(HERE + '/../container/tree', 'pop3', release,
                stdout=subprocess.PIPE, text=True).stdout.strip()
            for release in RELEASES)
        os.execvp('unshare', [
            'unshare', '--mount', '--pid', '--fork', '--kill-child',
            '--mount-proc', sys.executable, os.path.abspath(sys.argv[0]),
            *arguments])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    run('mount', '-t', 'tmpfs', 'tmpfs', '/mnt')


def each_release():
    """Has the tree of one release after the other at ROOT, and tells who owns
    the mailbox there."""
    for tree in os.environ['OLD_TREES'].split():
        yield int(mount_tree(tree))
        run('umount', '-R', ROOT)
        run('rm', '-rf', '/mnt/upper', '/mnt/work')


def mount_tree(tree):
    """The release over the tree, which stays as it is."""
    for name in 'upper', 'work', 'root':
        os.makedirs(f'/mnt/{name}', exist_ok=True)
    run('mount', '-t', 'overlay', 'overlay', '-o',
        f'lowerdir={tree},upperdir=/mnt/upper,workdir=/mnt/work', ROOT)
    run('mount', '-t', 'proc', 'proc', ROOT + '/proc')
    run('mount', '--rbind', '/dev', ROOT + '/dev')
    run('chroot', ROOT, 'useradd', '-m', USER)
    for user in 'popa3d', 'solid-pop3d', 'spop3d':
        run('chroot', ROOT, 'useradd', '--system', user)
    for service in os.listdir(ROOT + '/etc/pam.d'):
        world.write(f'{ROOT}/etc/pam.d/{service}', PERMIT)
    os.makedirs(ROOT + '/var/lib/popa3d', exist_ok=True)
    return run('chroot', ROOT, 'id', '-u', USER, stdout=subprocess.PIPE,
               text=True).stdout


def fill(octets, uid):
    """Makes the mailbox again, always of the same age."""
    with open(BOX, 'wb') as f:
        f.write(octets)
    os.chown(BOX, uid, MAIL_GROUP)
    os.chmod(BOX, 0o660)
    os.utime(BOX, (1e9, 1e9))


def version(package):
    """As its authors call it."""
    text = run('chroot', ROOT, 'dpkg-query', '-Wf', '${Version}', package,
               stdout=subprocess.PIPE, text=True).stdout
    return re.match(r'(?:\d+:)?([0-9.]+\d)', text)[1]


class Server:
    """One of them, set to give the ids of a format."""

    def __init__(self, name, form, number, command, login=True):
        self.name, self.form, self.version = name, form, number
        self.command, self.login = command, login

    def __str__(self):
        return f'{self.name} {self.version}, {self.form}'

    def ask(self, questions, end=None):
        """What questions makes of a session; None where the server refuses
        the mailbox or ends.  end is a last command."""
        session = world.Session(self.command, '/mnt/log')
        try:
            if self.login and not session.login(USER).startswith(b'+OK'):
                return None
            got = questions(session)
            if end:
                session.ask(end)
                session.file.read()  # until the server has ended
            return got
        except world.Hung:
            return None
        finally:
            session.kill()
            session.close()


def ids_of(session):
    """The answer to UIDL, or None."""
    got, lines = session.many('UIDL')
    return ([line.split(b' ', 1)[1].decode('latin-1') for line in lines]
            if got.startswith(b'+OK') else None)


def dovecot(form, kind):
    path = f'/tmp/{form}.conf'
    text = DOVECOT[kind] + (
        'log_path = /dev/stderr\nfirst_valid_uid = 100\nssl = no\n'
        'mbox_write_locks = fcntl\nprotocols = pop3\n'
        f'pop3_uidl_format = {UIDL[form][kind == "2.4"]}\n')
    if form.endswith('all'):
        text += 'mbox_md5 = all\n'
    world.write(ROOT + path, text)
    return ['chroot', f'--userspec={USER}:{USER}', ROOT, 'env', '-i',
            'DOVECOT_PRESERVE_ENVS=USER HOME', 'USER=' + USER,
            'HOME=/home/' + USER, '/usr/lib/dovecot/pop3', '-c', path]


def servers():
    """Those of the release at ROOT."""
    found = [Server('popa3d', 'popa3d', '1.0.3',
                    ['chroot', ROOT, '/usr/sbin/popa3d']),
             Server('solid-pop3d', 'solid', '0.15',
                    ['chroot', ROOT, '/usr/sbin/solid-pop3d']),
             Server('Mailutils', 'x-uidl', version('mailutils-pop3d'),
                    ['chroot', ROOT, '/usr/sbin/pop3d', '--inetd'])]
    number = version('dovecot-pop3d')
    return found + [Server('Dovecot', form, number,
                           dovecot(form, number[:3]), False)
                    for form in UIDL]
