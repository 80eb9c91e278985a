# SPDX-License-Identifier: ISC
"""Unusual mailboxes, as programs write them or leave them: a From_ line of
each form, with what may stand before and after it.  The text is made up.
"""
from collections import namedtuple

Box = namedtuple('Box', 'form place data')

DATE = b'Mon Nov 23 10:00:00 2026'
# What follows "From ", by the program that writes it
FORMS = {
    'Postfix, Exim, maildrop': b'sam@example.org  ' + DATE,
    'sendmail, formail, Python': b'sam@example.org ' + DATE,
    'procmail, dma: a null sender': b'MAILER-DAEMON  ' + DATE,
    'Mozilla, mutt: no sender': b'- ' + DATE,
    'Python: a dash and an underscore': b'MAILER-DAEMON ' + DATE,
    'OpenSMTPD: a name alone': b'sam ' + DATE,
    'a sender in quotation marks': b'"sam smith"@example.org ' + DATE,
    'a sender with blanks': b'sam smith ' + DATE,
    'a sender in brackets': b'<sam@example.org> ' + DATE,
    'a long sender': b'bounce-' + b'x' * 200 + b'@example.org ' + DATE,
    'an empty sender': b' ' + DATE,
    'a sender of 8 bits': b's\xc3\xa4m@example.org ' + DATE,
    'a day of one digit': b'sam@example.org Mon Nov  2 10:00:00 2026',
    'a day of one digit, one blank': b'sam@example.org Mon Nov 2 10:00:00 2026',
    'a day with a zero': b'sam@example.org Mon Nov 02 10:00:00 2026',
    'an hour of one digit': b'sam@example.org Mon Nov 23 9:00:00 2026',
    'no seconds': b'sam@example.org Mon Nov 23 10:00 2026',
    'a leap second': b'sam@example.org Mon Nov 23 23:59:60 2026',
    '24:00': b'sam@example.org Mon Nov 23 24:00:00 2026',
    'Usenet: a zone before the year': b'sam Mon Nov 23 10:00:00 GMT 2026',
    'System V: two zones': b'sam Mon Nov 23 10:00:00 MET DST 2026',
    'a zone with digits': b'sam Mon Nov 23 10:00:00 CST6CDT 2026',
    'Takeout: a shift before the year':
        b'1811@xxx Mon Nov 23 10:00:00 +0000 2026',
    'a shift behind the year': b'sam Mon Nov 23 10:00:00 2026 +0100',
    'a shift with a colon': b'sam Mon Nov 23 10:00:00 2026 +01:00',
    'a zone with a shift': b'sam Mon Nov 23 10:00:00 2026 GMT+0100',
    'a comment': b'sam Mon Nov 23 10:00:00 2026 +0100 (CET)',
    'a comment of words': b'sam ' + DATE + b' (GMT Standard Time)',
    'a Date field': b'sam Mon, 23 Nov 2026 10:00:00 +0100',
    'a Date field without a zone': b'sam Mon, 23 Nov 2026 10:00:00',
    'small letters': b'sam mon nov 23 10:00:00 2026',
    'uucp': b'sam ' + DATE + b' remote from gate',
    'a gateway': b'sam ' + DATE + b' forwarded by gate',
    'blanks at the end': b'sam ' + DATE + b'  ',
    'CR CR LF': b'sam ' + DATE + b'\r\r',
    'tabs': b'sam\tMon\tNov\t23\t10:00:00\t2026',
    'Thunderbird: nothing': b'',
    'Thunderbird: a dash': b'-',
    'a sender alone': b'sam@example.org',
    'no weekday': b'sam Nov 23 10:00:00 2026',
    'no year': b'sam Mon Nov 23 10:00:00',
    'a year of two digits': b'sam Mon Nov 23 10:00:00 26',
    'ISO 8601': b'sam 2026-11-23T10:00:00Z',
    'another language': b'sam Mo Nov 23 10:00:00 2026',
    'prose': b'here on, all was well.',
    'prose with a date at its end': b'now on we meet on ' + DATE,
    'prose behind a date': b'sam ' + DATE + b' I had a letter',
}
FIELDS = b'Message-ID: <%d@example.org>\nSubject: number %d\n\ntext\n'
FIRST = b'From sam@example.org ' + DATE + b'\n' + FIELDS % (1, 1)
LAST = b'\nFrom sam@example.org ' + DATE + b'\n' + FIELDS % (3, 3) + b'\n'


def places(line):
    """A mailbox of three messages, if the line starts the second."""
    line = b'From ' + line
    yield 'as usual', FIRST + b'\n' + line + b'\n' + FIELDS % (2, 2) + LAST
    yield 'CRLF', (FIRST + b'\n' + line + b'\n' + FIELDS % (2, 2) +
                   LAST).replace(b'\n', b'\r\n')
    yield 'no blank line', FIRST + line + b'\n' + FIELDS % (2, 2) + LAST
    yield 'no field behind', (FIRST + b'\n' + line + b'\nno header\n' + LAST)
    yield 'neither', FIRST + line + b'\nno header\n' + LAST


def boxes():
    return [Box(form, place, data) for form, line in FORMS.items()
            for place, data in places(line)]
