# SPDX-License-Identifier: ISC
"""The mbox format of src/mbox/mboxscan.h and src/mbox/uidl.h, written once
more in another way: with the whole mailbox in memory, and simple.  It is slow;
the differential test compares the program with it.
"""
import base64
import re
from collections import namedtuple

import xxhash

Message = namedtuple('Message', 'start text end octets retr uid internal')

PLAIN = rb'(?:[A-Za-z]+(?:SHIFT)?|SHIFT|[A-Za-z]{3,}\d\d?[A-Za-z]*)'.replace(
    b'SHIFT', rb'[+-](?:\d\d?(?::\d\d)?|\d{4})')
ZONE = (rb'(?:PLAIN|\((?:PLAIN|(?:[A-Za-z.\x80-\xff-]+[ \t]+)+TIME)\))'
        .replace(b'TIME', b'[Tt][Ii][Mm][Ee]').replace(b'PLAIN', PLAIN))
DATE = re.compile(  # asctime's or a Date field's, with zones; ~ is blanks
    rb'(?<=[ \t])(Sun|Mon|Tue|Wed|Thu|Fri|Sat)'
    rb'(?:~MONTH~DAY~(?:MINUTE(:SECOND)?|24:00(:00)?)'
    rb'(?P<before>(~ZONE){0,2})~YEAR'
    rb'|,?~DAY~MONTH~YEAR~(?:MINUTE:SECOND|24:00:00))(?P<after>(~ZONE){0,2})'
    rb'(~(?:remote from|forwarded by) [^\n]*[^\n\r]\r*|[ \t]*\r*)\Z'
    .replace(b'MONTH', b'(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)')
    .replace(b'DAY', rb'([012]?\d|3[01])').replace(b'YEAR', rb'\d{4}')
    .replace(b'MINUTE', rb'([01]?\d|2[0-3]):[0-5]\d')
    .replace(b'SECOND', rb'([0-5]\d|60)')
    .replace(b'ZONE', ZONE).replace(b'~', rb'[ \t]+'), re.I)
KEPT = 127  # octets of the line's end in which a date must begin
MONTHS = b'janfebmaraprmayjunjulaugsepoctnovdec'
IDENTIFYING = b'received', b'message-id', b'date', b'from', b'subject'
SENDER = 256
WITHOUT_BLANK = 1024  # octets of a From_ line without a blank line before it
FIELD = re.compile(rb'[!-9;-~]{1,63}:')  # which must then follow it
SENDERS = b'From MAILER-DAEMON ', b'From MAILER_DAEMON '
DELIVERY = {b'received', b'return-path', b'delivered-to'}
FOLDER = b"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA"


def date_in(line):
    """Returns the match of a From_ line's date, or None."""
    if not line.startswith(b'From '):
        return None
    return next((m for m in (DATE.match(line, at) for at in
                             range(max(5, len(line) - KEPT), len(line)))
                 if m and zones(m['before']) + zones(m['after']) <= 2), None)


def zones(text):
    return len(re.findall(rb'[ \t]+' + ZONE, text or b''))


def envelope(line):
    """Returns the sender, and the date and time as they are written."""
    date = date_in(line)
    month = MONTHS.index(re.search(b'[ \t]([A-Za-z]{3})[ \t]',
                                   date[0])[1].lower()) // 3 + 1
    day = re.search(rb'[ \t](\d\d?)[ \t]', date[0])[1]
    year = re.search(rb'[ \t](\d{4})([ \t\r]|\Z)', date[0])[1]
    time = re.search(rb'(\d\d?):(\d\d)(:(\d\d))?', date[0])
    return b'%s %04d%02d%02d%02d%02d%02d' % (
        line[5:date.start()][:SENDER], int(year), month, int(day),
        *(int(time[i] or 0) for i in (1, 2, 4)))


def squeeze(value):
    return re.sub(b'[ \t\r\n]+', b' ', value).strip(b' ')


def uid(from_line, header, body):
    parts, on = {}, None
    for line in header:
        if line[:1] in (b' ', b'\t'):
            if on:
                parts[on] += b'\n' + line
            continue
        name, colon, value = line.partition(b':')
        name = name.lower()
        on = name if name in IDENTIFYING and name not in parts else None
        if not colon:
            on = None
        if on:
            parts[on] = value
    if not parts.keys() & {b'received', b'message-id', b'date'}:
        parts[b'from_'] = envelope(from_line)
    head = xxhash.xxh3_128_digest(b''.join(
        xxhash.xxh3_128_digest(name + b':' + squeeze(parts[name]))
        for name in (*IDENTIFYING, b'from_') if name in parts))
    octets = len(re.sub(rb'(\r\n)*\Z', b'', b'\r\n'.join(body)))
    id = xxhash.xxh3_128_digest(head + octets.to_bytes(8, 'big'))
    return base64.b32encode(id)[:26].decode().lower()


def split(data):
    """Returns the messages, or None if this is not an mbox."""
    ends = [m.end() for m in re.finditer(rb'[^\n]*\n|[^\n]+\Z', data)]
    starts = [0] + ends[:-1]
    lines = [re.sub(rb'\r?\n?\Z', b'', data[s:e], count=1)
             for s, e in zip(starts, ends)]
    first = [i for i, line in enumerate(lines) if date_in(line)
             and (i == 0 or not lines[i - 1] or (
                 len(data[starts[i]:ends[i]].rstrip(b'\n')) < WITHOUT_BLANK
                 and FIELD.match((lines + [b''])[i + 1])))]
    if any(lines[:first[0] if first else None]):
        return None
    return [message(starts, ends, lines, i, j)
            for i, j in zip(first, first[1:] + [len(lines)])]


def message(starts, ends, lines, i, j):
    text = lines[i + 1:j]
    blank = text.index(b'') if b'' in text else None
    if blank is not None and not text[-1] and blank < len(text) - 1:
        text.pop()  # it belongs to the format, not to the message
    header = text[:blank]
    fields = [h.lower().split(b':')[0] for h in header if b':' in h]
    internal = i == next(k for k, v in enumerate(lines) if v) and (
        lines[i].startswith(SENDERS) and FOLDER in header
        and (b'x-imap' in fields or b'x-imapbase' in fields)
        and not DELIVERY.intersection(fields))
    body = text[blank + 1:] if blank is not None else []
    sent = text + ([b''] if blank is None else [])
    retr = b''.join((b'.' if s[:1] == b'.' else b'') + s + b'\r\n'
                    for s in sent)
    return Message(starts[i], ends[i], ends[i + len(text)],
                   sum(len(s) + 2 for s in sent), retr,
                   uid(lines[i], header, body), internal)
