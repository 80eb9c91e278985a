#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""play.py PROGRAM [FILE...]: plays dialogues to the program, and prints TAP.

Without FILEs all of tests/session are played.  A dialogue is a text in the
notation of RFC 1939, a step a line:

    # why this dialogue is worth a test
    box mrose            whose mailbox this is about (alice unless said)
    mail a.mbox b.mbox*3 the mailbox before: files of tests/mail, one after
                         the other, *3 for three times
    mailfile KIND        ... which is a symlink, hardlink, directory, fifo,
                         socket, device, foreign (another user's) or unreadable
    args --idle-timeout 9    more arguments for the program; DIR has the files
                         of tests/lib/certificates.py, SPOOL the mailboxes
    env NAME=VALUE       a variable in the program's environment
    patience 5           seconds that an answer may take from here on
    C: RETR 1            the client sends this line and CRLF
    S: +OK *             the program answers with this line: * is any text, and
                         $word a word; the same name is the same word, and
                         another name another word
    S/ \\+OK [0-9]+      ... with a line that this regular expression matches
    S: ...               any lines, up to what the next S: says
    S: .
    send QU              the client sends this and no CRLF
    pipeline             the C: lines that follow go in one write
    octetwise            from here on each octet goes in a write of its own
    starttls             the client begins TLS, after STLS or at once
    starttls alice       ... with this certificate of tests/lib/certificates.py
    notls                the client begins TLS, and gets none
    login bob            greeting, USER, PASS: all is well (alice unless said)
    capa                 the client asks for the capabilities: all are there
    capa +STLS, -USER    ... and STLS, but not USER
    retr 2 b.mbox        LIST 2 and RETR 2 give the message b.mbox, and all
                         sizes are its size
    adopt popa3d         onepopctl adopt takes the ids of that format
    import i; j <m@x>    ... takes these, as --from-file, in that order
    drop                 onepopctl adopt --drop forgets them
    ctl deleted USER     onepopctl runs that command, for that user; $word as
                         above
    prints PATTERN       a line that it printed has this in it
    lose .index          the mailbox's state file with that suffix is gone
    spoil .uidl          ... has another octet at its end
    halfclose            the client closes its sending side
    hangup               the client closes the connection
    eof                  the program closes it here; at the end it must
    cut                  ... in the middle of a multi-line response
    deliver c.mbox       another program appends this, under a lock
    rewrite c.mbox       another program overwrites the mailbox in place
    replace c.mbox       another program puts a new file in its place
    lock, unlock         another program locks the mailbox
    after a.mbox         the mailbox afterwards; unless said, it is as the
                         other programs left it
    after none           no mailbox afterwards
    log PATTERN          a line of the log has this in it
    nolog PATTERN        no line of the log has this in it
    exit 0               the exit status (0 unless said)

A word with a digit before it (2C:, 2login, 2hangup) is about another
connection, which is made when it is first named.  Backslash escapes are
Python's; {x*300} is x 300 times.  PAM is the real one, with users of our own.
After each dialogue these are checked, too: every line ended in CRLF; a status
has words and is no longer than 512 octets; no new file is in the spool; the
mailbox has its inode, owner, mode and, if nobody wrote it, access time; no
password is in the log.
"""
import concurrent.futures
import fcntl
import os
import pwd
import re
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import time

import certificates
import program as programs
from tap import finish, ok

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Seconds that an answer may take, and dialogues at once: most wait for PAM's
# delay after a wrong password.  An emulated processor needs others.
PATIENCE = int(os.environ.get('PATIENCE', 10))
THREADS = int(os.environ.get('THREADS', 64))
USERS = {'alice': 'secret', 'mrose': 'secret', 'bob': 'se cret',
         'carol': 'sécrèt', 'dave': ' secret ', 'eve@example.org': 'secret',
         'frank': 'a\tsecret', 'grace': '', 'henry': '%n%s%x-secret',
         'ivan+tag': 'secret', 'judy': 'secret' + 'x' * 242,
         'root': 'secret', 'mallory': '\\secret"'}
CAPABILITIES = {'TOP', 'USER', 'SASL PLAIN LOGIN', 'RESP-CODES',
                'AUTH-RESP-CODE', 'PIPELINING', 'EXPIRE NEVER', 'UIDL'}
OTHERS = {'foreign': '/etc/passwd', 'device': '/dev/null'}  # without root
PAM = """auth required pam_userdb.so db=%s/users crypt=none
account required pam_permit.so
session required pam_permit.so
"""

TLS = """tls-cert DIR/server.pem
tls-key DIR/server.key
tls-client-ca DIR/ca.pem
"""


class Wrong(Exception):
    """The program did not do what the dialogue says."""


def unescape(text):
    """The octets that a text describes, each as a character."""
    return text.encode('utf-8').decode('unicode_escape')


def octets(text):
    return unescape(text).encode('latin-1')


def fixture(names):
    """The octets of files of tests/mail, one after the other."""
    data = b''
    for name, _, times in (n.partition('*') for n in names.split()):
        with open(os.path.join(TESTS, 'mail', name), 'rb') as f:
            data += f.read() * int(times or 1)
    return data


def text_of(mbox):
    """What RETR should send for a mailbox with one ordinary message."""
    text = re.sub(rb'\r?\n', b'\r\n', mbox.split(b'\n', 1)[1])
    if text.endswith(b'\r\n\r\n') and text.index(b'\r\n\r\n') + 4 < len(text):
        text = text[:-2]
    return text if text.endswith(b'\r\n') else text + b'\r\n'


class Setup:
    """The users and PAM's files, which all dialogues of a run share."""

    def __init__(self, program, directory):
        self.directory = directory
        os.chmod(directory, 0o755)
        self.program = programs.copy(program, directory)
        self.admin = programs.copy_admin(program, directory)
        self.root = os.geteuid() == 0
        self.owner = pwd.getpwnam('nobody') if self.root else \
            pwd.getpwuid(os.geteuid())
        self.start = pwd.getpwnam('daemon' if self.root else
                                  self.owner.pw_name)
        certificates.make(directory, self.start.pw_gid)
        users = PAM % directory
        for name, text in (
                ('config', TLS.replace('DIR', directory)), ('onepop', users),
                ('other', 'auth required pam_deny.so\n'),
                ('only-account', 'account required pam_permit.so\n'),
                ('denied', users.replace('pam_permit', 'pam_deny', 1)),
                ('shells', 'account required pam_shells.so\n' + users),
                ('expired', self.probe('acct=13')),
                ('locked', self.probe('acct=11')),
                ('bob', self.probe('user=bob')),
                ('a-name-of-one-letter', self.probe('user=a')),
                ('eve-in-capitals', self.probe('user=Eve@Example.Org')),
                ('root', self.probe('user=root')),
                ('nobodys', self.probe('user=../bob')),
                ('prompts', self.probe('prompts=2')),
                ('again', self.probe('again')),
                ('crash', self.probe('crash')),
                ('helper', self.probe('helper=/bin/true')),
                ('helper-says-no', self.probe('helper=/bin/false')),
                ('stays', self.probe('stays')),
                ('hangs', self.probe('hangs')),
                ('prints', self.probe('print')),
                ('broken', users.replace('pam_userdb', 'pam_not_there'))):
            with open(os.path.join(directory, name), 'w') as f:
                f.write(text)
        pairs = ''.join('%s\n%s\n' % (name, word.replace('\\', '\\\\'))
                        for name, word in USERS.items())
        try:
            subprocess.run(['db5.3_load', '-T', '-t', 'hash', directory +
                            '/users.db'], input=pairs.encode(), check=True)
        except (OSError, subprocess.CalledProcessError) as e:
            sys.exit('Bail out! db5.3_load of db5.3-util: %s' % e)

    def probe(self, arguments):
        """A service of tests/lib/pam_probe.c, which is beside the program."""
        module = os.path.join(os.path.dirname(self.program), 'pam_probe.so')
        return ''.join('%s required %s password=secret %s\n' % (
            kind, module, arguments) for kind in ('auth', 'account', 'session'))

    def command(self, place):
        return [self.program, '--config', self.directory + '/config',
                '--pam-confdir', self.directory,
                '--start-user', self.start.pw_name,
                '--mail-user', self.owner.pw_name,
                '--mailbox', place + '/spool/%u',
                '--state-dir', place + '/state']

    def context(self, name):
        context = ssl.create_default_context(
            cafile=self.directory + '/ca.pem')
        if name:
            context.load_cert_chain('%s/%s.pem' % (self.directory, name),
                                    '%s/%s.key' % (self.directory, name))
        return context

    def give(self, path):
        if self.root:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)


