# SPDX-License-Identifier: ISC
"""A private machine for tests with other people's mail programs.

enter() starts the script again in namespaces of its own.  There Debian packages
are mounted over /usr and /etc, without being installed; the users, the mail
spool and all processes vanish at the end.  apt-get fetches the packages once.
Needs root.
"""
import fcntl
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(os.environ.get('XDG_CACHE_HOME') or
                     os.path.expanduser('~/.cache'), 'onepop-trees')
TREES = {
    'tools': 'procmail maildrop mutt s-nail dovecot-core',
    'postfix': 'postfix bsd-mailx',
    'exim': 'exim4-daemon-light',
    'readers': 'neomutt alpine mailutils',
    'popa3d': 'popa3d',
    'mailutils': 'mailutils-pop3d',
    'pop3': 'dovecot-core dovecot-pop3d',
    'courier': 'courier-pop courier-authdaemon courier-authlib',
    'clients': 'fetchmail getmail6 mpop',
    'cluster': 'haproxy nginx-light libnginx-mod-stream ucspi-tcp-ipv6',
}
USERS = ('alice', 'bob', 'carol')
UID = 23401  # alice's; the others' follow
SYSTEM = (('postfix', 23390), ('postdrop', 23391), ('Debian-exim', 23392),
          ('popa3d', 23393), ('dovecot', 23394), ('dovenull', 23395))
PAM = """auth required pam_userdb.so db=/etc/torture crypt=none
account required pam_permit.so
session required pam_permit.so
"""
MAIN_CF = """compatibility_level = 3.6
queue_directory = %(work)s/queue
data_directory = %(work)s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = torture.example
mydestination = torture.example, localhost
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
alias_database =
mailbox_delivery_lock = fcntl
mailbox_size_limit = 0
mail_spool_directory = /var/mail
biff = no
maillog_file = %(work)s/maillog
maillog_file_prefixes = %(work)s
deliver_lock_attempts = 40
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
in_flow_delay = 0
local_destination_concurrency_limit = 2
"""
MASTER_CF = """pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
postlog unix-dgram n - n - 1 postlogd
"""
EXIM = """log_file_path = %(work)s/exim/log-%%slog
spool_directory = %(work)s/exim
primary_hostname = torture.example
qualify_domain = torture.example
domainlist local = torture.example : localhost
never_users =
exim_user = Debian-exim
exim_group = Debian-exim
keep_environment =
begin routers
local_user:
  driver = accept
  domains = +local
  check_local_user
  transport = mail_spool
begin transports
mail_spool:
  driver = appendfile
  file = /var/mail/$local_part_data
  use_fcntl_lock = true
  use_lockfile = %(dotlock)s
  lock_interval = 1s
  lock_retries = 30
  delivery_date_add
  envelope_to_add
  return_path_add
  group = mail
  mode = 0660
  mode_fail_narrower = false
begin retry
* * F,2h,1s
"""
DOVECOT = """mbox_write_locks = fcntl
log_path = /dev/stderr
base_dir = %(work)s/dovecot
auth_socket_path = %(work)s/none
first_valid_uid = 100
postmaster_address = root@torture.example
ssl = no
"""


def is_dovecot_23():
    """Dovecot 2.4 has other names for settings, and needs more of them."""
    return subprocess.run(
        ['dovecot', '--version'], check=True, text=True,
        stdout=subprocess.PIPE).stdout.startswith('2.3')


def dovecot_users(driver, index=''):
    """Where the mail is and how users log in, for this release of Dovecot."""
    if is_dovecot_23():
        return (('mail_location = mbox:~/mail:INBOX=/var/mail/%%u%s\n'
                 'disable_plaintext_auth = no\n'
                 'passdb {\n  driver = %s\n}\n'
                 'userdb {\n  driver = passwd\n}\n') % (
                     index and ':INDEX=' + index, driver))
    return (('dovecot_config_version = 2.4.0\n'
             'dovecot_storage_version = 2.4.0\n'
             'mail_driver = mbox\nmail_path = ~/mail\n'
             'mail_inbox_path = /var/mail/%%{user}\n%s'
             'auth_allow_cleartext = yes\n'
             'passdb %s {\n}\nuserdb passwd {\n}\n') % (
                 index and 'mail_index_path = %s\n' % index, driver))


