# SPDX-License-Identifier: ISC
"""Mailboxes in which POP3 servers differ: odd ones, and some that are made at
random, the same each time."""
import random
import re

FROM = [b'From alice@example.org Thu Jan  2 03:04:05 2020\n',
        b'From MAILER-DAEMON Mon Nov 23 10:00:00 2026\n',
        b'From - Mon Nov 23 10:00:00 2026 +0100\n',
        b'From x@y Thu, 2 Jan 2020 03:04:05 +0000\n']
ODD_FROM = [b'From nobody\n', b'From a b Thu Jan  2 03:04 2020\n',
            b'From me to you, dear friend of mine\n', b'From \n',
            b'From x@y Thu Jan  2 03:04:05 EST 2020\n',
            b'From x@y Thu Jan  2 03:04:05 2020 remote from z\n',
            b'>From x@y Thu Jan  2 03:04:05 2020\n']
A = FROM[0] + (
    b'Received: from a.example.org (a.example.org [192.0.2.1])\n'
    b'\tby mx.example.org; Thu, 2 Jan 2020 03:04:05 +0000\n'
    b'Received: from b.example.org by a.example.org; '
    b'Thu, 2 Jan 2020 03:04:00 +0000\n'
    b'Date: Thu, 2 Jan 2020 03:03:59 +0000\n'
    b'From: Alice <alice@example.org>\nTo: bob@example.net\n'
    b'Subject: hello\n folded\nMessage-Id: <1@example.org>\nStatus: RO\n'
    b'\nline one\n.dot\nlast\n\n')
B = FROM[1] + (
    b'Return-Path: <carol@example.org>\nX-Original-To: bob@example.net\n'
    b'Delivered-To: bob@example.net\n'
    b'Date: Mon, 23 Nov 2026 10:00:00 +0000\n'
    b'Message-ID: <2.ABC@example.org>\n'
    b'received: from c (c [198.51.100.7])\n'
    b' by mx; Mon, 23 Nov 2026 10:00:01 +0000 (UTC)\n'
    b'Delivered-To: bob@mx.example.net\n'
    b'Received: from d by c; Mon, 23 Nov 2026 09:59:59 +0000\n'
    b'X-Delivery-ID: 77\nSubject:  two spaces \nFrom: carol@example.org\n'
    b'\nbody\nStatus: in the body\n\n')
C = (b'From x@y Mon Nov 23 10:00:00 2026\nFrom: x@y\nTo: z\n\n'
     b'no hashed fields\n\n')
BASE = b'X-IMAPbase: 1139753550 0000000020\n'


def letter(fields, which=0, body=b'body\n'):
    return FROM[which] + b'From: x@y\n' + fields + b'\n' + body + b'\n'


def uids(*fields):
    return b''.join(letter(b'Date: %d\n' % n + f)
                    for n, f in enumerate(fields))


