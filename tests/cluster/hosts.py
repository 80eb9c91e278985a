# SPDX-License-Identifier: ISC
"""Three hosts that share a spool, a proxy in front, and the clients' side.

All in namespaces of their own, with the addresses of units/haproxy.cfg: the
clients are here, HAProxy or nginx is in "front", and each host has a network,
processes and a /run of its own.  One kernel has all of them, so that its file
system stands for one that hosts share.
"""
import ctypes
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TOP / 'tests/lib'))
import world  # noqa: E402

CLONE_NEWNET = 0x40000000
# Seconds until a client hangs up, as mail programs do, and comes again:
# HAProxy 3.0 leaves some clients without an answer that come while a host goes.
CLIENT_PATIENCE = 20
PATIENCE = 60
HOSTS = ('host1', 'host2', 'host3')
USERS = tuple('user%d' % n for n in range(1, 21))
CLIENTS = tuple('203.0.113.%d' % n for n in range(10, 34))
CLIENT6 = '2001:db8:0:1::10'
NETWORK6 = tuple('2001:db8:0:1::1:%x' % n for n in range(21))  # of one client
OTHER6 = '2001:db8:0:2::10'
ACCOUNTS = (('haproxy', 23388), ('onepop', 23389))
BACKENDS = ('stls', 'external', 'implicit')
WAYS = {  # to the mail
    'ended': ('192.0.2.1', 995),  # TLS is the proxy's
    'through': ('192.0.2.2', 995),  # TLS is the host's
    'stls': ('192.0.2.1', 110),
    'clear': ('192.0.2.1', 110),
}
OPTIONS = """proxy-from 198.51.100.1
tls-cert /etc/haproxy/pop3s.pem
state-dir %s/state
"""
KEY, CERT = '/etc/pop3s.key', '/etc/pop3s.crt'
NGINX = """load_module /usr/lib/nginx/modules/ngx_stream_module.so;
user www-data;
pid /run/nginx.pid;
events {
}
include %s/nginx-stream.conf;
"""
PROXY_LOG = '/var/log/proxy'
ADMIN = '/run/haproxy/admin.sock'


def run(*command, **options):
    """A command that must succeed; returns what it said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError('%r: %s' % (command, done.stdout))
    return done.stdout


def wait_for(condition, what):
    """Waits until the condition returns something, and returns it."""
    until = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > until:
            raise AssertionError('waited in vain: ' + what)
        time.sleep(0.02)
    return found


def ip(text, where=None):
    run('ip', *(['-n', where] if where else []), *text.split())


def enter():
    """Comes back in the new machine, on the clients' side of its network."""
    world.USERS = USERS
    world.SYSTEM += ACCOUNTS
    if not os.environ.get('ONEPOP_WORLD'):
        world.fetch('cluster')  # while there is a network
        if ctypes.CDLL(None).unshare(CLONE_NEWNET) < 0:
            sys.exit('Bail out! this needs root')
    work = world.enter(['cluster'])
    for where in ('/run', '/var/log'):
        world.mount('-t', 'tmpfs', 'tmpfs', where)
    uid = dict(ACCOUNTS)['onepop']
    os.chown(work + '/state', uid, uid)
    world.write('/etc/onepop.conf', OPTIONS % work)
    make_network()
    make_front()
    return work


def make_network():
    ip('link set lo up')
    for name in ('front', *HOSTS):
        ip('netns add ' + name)
        ip('link set lo up', name)
    ip('link add clients type veth peer name outside netns front')
    ip('link set clients up')
    for address in CLIENTS:
        ip('addr add %s/24 dev clients' % address)
    for address in (CLIENT6, *NETWORK6, OTHER6):
        ip('addr add %s/64 dev clients nodad' % address)
    ip('addr add 203.0.113.1/24 dev outside', 'front')
    for n in (1, 2):
        ip('addr add 2001:db8:0:%d::1/64 dev outside nodad' % n, 'front')
    ip('link set outside up', 'front')
    for n in (1, 2):
        ip('addr add 192.0.2.%d/32 dev lo' % n, 'front')
        ip('addr add 2001:db8::%d/128 dev lo nodad' % n, 'front')
    ip('route add 192.0.2.0/24 via 203.0.113.1')
    ip('route add 2001:db8::/64 via 2001:db8:0:1::1')
    ip('link add inside type bridge', 'front')
    ip('addr add 198.51.100.1/24 dev inside', 'front')
    ip('link set inside up', 'front')
    for n, name in enumerate(HOSTS, 11):
        ip('link add %s type veth peer name %s netns %s'
           % (name, name, name), 'front')
        ip('link set %s master inside up' % name, 'front')
        ip('addr add 198.51.100.%d/24 dev %s' % (n, name), name)
        ip('link set %s up' % name, name)
        give_up_soon(name)


def give_up_soon(name):
    """A host ends connections that are cut off, as in CLUSTER.md but in
    fewer seconds."""
    for what, value in (('keepalive_time', 1), ('keepalive_intvl', 1),
                        ('keepalive_probes', 2), ('retries2', 3)):
        run('ip', 'netns', 'exec', name, 'sysctl', '-q', '-w',
            'net.ipv4.tcp_%s=%d' % (what, value))