def fetch(name):
    """The directory with the packages of a tree.  Tests that run at once wait
    for the one that downloads it."""
    tree = os.path.join(CACHE, 'peers-' + name)
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, 'lock-' + name), 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.isdir(tree):
            download(name, tree)
    return tree


def download(name, tree):
    new = '%s.%d' % (tree, os.getpid())
    debs = new + '.debs'
    os.makedirs(debs + '/partial')
    os.makedirs(new + '/usr')
    os.makedirs(new + '/etc')
    subprocess.run(
        ['apt-get', '-qq', '-y', '--no-install-recommends', '--reinstall',
         '--download-only', '-o', 'Debug::NoLocking=1',
         '-o', 'APT::Sandbox::User=root',
         '-o', 'Dir::Cache::archives=' + debs, 'install',
         *TREES[name].split()], check=True, stdout=sys.stderr,
        env=dict(os.environ, DEBIAN_FRONTEND='noninteractive'))
    for deb in sorted(os.listdir(debs)):
        if deb.endswith('.deb'):
            subprocess.run(['dpkg-deb', '-x', os.path.join(debs, deb), new],
                           check=True)
    for name in ('bin', 'sbin', 'lib'):  # Debian's /lib is /usr/lib
        if os.path.isdir(os.path.join(new, name)):
            shutil.copytree(os.path.join(new, name),
                            os.path.join(new, 'usr', name), symlinks=True,
                            dirs_exist_ok=True)
    shutil.rmtree(debs)
    os.rename(new, tree)


def enter(trees):
    """Returns in the new machine, with its directory for work."""
    work = os.environ.get('ONEPOP_WORLD')
    if not work:
        if os.geteuid() != 0:
            sys.exit('Bail out! this needs root')
        for name in trees:
            fetch(name)
        sys.exit(run_inside())
    os.chmod(work, 0o755)
    if trees:
        overlay('/usr', trees, None)
    make_etc(work, trees)
    for name in ('mail', 'home', 'state', 'data', 'exim', 'spool'):
        os.mkdir(os.path.join(work, name))
    for user, uid in people():
        for name in (user, user + '/Mail'):
            os.mkdir(os.path.join(work, 'home', name), 0o700)
            os.chown(os.path.join(work, 'home', name), uid, uid)
    os.chown(work + '/mail', 0, 8)
    os.chmod(work + '/mail', 0o2775)
    os.chmod(work + '/state', 0o700)
    mount('--bind', work + '/mail', '/var/mail')
    mount('--bind', work + '/spool', '/var/spool')
    mount('-t', 'tmpfs', 'tmpfs', '/var/lib')
    os.mkdir('/var/lib/popa3d', 0o755)
    os.symlink('/var/mail', '/var/spool/mail')
    return work