ODD = {
    'A, B, C': A + B + C,
    'C twice': C + C,
    'CRLF': (A + B + C).replace(b'\n', b'\r\n'),
    'CRLF but for From_ lines': A + re.sub(b'(?m)^(?!From )(.*)\n',
                                           b'\\1\r\n', B),
    'the last line has no LF': A + B[:-2],
    'no blank line at the end': A + B[:-1],
    'two blank lines between': A + b'\n' + B + b'\n\n' + C,
    'no blank line between': A[:-1] + B[:-1] + C,
    'a blank line first': b'\n' + A + B,
    'text first': b'text\n' + A,
    'odd From_ lines in the body': letter(
        b'Date: 1\n', 0, b''.join(b'\n' + f for f in ODD_FROM)),
    'odd From_ lines without a blank line': letter(
        b'Date: 1\n', 0, b''.join(b'text\n' + f for f in ODD_FROM)),
    'a header without an end': A + FROM[1] + b'Date: 1\nTo: a\n',
    'two From_ lines': A + FROM[0] + FROM[1] + b'Date: 2\n\nbody\n\n',
    'a From_ line last': A + FROM[1],
    'a From_ line in the header': A + FROM[1] + b'Date: 1\n' + FROM[0] +
                                  b'To: a\n\nbody\n\n',
    'an empty header': A + FROM[1] + b'\nbody\n\n' + C,
    'an empty message': A + FROM[1] + b'\n' + C,
    'NUL': A.replace(b'hello', b'hel\0lo') + C.replace(b'hashed', b'\0'),
    'From_ lines in upper case': A + C.replace(b'From ', b'FROM '),
    'names with blanks before the colon': letter(
        b'Received : a\nDate\t: b\nMessage-ID : <c>\n') + C,
    'lines without a colon': letter(b'Date: 1\nno colon\nDate\n') + C,
    'a blank line of blanks': letter(b'Date: 1\n \t\nReceived: 2\n') + C,
    'a header that begins with a blank': FROM[0] + b' x\nDate: 1\n\n\n' + C,
    'X-Delivery-ID in each case': b''.join(
        letter(b'%s: 1\n' % name) for name in
        (b'X-Delivery-ID', b'x-delivery-id', b'X-DELIVERY-ID')),
    'Message-ID in each case': b''.join(
        letter(b'%s: <1@x>\n' % name) for name in
        (b'Message-ID', b'Message-Id', b'message-id', b'MESSAGE-ID')),
    'folded Date and Message-ID': letter(
        b'Date: a\n b\nMessage-ID:\n <c>\nDelivered-To: d\n\te\n') + C,
    'Content-Length that fits': letter(
        b'Content-Length: %d\n' % (len(C) + 5), 0, b'body\n' + C) + B,
    'Content-Length that does not': letter(b'Content-Length: 7\n') + C,
    'Content-Length beyond the end': letter(b'Content-Length: 9999\n') + C,
    'X-UIDL of each length': b''.join(
        letter(b'Date: %d\nX-UIDL: %s\n' % (n, b'u' * n))
        for n in (1, 11, 12, 31, 32, 33, 70)),
    'X-UIDL of 71': letter(b'X-UIDL: ' + b'u' * 71 + b'\n') + C,
    'X-UIDL twice, folded, with blanks': letter(
        b'X-UIDL: one\nX-UIDL: two\n') + letter(b'X-UIDL:\n three\n') +
    letter(b'x-uidl:\t four \t\n') + letter(b'X-UIDL:five\n'),
    'X-UID': uids(BASE + b'X-UID: 1\n', b'X-UID: 7\n', b'X-UID: 20\n'),
    'X-UID is missing': uids(BASE + b'X-UID: 1\n', b'', b'X-UID: 9\n'),
    'X-UID before X-IMAPbase': uids(b'X-UID: 1\n' + BASE, b'X-UID: 7\n'),
    'X-UID equal': uids(BASE + b'X-UID: 7\n', b'X-UID: 7\n', b'X-UID: 8\n'),
    'X-UID falls': uids(BASE + b'X-UID: 7\n', b'X-UID: 2\n', b'X-UID: 8\n'),
    'X-UID above last': uids(BASE + b'X-UID: 7\n', b'X-UID: 30\n',
                             b'X-UID: 31\n'),
    'X-UID is next': uids(BASE + b'X-UID: 7\n', b'X-UID: 21\n',
                          b'X-UID: 22\n'),
    'X-UID twice': uids(BASE + b'X-UID: 7\nX-UID: 9\n', b'X-UID: 8\n'),
    'X-UID with text': uids(BASE + b'X-UID: 7 x\n', b'X-UID: 8  \n',
                            b'X-UID:9\n', b'X-UID:  10\n', b'x-uid: 11\n'),
    'X-IMAPbase in message 2': uids(b'X-UID: 1\n', BASE + b'X-UID: 7\n'),
    'X-IMAPbase odd': uids(b'X-IMAPbase: 5\n' + BASE + b'X-UID: 7\n'),
    'X-IMAPbase with keywords': uids(
        BASE[:-1] + b' a b\nX-UID: 1\n', b'X-UID: 7\n'),
    'an internal message': letter(
        b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n"
        b'X-IMAP: 1139753550 0000000020\nStatus: RO\n') +
    uids(b'X-UID: 1\n', b'X-UID: 7\n'),
    **{f'a line of {n} octets': letter(
        b'Subject: %s\nDate: 1\n' % (b'x' * (n - 9)), 0,
        b'x' * n + b'\n') + C
       for n in (27, 28, 79, 80, 127, 128, 1022, 1023, 1024, 2000, 10240,
                 70000)},
    **{f'a From_ line of {n} octets': A + b'From ' + b'x' * (n - 30) +
       FROM[0][-25:] + b'Date: 1\n\nbody\n\n' + C
       for n in (79, 128, 1023, 1024, 2000)},
}
FIELDS = [b'Received: from a by b; %d\n', b'Received: from c\n\tby d; %d\n',
          b'received: from e by f\n', b'Date: %d\n', b'date: folded\n %d\n',
          b'Message-ID: <%d@example.org>\n', b'Message-Id: <%d@example.org>\n',
          b'message-id:\n <%d@example.org>\n', b'Subject: %d\n',
          b'Subject: folded\n %d\n', b'Delivered-To: a%d@b\n',
          b'X-Delivery-ID: %d\n', b'Status: RO\n', b'X-Status: A\n',
          b'X-Keywords: a\n', b'To: %d\n', b'From: %d\n',
          b'Content-Length: %d\n', b'Lines: %d\n']
TEXT = [b'text %d\n', b'\n', b'\n', b'.\n', b'From here to there\n', b'\0%d\n',
        b'Date: %d\n', b'Status: R\n', b'x' * 1500 + b'\n', b' %d\r\n',
        b'From x@y Thu Jan  2 03:04:05 2020\n', b'--\n']


def some(rng, pieces, most):
    return b''.join(p % rng.randrange(90) if b'%d' in p else p
                    for p in rng.choices(pieces, k=rng.randrange(most)))


def make_mailbox(rng):
    """Of one to eight messages, with UIDs, with X-UIDL, or with neither."""
    kind = rng.choice(('uid', 'uid', 'uidl', 'uidl', ''))
    base = b'X-IMAPbase: %d %010d\n' % (rng.randrange(1, 1 << 32),
                                       rng.randrange(30, 99))
    broken = rng.randrange(4) == 0
    box, uid = b'', 0
    for _ in range(rng.randrange(1, 9)):
        fields = some(rng, FIELDS, 9)
        if kind == 'uid':
            uid += rng.choice((0, 1, 40)) if broken else rng.choice((1, 1, 2))
            fields += rng.randrange(9) and b'X-UID: %d\n' % uid or b''
        elif kind == 'uidl':
            fields += b'X-UIDL: %s\n' % bytes(
                rng.choices(range(0x21, 0x7f), k=rng.randrange(1, 71)))
            fields += some(rng, FIELDS, 3)
        elif rng.randrange(4) == 0:
            fields += b'no colon\n'
        message = letter((base if kind == 'uid' and not box else b'') + fields,
                         rng.choice((0, 0, 0, 1, 1, 1, 2, 2, 2, 3)),
                         some(rng, TEXT, 9))
        if rng.randrange(20) == 0:
            message = message.replace(b'\n', b'\r\n')
        box += message
    if rng.randrange(20) == 0:
        box = box[:-rng.randrange(1, 3)]
    return box


def mailboxes(count):
    """Their octets by name."""
    rng = random.Random(1)
    return {**ODD, **{f'made {n}': make_mailbox(rng) for n in range(count)}}
