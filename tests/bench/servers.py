# SPDX-License-Identifier: ISC
"""The servers, and the floors in a server's place: how each is started, what
it used, and how a session with it is played."""
import glob
import os
import re
import shutil
import subprocess
import time

from users import BUILD, PASSWORD, TOP, world

DOVECOT = """protocols = pop3
base_dir = %(work)s/dovecot
log_path = %(work)s/log
ssl = no
listen = 127.0.0.1
mbox_write_locks = fcntl
first_valid_uid = 100
service pop3-login {
  inet_listener pop3 {
    port = %(port)d
  }
  inet_listener pop3s {
    port = 0
  }
}
"""
DOVECOT_PORT = 11110
TICK = os.sysconf('SC_CLK_TCK')


class Launched:
    """A server that serves one connection, and is started for each."""

    def __init__(self, name, command, state=None, nodelay=False):
        self.name, self.state = name, state
        if nodelay:
            command = ['--nodelay', *command]
        log = open(os.environ['ONEPOP_WORLD'] + '/log', 'ab')
        self.process = subprocess.Popen(
            [BUILD + 'bench-launch', *command], stdout=subprocess.PIPE,
            stderr=log, text=True)
        self.port = int(self.told('port'))

    def told(self, what):
        for line in self.process.stdout:
            word, value = line.split()
            if word == what:
                return value
        raise RuntimeError(self.name + ' is gone')

    def session(self, user, *steps):
        """What each step took: name -> [(seconds, octets)]; and the CPU."""
        took = play(self.port, user, steps)
        took['cpu'] = float(self.told('cpu'))
        return took

    def processes(self):
        return family(int(self.told('pid')))

    def waited(self):
        self.told('cpu')

    def forget(self, user):
        """What is kept of a mailbox beside it."""
        if self.state:
            for path in glob.glob(f'{self.state}/*-{user}.*'):
                os.unlink(path)

    def kept(self, user):
        """The octets that takes on the disk."""
        return sum(os.stat(path).st_blocks * 512 for path in
                   glob.glob(f'{self.state}/*-{user}.*'))

    def stop(self):
        self.process.kill()
        self.process.wait()


class Dovecot:
    """Its own master, as Debian's settings have it."""
    name, port = 'dovecot', DOVECOT_PORT

    def __init__(self, work):
        world.write(work + '/dovecot.conf',
                    world.dovecot_users('pam', '~/index') +
                    DOVECOT % {'work': work, 'port': self.port})
        self.process = subprocess.Popen(
            ['/usr/sbin/dovecot', '-F', '-c', work + '/dovecot.conf'],
            stdin=subprocess.DEVNULL)
        while subprocess.run(
                [BUILD + 'bench-client', str(self.port), '', '', 'greet'],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL).returncode != 0:
            if self.process.poll() is not None:
                raise RuntimeError('dovecot does not start')
            time.sleep(0.1)

    def session(self, user, *steps):
        before = self.used()
        took = play(self.port, user, steps)
        while self.sessions():
            time.sleep(0.002)
        took['cpu'] = self.used() - before
        return took

    def used(self):
        """CPU seconds of all its processes, those that ended included."""
        ticks = 0
        for pid in family(self.process.pid):
            fields = look(pid, 'stat').rpartition(') ')[2].split()
            ticks += sum(map(int, fields[11:15]))
        return ticks / TICK

    def sessions(self):
        return [pid for pid in family(self.process.pid)
                if look(pid, 'comm').strip() in ('pop3', 'pop3-login')]

    processes = sessions

    def waited(self):
        while self.sessions():
            time.sleep(0.01)

    def forget(self, user):
        home = os.environ['ONEPOP_WORLD'] + '/home/' + user
        shutil.rmtree(home + '/index', True)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def look(pid, name):
    """A file of /proc; empty where the process is gone."""
    try:
        with open(f'/proc/{pid}/{name}') as f:
            return f.read()
    except OSError:
        return ''


def family(pid):
    """A process and all that descend from it."""
    found = [pid]
    for one in found:
        for path in glob.glob(f'/proc/{one}/task/*/children'):
            found += map(int, look(one, path.partition(f'/{one}/')[2])
                         .split())
    return found


def play(port, user, steps):
    done = subprocess.run(
        [BUILD + 'bench-client', str(port), user, PASSWORD, *steps],
        stdout=subprocess.PIPE, text=True, check=True)
    took = {}
    for line in done.stdout.splitlines():
        name, seconds, octets = line.split()
        took.setdefault(name, []).append((float(seconds), int(octets)))
    return took


class Held:
    """A session that waits in TRANSACTION while one looks at the server, and
    then once more after one step."""

    def __init__(self, server, user, step='stat'):
        self.server = server
        self.client = subprocess.Popen(
            [BUILD + 'bench-client', str(server.port), user, PASSWORD,
             'greet', 'login', 'stat', 'hold', step, 'hold', 'quit'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told('stat')

    def told(self, what):
        for line in self.client.stdout:
            name, seconds, octets = line.split()
            if name == what:
                return float(seconds), int(octets)
        raise RuntimeError(self.server.name + ': the client is gone')

    def __enter__(self):
        self.pids = self.server.processes()
        return self

    def go(self):
        """Does the step."""
        self.client.stdin.write('\n')
        self.client.stdin.flush()
        self.told('hold')
        return self.told(self.client.args[8].partition('/')[0])

    def __exit__(self, *_):
        self.client.communicate()
        self.server.waited()

    def cpu(self):
        """Seconds, of the processes that live."""
        return self.total('schedstat', r'^(\d+)') / 1e9

    def memory(self, what):
        """Octets, by the kernel's count."""
        return 1024 * self.total('smaps_rollup', what + r': +(\d+) kB')

    def total(self, name, pattern):
        return sum(int(re.search(pattern, text)[1]) for text in
                   (look(pid, name) for pid in self.pids) if text)


# How to start each, with what goes before its command (strace), and with
# Nagle's algorithm switched off for it, or not.

def onepop(work, *prefix, nodelay=False):
    return Launched('onepop', [
        *prefix, os.environ.get('ONEPOP', TOP + '/build/onepop'),
        '--state-dir', work + '/state'], work + '/state', nodelay)


def adopt(work, user):
    """Gives the user's messages the ids that they had with popa3d."""
    subprocess.run([TOP + '/build/onepopctl', '--state-dir', work + '/state',
                    'adopt', '--format', 'popa3d', user],
                   stdout=subprocess.DEVNULL, check=True)


def popa3d(_, *prefix, nodelay=False):
    return Launched('popa3d', [*prefix, '/usr/sbin/popa3d'],
                    nodelay=nodelay)


def mailutils(_, *prefix, nodelay=False):
    return Launched('mailutils', [*prefix, '/usr/sbin/pop3d', '--inetd'],
                    nodelay=nodelay)


def dovecot(work, nodelay=False):
    return Dovecot(work)


SERVERS = {'onepop': onepop, 'popa3d': popa3d, 'mailutils': mailutils,
           'dovecot': dovecot}