class Mailbox:
    """The mailbox, and the changes of other programs to it."""

    def __init__(self, setup, spool):
        self.setup, self.spool, self.name = setup, spool, 'alice'
        self.kind = self.data = self.seen = self.files = self.locked = None
        self.written, self.path, self.args = False, None, []
        os.mkdir(spool)

    def make(self):
        """Makes the mailbox, before the first connection."""
        self.path = os.path.join(self.spool, self.name)
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        if self.kind == 'directory':
            os.mkdir(self.path)
        elif self.kind == 'fifo':
            os.mkfifo(self.path)
        elif self.kind == 'socket':
            socket.socket(socket.AF_UNIX).bind(self.path)
        elif self.kind == 'device' and self.setup.root:
            os.mknod(self.path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
        elif self.data is not None:
            self.write(self.path, 'wb', self.data)
        if os.path.exists(self.path):
            self.setup.give(self.path)
        if self.kind == 'symlink':
            os.rename(self.path, self.spool + '/real')
            os.symlink('real', self.path)
        elif self.kind == 'hardlink':
            os.link(self.path, self.spool + '/link')
        elif self.kind == 'unreadable':
            os.chmod(self.path, 0)
        elif self.kind == 'foreign' and self.setup.root:
            os.chmod(self.path, 0o666)
            os.chown(self.path, 0, 0)
        elif self.kind in OTHERS:
            self.args = ['--mailbox', OTHERS[self.kind]]
        self.files, self.seen = set(os.listdir(self.spool)), self.look()

    def write(self, path, mode, data):
        with open(path, mode) as f:
            self.take_lock(f)
            f.write(data)
            f.truncate()
        os.utime(path, (1e9, time.time()))  # so that reading would show

    def take_lock(self, f):
        until = time.time() + PATIENCE
        while True:
            try:
                fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:  # the kernel's own waiting has no time limit
                if time.time() > until:
                    raise Wrong('the mailbox stays locked') from None
                time.sleep(0.01)

    def look(self):
        if not os.path.exists(self.path):
            return None
        s = os.stat(self.path)
        return (s.st_ino, s.st_uid, s.st_gid, s.st_mode, s.st_nlink,
                self.written or s.st_atime_ns)

    def check(self):
        if self.seen and self.written:
            self.seen = self.seen[:-1] + (True,)
        if self.look() != self.seen:
            raise Wrong('the file is %r, not %r' % (self.look(), self.seen))
        if set(os.listdir(self.spool)) != self.files:
            raise Wrong('the spool has %r' % os.listdir(self.spool))
        if not os.path.isfile(self.path):
            return
        if self.kind == 'unreadable':
            os.chmod(self.path, 0o600)
        with open(self.path, 'rb') as f:
            got = f.read()
        if got != self.data:
            raise Wrong('the mailbox is %r, not %r' % (got, self.data))

    def do_box(self, text):
        self.name = text

    def do_mail(self, text):
        self.data = fixture(text)

    def do_mailfile(self, text):
        self.kind = text

    def do_deliver(self, text):
        self.written, self.data = True, self.data + fixture(text)
        self.write(self.path, 'ab', fixture(text))

    def do_rewrite(self, text):
        self.written, self.data = True, fixture(text)
        self.write(self.path, 'r+b', self.data)

    def do_replace(self, text):
        self.written, self.data = True, fixture(text)
        self.write(self.spool + '/new', 'wb', self.data)
        self.setup.give(self.spool + '/new')
        os.rename(self.spool + '/new', self.path)
        self.seen = self.look()

    def do_lock(self, _):
        self.locked = open(self.path, 'r+b')
        self.take_lock(self.locked)

    def do_unlock(self, _):
        self.locked.close()

    def do_after(self, text):
        self.written = True
        self.data = None if text == 'none' else fixture(text)


class Client:
    """One connection, and the program at its other end."""

    def __init__(self, setup, command, environment, log, names):
        self.setup = setup
        self.sock, theirs = socket.socketpair()
        self.sock.settimeout(PATIENCE)
        with open(log, 'ab') as errors:
            self.child = subprocess.Popen(command, env=environment,
                                          stdin=theirs, stdout=theirs,
                                          stderr=errors)
        theirs.close()
        self.names, self.buf, self.batch = names, b'', None
        self.octetwise = self.skipping = self.closed = False

    def send(self, data):
        if self.batch is not None:
            self.batch += data
        elif self.octetwise:
            for i in range(len(data)):
                self.sock.sendall(data[i:i + 1])
        else:
            self.sock.sendall(data)

    def send_batch(self):
        data, self.batch = self.batch, None
        if data:
            self.send(data)

    def line(self):
        while b'\n' not in self.buf:
            got = self.sock.recv(1 << 20)
            if not got:
                raise Wrong('the program hung up; left over: %r' % self.buf)
            self.buf += got
        line, self.buf = self.buf.split(b'\n', 1)
        if not line.endswith(b'\r'):
            raise Wrong('a line without CR: %r' % line)
        return line[:-1].decode('latin-1')

    def rest(self):
        """The lines of a multi-line response."""
        lines = [self.line()]
        while lines[-1] != '.':
            lines.append(self.line())
        return lines[:-1]

    def match(self, regex):
        """Compares the next line; after "S: ..." skips to one that matches."""
        got = self.line()
        while self.skipping and not re.fullmatch(regex, got, re.S):
            if got == '.':
                raise Wrong('the end came before %r' % regex)
            got = self.line()
        self.skipping = False
        match = re.fullmatch(regex, got, re.S)
        if not match:
            raise Wrong('wanted %r, got %r' % (regex, got[:1000]))
        if regex.startswith(('\\+OK', '\\-ERR', '-ERR')) and (
                len(got) > 510 or not re.match(r'(\+OK|-ERR) \S', got)):
            raise Wrong('a bad status line: %r' % got)
        for name, word in match.groupdict().items():
            if word in self.names.values():
                raise Wrong('$%s is another name\'s: %r' % (name, word))
            self.names[name] = word

    def ask(self, line, answer):
        self.send(line.encode() + b'\r\n')
        self.match(pattern(answer, {}))

    def stop(self):
        self.sock.close()
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()

    def do_C(self, text):
        self.send(octets(text) + b'\r\n')

    def do_S(self, text):
        if text == '...':
            self.skipping = True
        else:
            self.match(pattern(text, self.names))

    def do_send(self, text):
        self.send(octets(text))

    def do_pipeline(self, _):
        self.batch = b''

    def do_octetwise(self, _):
        self.octetwise = True

    def do_patience(self, text):
        self.sock.settimeout(int(text))

    def do_login(self, text):
        name = text or 'alice'
        self.match(pattern('+OK*', {}))
        self.ask('USER ' + name, '+OK*')
        self.ask('PASS ' + USERS[name], '+OK*')

    def do_capa(self, text):
        self.ask('CAPA', '+OK*')
        got, want = self.rest(), set(CAPABILITIES)
        for sign, line in re.findall(r'([+-])([^,]+)', text):
            (want.add if sign == '+' else want.remove)(line)
        # It is last, and without a version: nmap takes any dot for the end.
        if got[-1:] != ['IMPLEMENTATION onepop'] or \
                sorted(got[:-1]) != sorted(want):
            raise Wrong('capabilities %r' % got)

    def do_retr(self, text):
        number, name = text.split()
        want = text_of(fixture(name))
        self.ask('LIST ' + number, '+OK %s %d' % (number, len(want)))
        self.ask('RETR ' + number, '+OK %d octets' % len(want))
        lines = self.rest()
        if any(re.match(r'\.($|[^.])', line) for line in lines):
            raise Wrong('a dot that is not doubled')
        got = ''.join(re.sub(r'^\.', '', line) + '\r\n' for line in lines)
        if got.encode('latin-1') != want:
            raise Wrong('message %s is %r, not %r'
                        % (number, got[:500], want[:500]))

    def do_starttls(self, name):
        """The program must not have sent in cleartext what nobody asked for."""
        if self.buf:
            raise Wrong('before TLS it says %r' % self.buf)
        self.sock = self.setup.context(name).wrap_socket(
            self.sock, server_hostname='localhost',
            suppress_ragged_eofs=False)

    def do_notls(self, name):
        try:
            self.do_starttls(name)
            # In TLS 1.3 we are ready before the server has seen all.
            self.sock.recv(1)
        except (ssl.SSLError, ConnectionError):
            self.closed = True
            return
        raise Wrong('there is TLS')

    def do_halfclose(self, _):
        self.sock.shutdown(socket.SHUT_WR)

    def do_hangup(self, _):
        self.sock.close()
        self.closed = True

    def do_cut(self, _):
        try:
            self.rest()
        except Wrong:  # what is left over does not matter
            self.buf = b''
            self.do_eof('')
        else:
            raise Wrong('the response has its end')

    def do_eof(self, _):
        try:
            got = self.buf or self.sock.recv(1000)
        except ConnectionResetError:  # it had not read all that we sent
            got = b''
        if got:
            raise Wrong('it should close, but says %r' % got)


def pattern(text, names):
    """A regular expression for "S: text"; sets groups for new names."""
    regex = ''
    for star, name, plain in re.findall(r'(\*)|\$(\w+)|([^*$]+|\$)', text):
        if star:
            regex += '.*'
        elif name in names:
            regex += re.escape(names[name])
        elif name:
            regex += r'(?P<%s>[!-~]+)' % name
        else:
            regex += re.escape(unescape(plain))
    return regex


class Dialogue:
    def __init__(self, setup, path, place):
        self.setup, self.path, self.place = setup, path, place
        self.log, self.number = place + '/log', 0
        self.args, self.names, self.clients, self.logged = [], {}, {}, []
        self.printed = []
        self.status = 0
        self.environment = dict(os.environ, RUNTIME_DIRECTORY=place + '/run')
        os.chmod(place, 0o755)
        for name in ('/state', '/run'):
            os.mkdir(place + name, 0o700)
            os.chown(place + name, setup.start.pw_uid, setup.start.pw_gid)
        self.mailbox = Mailbox(setup, place + '/spool')

    def do_args(self, text):
        self.args += text.replace('DIR', self.setup.directory).replace(
            'SPOOL', self.mailbox.spool).split()

    def do_env(self, text):
        name, _, value = text.partition('=')
        self.environment[name] = value

    def admin(self, *words):
        """Runs onepopctl for the user."""
        if not self.mailbox.path:
            self.mailbox.make()
        command = self.setup.command(self.place)
        done = subprocess.run(
            [self.setup.admin, *command[1:], *words], check=False,
            env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise Wrong('onepopctl %s: %d, %r' % (
                ' '.join(words), done.returncode, done.stdout))
        return done.stdout.decode('ascii')

    def state_file(self, suffix):
        name, = (n for n in os.listdir(self.place + '/state')
                 if n.endswith(suffix))
        return '%s/state/%s' % (self.place, name)

    def do_adopt(self, text):
        self.admin('adopt', '--format', text, self.mailbox.name)

    def do_import(self, text):
        path = self.place + '/import'
        with open(path, 'w', encoding='ascii') as f:
            for line in text.split('; '):
                f.write('\t'.join([self.mailbox.name] + line.split()) + '\n')
        self.admin('adopt', '--from-file', path)
        os.unlink(path)

    def do_drop(self, _):
        self.admin('adopt', '--drop', self.mailbox.name)

    def do_ctl(self, text):
        self.printed = self.admin(*(
            self.mailbox.name if word == 'USER' else
            re.sub(r'\$(\w+)', lambda m: self.names[m[1]], word)
            for word in text.split())).splitlines()

    def do_prints(self, text):
        regex = pattern(text, self.names)
        if not any(re.search(regex, line) for line in self.printed):
            raise Wrong('it printed no %r: %r' % (text, self.printed))

    def do_lose(self, text):
        os.unlink(self.state_file(text))

    def do_spoil(self, text):
        with open(self.state_file(text), 'r+b') as f:
            f.seek(-2, os.SEEK_END)
            octet = f.read(1)
            f.seek(-2, os.SEEK_END)
            f.write(bytes([octet[0] ^ 1]))

    def do_log(self, text):
        self.logged.append((text, True))

    def do_nolog(self, text):
        self.logged.append((text, False))

    def do_exit(self, text):
        self.status = int(text)

    def steps(self):
        with open(self.path, encoding='utf-8') as f:
            for self.number, line in enumerate(f, 1):
                if re.match(r'#|$', line):
                    continue
                m = re.match(r'([2-9]?)([a-z]+|C:|S:|S/)(?: (.*))?\n', line)
                if not m:
                    raise Wrong('not a step: %r' % line)
                yield m[1], m[2].strip(':'), re.sub(
                    r'\{(.+?)\*(\d+)\}', lambda r: r[1] * int(r[2]),
                    m[3] or '')

    def client(self, which):
        if not self.mailbox.path:
            self.mailbox.make()
        if which not in self.clients:
            self.clients[which] = Client(
                self.setup, self.setup.command(self.place) + self.mailbox.args +
                self.args, self.environment, self.log, self.names)
        return self.clients[which]

    def step(self, which, word, text):
        for owner in (self, self.mailbox):
            if hasattr(owner, 'do_' + word):
                getattr(owner, 'do_' + word)(text)
                return
        client = self.client(which)
        if client.batch is not None and word != 'C':
            client.send_batch()
        if word == 'S/':
            client.match(text)
        elif hasattr(client, 'do_' + word):
            getattr(client, 'do_' + word)(text)
        else:
            raise Wrong('unknown word %r' % word)

    def finish(self):
        for _, client in sorted(self.clients.items()):
            if not client.closed:
                client.do_eof('')
            status = client.child.wait(PATIENCE)
            if status != self.status:
                raise Wrong('exit status %d, not %d' % (status, self.status))
        self.mailbox.check()
        for want, there in self.logged + [('secret', False)]:
            regex = pattern(want, {})
            if any(re.search(regex, line) for line in self.lines()) != there:
                raise Wrong('the log: %s %r' % (
                    'no' if there else 'there is', want))

    def lines(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding='latin-1') as f:
            return f.read().splitlines()

    def play(self):
        """Returns None, or the problem in words."""
        try:
            for step in self.steps():
                self.step(*step)
            self.finish()
        except (Wrong, OSError, subprocess.TimeoutExpired) as e:
            return '\n# log: '.join(['line %d: %s' % (
                self.number, e or type(e).__name__)] + self.lines())
        finally:
            for client in self.clients.values():
                client.stop()
        return None


def play(setup, path):
    with tempfile.TemporaryDirectory(dir=setup.directory) as place:
        return Dialogue(setup, path, place).play()


def main():
    if len(sys.argv) < 2:
        sys.exit('usage: play.py PROGRAM [FILE...]')
    start = time.time()
    session = os.path.join(TESTS, 'session')
    files = sys.argv[2:] or sorted(os.path.join(d, f) for d, _, names
                                   in os.walk(session) for f in names)
    with tempfile.TemporaryDirectory(prefix='onepop-play-') as directory, \
            concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        setup = Setup(os.path.abspath(sys.argv[1]), directory)
        results = pool.map(lambda path: play(setup, path), files)
        for path, wrong in zip(files, results):
            ok(not wrong, os.path.relpath(path, session), wrong,
               'alone: tests/lib/play.py %s %s' % (
                   sys.argv[1], os.path.relpath(path)))
    print('# %d dialogues in %.1f s' % (len(files), time.time() - start))
    return finish()


if __name__ == '__main__':
    sys.exit(main())
