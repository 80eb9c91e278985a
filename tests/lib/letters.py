# SPDX-License-Identifier: ISC
"""Messages with a checksum of themselves."""
import hashlib
import re

WORDS = [b'lorem ipsum dolor', b'.', b'..dots', b'>From a quotation', b'',
         b'\tsit amet', b'x' * 300, b'-- ']
START = re.compile(rb'(?:\A|(?<=\n\n))From [^\n]*:\d\d[^\n]*\n')
MARK = re.compile(rb'^X-Torture: (\S+) ([0-9a-f]{32})$', re.M)


def digest(body):
    """The checksum of a body, also after a program has quoted From lines."""
    text = re.sub(rb'^>+From ', b'From ', body.rstrip(b'\n'), flags=re.M)
    return hashlib.md5(text).hexdigest().encode()


def compose(name, size, rng, words=WORDS):
    """A message of about that size."""
    lines, left = [b'body of ' + name.encode()], size
    while left > 0:
        lines.append(rng.choice(words) + b' %d' % left)
        left -= len(lines[-1]) + 1
    body = b'\n'.join(lines) + b'\n'
    return b'From: sender@example.org\nTo: you\nSubject: %s\n' \
        b'X-Torture: %s %s\n\n%s' % (name.encode(), name.encode(),
                                     digest(body), body)


def identify(text):
    """A message's id if it is whole, else None."""
    header, _, body = text.partition(b'\n\n')
    marks = MARK.findall(header)
    if len(marks) == 1 and digest(body) == marks[0][1]:
        return marks[0][0].decode()
    return None


def split(mailbox):
    starts = [m.start() for m in START.finditer(mailbox)] + [len(mailbox)]
    return [mailbox[a:b] for a, b in zip(starts, starts[1:])]