def run_inside():
    """Starts the script again, and ends all of its processes afterwards."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    work = tempfile.mkdtemp(prefix='onepop-world-')
    child = subprocess.Popen(
        ['unshare', '--mount', '--ipc', '--pid', '--fork', '--kill-child',
         '--mount-proc', sys.executable, os.path.abspath(sys.argv[0]),
         *sys.argv[1:]], env=dict(os.environ, ONEPOP_WORLD=work))
    try:
        return child.wait()
    finally:
        child.kill()
        child.wait()
        shutil.rmtree(work, True)


def end_all():
    """Ends every process of this machine but the script, its first."""
    if os.getpid() != 1:
        return
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass  # there is no other


def people():
    return [(user, UID + i) for i, user in enumerate(USERS)]


def mount(*args):
    subprocess.run(['mount', *args], check=True)


def overlay(where, trees, upper):
    """Mounts the trees over a directory; files written there go to upper."""
    options = 'lowerdir=' + ':'.join(
        [os.path.join(CACHE, 'peers-' + name) + where for name in trees] +
        [where])
    if upper:
        options += ',upperdir=%s/upper,workdir=%s/work' % (upper, upper)
    mount('-t', 'overlay', 'overlay', '-o', options, where)


def make_etc(work, trees):
    """Users, their passwords, and the programs' settings."""
    mount('-t', 'tmpfs', 'tmpfs', '/mnt')
    os.mkdir('/mnt/upper', 0o755)
    os.mkdir('/mnt/work')
    overlay('/etc', trees, '/mnt')
    for name, line in (('passwd', '%s:x:%d:%d::%s:/bin/sh\n'),
                       ('group', '%s:x:%d:\n'),
                       ('shadow', '%s:*:19000:0:99999:7:::\n')):
        with open('/etc/' + name, encoding='utf-8') as f:
            lines = f.readlines()
        ours = people() + list(SYSTEM)
        names = [user for user, _ in ours]
        lines = [s for s in lines if s.split(':')[0] not in names]
        for user, uid in ours:
            values = {'passwd': (user, uid, uid, work + '/home/' + user),
                      'group': (user, uid), 'shadow': (user,)}
            lines.append(line % values[name])
        write('/etc/' + name, ''.join(lines))
    for service in ('onepop', 'popa3d', 'pop3d',
                    'gnu-mailutils', 'mailutils', 'other'):
        write('/etc/pam.d/' + service, PAM)
    subprocess.run(['db5.3_load', '-T', '-t', 'hash', '/etc/torture.db'],
                   input=''.join('%s\nsecret\n' % u for u in USERS),
                   text=True, check=True)
    write('/etc/onepop.conf', '')
    if shutil.which('dovecot'):
        os.makedirs('/etc/dovecot', exist_ok=True)
        write('/etc/dovecot/dovecot.conf',
              dovecot_users('passwd') + DOVECOT % {'work': work})
    write('/etc/procmailrc', 'LOCKTIMEOUT=20\nLOCKSLEEP=1\n')
    write('/etc/mailname', 'torture.example\n')


def write(path, text):
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def configure_postfix(work):
    os.makedirs('/etc/postfix', exist_ok=True)
    write('/etc/postfix/main.cf', MAIN_CF % {'work': work})
    write('/etc/postfix/master.cf', MASTER_CF)