def make_front():
    """Makes the files that the configurations of the proxies name."""
    for path in ('/run/haproxy', '/var/lib/haproxy', '/var/lib/nginx',
                 '/var/log/nginx', '/etc/haproxy', '/etc/nginx'):
        os.makedirs(path, exist_ok=True)
    run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
        'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
        '/CN=pop.example.org', '-keyout', KEY, '-out', CERT)
    with open(KEY, encoding='ascii') as key, \
            open(CERT, encoding='ascii') as cert:
        both = cert.read() + key.read()
    for proxy in ('haproxy', 'nginx'):
        world.write('/etc/%s/pop3s.pem' % proxy, both)
    world.write('/etc/nginx/nginx.conf', NGINX % (TOP / 'units'))


class Host:
    """One of the hosts, which can be killed and started again."""

    def __init__(self, name, program, work):
        self.name, self.program, self.work = name, program, work
        self.log_path = '%s/%s.log' % (work, name)
        self.child = None

    def start(self, prefix=()):
        self.child = subprocess.Popen(
            ['ip', 'netns', 'exec', self.name, 'unshare', '--mount', '--pid',
             '--uts', '--fork', '--kill-child', '--mount-proc',
             str(TOP / 'tests' / 'cluster' / 'node'), self.name,
             self.log_path, *prefix, self.program],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def first_process(self):
        path = '/proc/%d/task/%d/children' % (self.child.pid, self.child.pid)
        with open(path, encoding='ascii') as f:
            return int(f.read() or 0)

    def kill(self):
        """All of its processes at once; its connections are closed."""
        os.kill(self.first_process(), 9)
        self.child.wait()

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def cut(self):
        """Its network goes, its processes and its files stay."""
        ip('link set %s down' % self.name, 'front')

    def join(self):
        ip('link set %s up' % self.name, 'front')

    def lose_power(self):
        """Its connections end without a word to the other side."""
        self.cut()
        self.kill()

    def log(self):
        try:
            with open(self.log_path, encoding='utf-8') as f:
                return f.read()
        except FileNotFoundError:
            return ''

    def logins(self):
        """Where its clients came from, and how."""
        return set(re.findall(r'login ok: rip=(\S+) rport=(\d+) \S+ tls=(\S+)',
                              self.log()))


class Proxy:
    """HAProxy or nginx, with the file that is shipped."""

    def __init__(self, *command, ready):
        with open(PROXY_LOG, 'ab') as log:
            self.child = subprocess.Popen(
                ['ip', 'netns', 'exec', 'front', *command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(ready, command[0])

    def stop(self):
        self.child.terminate()
        self.child.wait(PATIENCE)


def listening():
    """Does the public address answer?"""
    try:
        socket.create_connection(('192.0.2.1', 110), PATIENCE).close()
        return True
    except OSError:
        return False


def start_haproxy():
    return Proxy('haproxy', '-db', '-f', str(TOP / 'units' / 'haproxy.cfg'),
                 ready=lambda: os.path.exists(ADMIN))


def start_nginx():
    return Proxy('nginx', '-g', 'daemon off;', ready=listening)


def admin(command):
    """Sends a command to HAProxy, as an administrator does with socat."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(PATIENCE)
        s.connect(ADMIN)
        s.sendall(command.encode() + b'\n')
        said = b''
        while part := s.recv(65536):
            said += part
    return said.decode()


def seen(host, what='status'):
    """What HAProxy says of a host, for each backend."""
    rows = [line.split(',') for line in admin('show stat').splitlines()]
    column = rows[0].index(what)
    return {row[column] for row in rows if row[1:2] == [host.name]}


def set_state(host, state):
    for backend in BACKENDS:
        admin('set server %s/%s state %s' % (backend, host.name, state))


class Session(world.Session):
    """A POP3 session by way of the proxy; by TLS unless it is clear."""

    def __init__(self, source, way, tls):
        address, port = WAYS[way]
        if ':' in source:
            address = address.replace('192.0.2.', '2001:db8::')
        self.sock = socket.create_connection((address, port),
                                             CLIENT_PATIENCE, (source, 0))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.source = self.sock.getsockname()[:2]
        self.file = self.sock.makefile('rb')
        self.greeting = None
        try:
            if way == 'stls':
                greeting = self.line()
                if not self.ask('STLS').startswith(b'+OK'):
                    raise world.Hung('no STLS')
                self.greeting = greeting
            if way != 'clear':
                self.file.close()
                self.sock = tls.wrap_socket(self.sock)
                self.file = self.sock.makefile('rb')
        except (OSError, world.Hung):
            self.close()
            raise world.Hung('no TLS')

    def line(self):
        """With STLS the greeting has been read already."""
        got, self.greeting = self.greeting, None
        return got or super().line()

    def close(self):
        self.file.close()
        self.sock.close()