def start_postfix(work, prefix=()):
    """Postfix's own parts, without a network."""
    configure_postfix(work)
    postfix, postdrop = SYSTEM[0][1], SYSTEM[1][1]
    os.chown(work + '/data', postfix, 0)
    os.makedirs(work + '/queue', exist_ok=True)
    for name in ('active bounce corrupt defer deferred flush hold incoming '
                 'private trace saved public maildrop pid').split():
        path = os.path.join(work, 'queue', name)
        os.makedirs(path, 0o700, exist_ok=True)
        if name != 'pid':
            os.chown(path, postfix, 0)
        if name in ('public', 'maildrop'):
            os.chown(path, postfix, postdrop)
            os.chmod(path, 0o1730 if name == 'maildrop' else 0o710)
    os.chmod(work + '/queue/pid', 0o755)
    return subprocess.Popen([*prefix, '/usr/lib/postfix/sbin/master', '-d'],
                            stdin=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def stop_postfix():
    """All of its processes; nobody else runs it in this machine."""
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if os.readlink('/proc/%s/exe' % pid).startswith(
                    '/usr/lib/postfix/'):
                os.kill(int(pid), signal.SIGKILL)
        except OSError:
            pass  # a kernel's, or just gone


def postfix_is_idle(work):
    return not any(names for name in ('maildrop', 'incoming', 'active',
                                      'deferred')
                   for _, _, names in os.walk(work + '/queue/' + name))


def start_exim(work, dotlock):
    """Exim needs no daemon: it delivers when it is told."""
    os.makedirs('/etc/exim4', exist_ok=True)
    write('/etc/exim4/exim4.conf', EXIM % {
        'work': work, 'dotlock': 'true' if dotlock else 'false'})
    os.chown(work + '/exim', SYSTEM[2][1], SYSTEM[2][1])


def as_user(user, prefix=()):
    """The arguments with which subprocess runs a program or strace as a user."""
    uid = dict(people())[user]
    home = pwd.getpwnam(user).pw_dir
    more = {'cwd': home,
            'env': {'HOME': home, 'USER': user, 'LOGNAME': user,
                    'MAIL': '/var/mail/' + user, 'TERM': 'vt100',
                    'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'}}
    if prefix:
        return [*prefix, '-u', user], more
    return [], dict(more, user=uid, group=uid, extra_groups=[])


def lock(f, kind=fcntl.F_WRLCK, wait=True):
    """A lock that excludes those of fcntl, also within one process."""
    data = struct.pack('hhlli4x', kind, os.SEEK_SET, 0, 0, 0)
    fcntl.fcntl(f, fcntl.F_OFD_SETLKW if wait else fcntl.F_OFD_SETLK, data)


DELIVER = {  # from what tree, and the command that reads a message
    'procmail': ('tools', ['procmail', '-f', 'sender@example.org', '-d']),
    'maildrop': ('tools', ['maildrop', '-f', 'sender@example.org', '-d']),
    'dovecot': ('tools', ['/usr/lib/dovecot/dovecot-lda',
                          '-f', 'sender@example.org']),
    'postfix': ('postfix', ['sendmail', '-f', 'sender@example.org', '-oi']),
    'exim': ('exim', ['exim4', '-f', 'sender@example.org', '-odi', '-oi']),
}


def deliver(how, user, message, prefix=()):
    """A process that delivers a message, as a program of Debian does it."""
    if how == 'dovecot':  # the user's own, as from his .forward
        prefix, more = as_user(user, prefix)
        last = []
    else:
        more, last = {}, [user]
    child = subprocess.Popen(
        [*prefix, *DELIVER[how][1], *last], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    feed = threading.Thread(target=give, args=(child, message), daemon=True)
    feed.start()
    return child


def give(child, message):
    try:
        child.stdin.write(message)
        child.stdin.close()
    except OSError:
        pass  # its exit status will tell


def append(user, message):
    """Delivers a message as a simple, careful program would."""
    path = '/var/mail/' + user
    with open(path, 'ab', buffering=0) as f:
        lock(f)
        f.write(b'From sender@example.org Mon Nov  2 10:00:00 2026\n' +
                message + b'\n')
        os.fsync(f.fileno())


SERVERS = {
    'popa3d': ['/usr/sbin/popa3d'],
    'mailutils': ['/usr/sbin/pop3d', '--inetd'],
}


def server(name, program, work):
    if name == 'onepop':
        return [program, '--start-user', 'root', '--state-dir', work + '/state']
    return SERVERS[name]


BUFFER = 16384


class Hung(Exception):
    """The server has hung up, or sends nothing."""


class Session:
    """A POP3 session with a server of our own, started for it."""

    def __init__(self, command, log):
        listener = socket.create_server(('127.0.0.1', 0))
        self.sock = socket.socket()
        # Large messages are not sent before they are read.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self.sock.connect(listener.getsockname())
        theirs, _ = listener.accept()
        listener.close()
        self.sock.settimeout(60)
        self.asked = ''
        for sock in (self.sock, theirs):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.log = log
        with open(log, 'ab') as errors:
            self.child = subprocess.Popen(
                command, stdin=theirs, stdout=theirs, stderr=errors,
                start_new_session=True)
        theirs.close()
        self.file = self.sock.makefile('rb')

    def line(self):
        try:
            got = self.file.readline()
        except OSError:
            got = b''
        if not got.endswith(b'\n'):
            raise Hung(got)
        return got.rstrip(b'\r\n')

    def send(self, text):
        self.asked = text
        try:
            self.sock.sendall(text.encode() + b'\r\n')
        except OSError:
            raise Hung() from None

    def ask(self, text):
        self.send(text)
        return self.line()

    def many(self, text, pause=0):
        """A multi-line answer: its status and its lines."""
        status, lines = self.ask(text), []
        time.sleep(pause)
        while status.startswith(b'+OK'):
            got = self.line()
            if got == b'.':
                break
            lines.append(got[1:] if got.startswith(b'.') else got)
        return status, lines

    def login(self, user):
        got = self.line()
        if got.startswith(b'+OK'):
            got = self.ask('USER ' + user)
        return self.ask('PASS secret') if got.startswith(b'+OK') else got

    def kill(self):
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def ended(self):
        """Its exit status, or None if it does not end."""
        try:
            return self.child.wait(30)
        except subprocess.TimeoutExpired:
            return None

    def close(self):
        """Waits for the end, which comes when the client is gone."""
        self.file.close()
        self.sock.close()
        self.ended()
        self.kill()
        return self.child.wait()
