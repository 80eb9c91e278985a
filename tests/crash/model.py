#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The mailbox update (src/update/update.h) as a model: the specification.

Runs random updates with kills, power cuts, deliveries, restores, mounts in
another order and rewrites by other programs, down to crashes inside recovery.
At the end the mailbox must be the old or the new one with all mail that
arrived; or, if another program has replaced it, be left alone.

usage: model.py [RUNS [SEED]]            the model as it should be
       model.py --mutants [RUNS [SEED]]  each deliberate mistake is caught
       model.py --trace LAB CASES SEED   src/ does the same, step for step
"""
import random
import subprocess
import sys
import zlib
from collections import namedtuple

Shape = namedtuple('Shape', 'slot space entry nonce least area_least area_most '
                   'piece block gap_large head sample samples last start')
HEADER = 176
REAL = Shape(16384, 16384 - HEADER - 8, 16, 16, 1024, 512 << 10, 16 << 20,
             65536, 65536, 1 << 20, 40, 64, 32, 65536, b'From ')
SPARE = 1 << 20
Record = namedtuple('Record', 'sequence kind to size window kept nonce '
                    'fingerprint tail data area')
MISTAKES = {
    'no-window-sync': 'the mailbox is not synced after a window',
    'no-cut-record': 'no record says that the mailbox is to be cut',
    'no-marker': 'the length alone tells whether it was cut',
    'forget-arrived': 'mail that arrived is not kept',
    'early-window': 'a record is not synced before it is acted on',
    'unsynced-journal': 'recovery believes a record that is in the cache only',
    'no-cut-sync': 'the journal is idle before the cut is on the disk',
    'bare-cut': 'the last messages are cut off without a record',
    'no-first-sync': 'unsynced mail of a deliverer is not synced first',
    'whole-marker': 'a marker that is partly zeros counts as none',
    'marker-overlap': 'the marker may be written over what is still needed',
    'no-fingerprint': 'any mailbox that is long enough fits',
    'weak-fingerprint': 'what was moved last is not looked at',
    'device': 'a mailbox is known by its device number',
    'sequence': 'after opening the journal the numbers start again',
}


IDLE = Record(0, 'IDLE', 0, 0, 0, (), b'', 0, b'', b'', 0)


class Crash(Exception):
    pass


class File:
    """Octets in the cache and on the disk, and unsynced changes."""

    def __init__(self, data=b'', sector=4):
        self.cache, self.disk = bytearray(data), bytearray(data)
        self.pending, self.sector, self.block = [], sector, 2 * sector

    def write(self, at, data):
        end = at + len(data)
        if end > len(self.cache):
            self.resize(end)
        self.cache[at:end] = data
        while at < end and self.sector:
            stop = min(end, (at // self.sector + 1) * self.sector)
            self.pending.append((at, bytes(self.cache[at:stop])))
            at = stop

    def resize(self, size):
        """Zeros the rest of the last block, perhaps before the cut."""
        rest = min(len(self.cache), -(-size // self.block) * self.block) - size
        if rest > 0 and self.sector:
            self.write(size, bytes(rest))
        del self.cache[size:]
        self.cache.extend(bytes(size - len(self.cache)))
        self.pending.append((size, None))

    def sync(self):
        self.disk, self.pending = bytearray(self.cache), []

    def cut_power(self, rnd):
        sizes = rnd.randint(0, sum(d is None for _, d in self.pending))
        for at, data in self.pending:
            if data is None and sizes > 0:
                sizes -= 1
                del self.disk[at:]
                self.disk.extend(bytes(at - len(self.disk)))
            elif data is not None and rnd.random() < .5:
                fits = data[:max(0, len(self.disk) - at)]
                self.disk[at:at + len(fits)] = fits
        self.cache, self.pending = bytearray(self.disk), []


class Slot:
    """A slot with a record, or with other octets; the last version is cached."""

    def __init__(self):
        self.versions = [IDLE]

    def cut_power(self, rnd):
        last = self.versions[-1]
        torn = [None] if last and last.kind in ('COPY', 'GAP') else []
        if len(self.versions) > 1:
            self.versions = [rnd.choice(self.versions + torn)]

    def sync(self):
        self.versions = self.versions[-1:]


class World:
    """A mailbox, its journal, and the process that works on them."""

    def __init__(self, text, shape, rnd, limit, wrong=None):
        self.mailbox = File(text)
        self.slots = [Slot(), Slot()]
        self.shape, self.rnd, self.limit, self.wrong = shape, rnd, limit, wrong
        self.countdown, self.device, self.cow = None, 1, False
        self.trace, self.torn, self.areas = [], True, False
        self.nonce = lambda: bytes(rnd.randrange(256)
                                   for _ in range(shape.nonce))
        self.open()

    def open(self):
        """Starts a process, which reads the journal."""
        found = [s.versions[-1] for s in self.slots if s.versions[-1]]
        newest = max(found, key=lambda r: r.sequence, default=None)
        self.idle = newest is not None and newest.kind == 'IDLE'
        self.sequence = newest.sequence if newest else 0
        if self.wrong == 'sequence' and self.idle:
            self.sequence = 0
        self.area = 0

    def step(self, *call):
        if self.countdown == 0:
            raise Crash()
        if self.countdown is not None:
            self.countdown -= 1
        self.trace.append(call)

    def write(self, at, data):
        if self.countdown == 0 and self.torn:
            self.mailbox.write(at, data[:self.rnd.randint(0, len(data))])
        self.step('mailbox', 'pwrite', at, len(data))
        self.mailbox.write(at, data)

    def sync(self, call='fdatasync'):
        self.step('mailbox', call, 0, 0)
        self.mailbox.sync()

    def cut(self, size):
        self.step('mailbox', 'ftruncate', size, 0)
        self.mailbox.resize(size)
        if self.wrong != 'no-cut-sync':
            self.sync('fsync')

    def sync_journal(self):
        self.step('journal', 'fdatasync', 0, 0)
        for slot in self.slots:
            slot.sync()

    # The journal (src/update/record.c)

    def reserve(self, octets, ranges):
        s, self.area = self.shape, 0
        area = ranges * s.entry + max(octets, s.least)
        if area <= s.space:
            return
        area = max(min(area, s.area_most), s.area_least)
        while area >= s.area_least:
            self.step('journal', 'fallocate', 2 * s.slot, 2 * area)
            if 2 * s.slot + 2 * area <= self.limit:
                self.area, self.areas = area, True
                return
            area //= 2

    def window_space(self, ranges):
        s = self.shape
        return max(0, max(self.area, s.space) - ranges * s.entry)

    def put_header(self, record):
        slot = self.slots[record.sequence % 2]
        at = record.sequence % 2 * self.shape.slot
        self.step('journal', 'pwrite', at, HEADER)
        slot.versions.append(record)
        self.sequence, self.idle = record.sequence, record.kind == 'IDLE'

    def put_record(self, record):
        """Does what record_write does, with the window piece by piece."""
        s = self.shape
        number = self.sequence + (2 if self.idle else 1)
        slot, table = self.slots[number % 2], len(record.kept) * s.entry
        window = record.window if record.kind == 'COPY' else 0
        at = number % 2 * s.slot + HEADER
        if table + window > s.space:
            at = 2 * s.slot + number % 2 * self.area
        if slot.versions[-1] and slot.versions[-1].kind in ('COPY', 'GAP'):
            slot.versions.append(None)
        if table:
            self.step('journal', 'pwrite', at, table)
        data, at = b'', at + table
        for part in pieces(self.mailbox.cache, record.kept, window, s.piece):
            data += part
            self.step('journal', 'pwrite', at, len(part))
            at += len(part)
        self.put_header(record._replace(sequence=number, data=data,
                                        area=self.area))
        if self.wrong != 'early-window':
            self.sync_journal()

    def write_again(self, r):
        """Writes what was read, so that it is on the disk, too."""
        s, slot = self.shape, r.sequence % 2
        n = len(r.kept) * s.entry + len(r.data or b'')
        at = slot * s.slot + HEADER
        if n > s.space:
            at = 2 * s.slot + slot * self.area
        for start in range(at, at + n, s.piece):
            self.step('journal', 'pwrite', start, min(s.piece, at + n - start))
        self.step('journal', 'pwrite', slot * s.slot, HEADER)
        self.sync_journal()

    def clear(self):
        s = self.shape
        self.put_header(IDLE._replace(sequence=self.sequence + 1))
        self.step('journal', 'ftruncate', 2 * s.slot, 0)
        self.areas = False
        for i in (0, 1):
            self.step('journal', 'pwrite', i * s.slot + HEADER, s.space)
            last = self.slots[i].versions[-1]
            if last and last.kind in ('COPY', 'GAP'):
                self.slots[i].versions.append(None)
        self.area = 0


def octets(ranges):
    return sum(end - start for start, end in ranges)


def pieces(text, kept, window, most):
    """The window, which is the first octets kept, in parts that are written at
    once.  Each part is read when the one before has been written."""
    at = 0
    while at < window:
        part = min(most, window - at)
        yield b''.join(bytes(text[start:end])
                       for start, end in first(without(kept, at), part))
        at += part


def first(kept, window):
    """The window, as ranges."""
    for start, end in kept:
        end = min(end, start + window)
        window -= end - start
        if start < end:
            yield start, end


def without(kept, window):
    """What is kept behind the window."""
    rest = []
    for start, end in kept:
        taken = min(window, end - start)
        window -= taken
        if start + taken < end:
            rest.append((start + taken, end))
    return tuple(rest)


def sample_back(text, start, end, size):
    """Places before the end, each twice as far from it as the one before."""
    back = min(size, end - start)
    while 0 < back <= end - start:
        yield text[end - back:min(end, end - back + size)]
        back *= 2


def fingerprint(w, r):
    s, text, parts = w.shape, w.mailbox.cache, []
    parts.append(text[:min(s.head, r.to)])
    if w.wrong != 'weak-fingerprint':
        parts.append(text[max(r.to - s.last, 0):r.to])
        parts.extend(sample_back(text, 0, r.to, s.sample))
    if r.kind != 'CUT':
        behind = r.to + octets(r.kept) + s.nonce
        parts.extend(sample_back(text, behind, r.size, s.sample))
    step, at = len(r.kept) // s.samples + 1, 0
    for i, (start, end) in enumerate(r.kept):
        first = start
        if at < r.window and r.kind == 'COPY':
            first += r.window - at
        if i % step == 0 and first < end:
            parts.append(text[first:min(end, first + s.sample)])
        at += end - start
    return zlib.crc32(b''.join(map(bytes, parts)))


def tail(w, r):
    marked = r.to + octets(r.kept) + w.shape.nonce
    return bytes(w.mailbox.cache[max(r.size - w.shape.sample, marked, 0):
                                 r.size])


def may_be_zeroed(have, want):
    return len(have) == len(want) and all(
        h in (0, c) for h, c in zip(have, want))


def starts_message(w, at):
    start = bytes(w.mailbox.cache[at:at + len(w.shape.start)])
    return start in (b'', w.shape.start)


def fits(w, r):
    """Is it the mailbox that the record is about, unchanged since?"""
    if w.wrong in ('no-fingerprint', 'no-marker'):
        return True
    end = tail(w, r)
    if end != r.tail and not (r.kind == 'CUT' and may_be_zeroed(end, r.tail)):
        return False
    return starts_message(w, r.size) and fingerprint(w, r) == r.fingerprint


def gap_window(w, gap, left):
    if gap >= left + w.shape.nonce or \
            w.wrong == 'marker-overlap' and gap >= left:
        return left
    return min(gap, left - 1)


def copied(w, r):
    """The octets that are copied to the journal, until the gap is large."""
    to, left = r.to, octets(r.kept)
    if not r.kept or gap_window(w, r.kept[0][0] - to, left) == left:
        return 0
    for start, end in r.kept:
        if start - to >= w.shape.gap_large:
            break
        to += end - start
    return to - r.to


def choose_window(w, r):
    gap = 0
    if r.kept:
        gap = gap_window(w, r.kept[0][0] - r.to, octets(r.kept))
    space = min(w.window_space(len(r.kept)), copied(w, r))
    if gap >= space:
        return r._replace(kind='GAP', window=gap)
    return r._replace(kind='COPY', window=space)


def put(w, r):
    w.put_record(r._replace(fingerprint=fingerprint(w, r), tail=tail(w, r)))


def move_window(w, r):
    """Does what a record says; returns what is left to be done."""
    at, text, kept = r.to, w.mailbox.cache, r.kept
    if r.kind == 'COPY':
        text, kept = r.data, ((0, r.window),)
    for part in pieces(text, kept, r.window, w.shape.piece):
        w.write(at, part)
        at += len(part)
    if r.window == octets(r.kept):
        w.write(r.to + r.window, r.nonce)
    if w.wrong != 'no-window-sync':
        w.sync()
    return r._replace(to=r.to + r.window, kept=without(r.kept, r.window),
                      window=0)


def newest_record(w):
    return max((s.versions[-1] for s in w.slots if s.versions[-1]),
               key=lambda r: r.sequence)


def next_window(w, r):
    r = choose_window(w, r)
    put(w, r)
    return move_window(w, r._replace(data=newest_record(w).data))


def finish(w, r):
    while r.kept:
        r = next_window(w, r)
    if w.wrong != 'no-cut-record':
        put(w, r._replace(kind='CUT', kept=(), window=0))
    w.cut(r.to)
    w.clear()


def update(w, gone, size):
    """Does what update_remove does if all ranges fit a record."""
    a = gone[0][0]
    if len(gone) == 1 and gone[0][1] == size and (
            a % w.shape.block == 0 or w.wrong == 'bare-cut'):
        w.cut(a)
        return
    starts = [start for start, _ in gone[1:]] + [size]
    kept = tuple((end, start) for (_, end), start in zip(gone, starts)
                 if end < start)
    r = Record(0, '', a, size, 0, kept, b'', 0, b'', b'', 0)
    n = octets(kept) + w.shape.nonce
    if w.cow:
        w.step('mailbox', 'fallocate', size, 2 * n + SPARE)
    else:
        w.step('mailbox', 'fallocate', a, n)
        w.step('mailbox', 'fallocate', a, n)
    w.reserve(0, len(gone))
    w.reserve(copied(w, r), len(kept))
    if w.cow:
        w.step('mailbox', 'ftruncate', size, 0)
        w.sync('fsync')
    r = r._replace(nonce=w.nonce())
    if w.wrong != 'no-first-sync':
        w.sync()
    finish(w, r if r.kept else next_window(w, r))


def recover(w):
    """Does what recovery_run does: NOTHING, DONE or FOREIGN."""
    w.open()
    if w.wrong != 'unsynced-journal':
        w.sync_journal()
    if not any(s.versions[-1] for s in w.slots):
        return 'FOREIGN'
    r, size = newest_record(w), len(w.mailbox.cache)
    if r.kind == 'IDLE':
        if w.areas:
            w.step('journal', 'ftruncate', 2 * w.shape.slot, 0)
            w.areas = False
        return 'NOTHING'
    w.sequence, w.area, w.idle = r.sequence, r.area, False
    if w.wrong != 'unsynced-journal':
        w.write_again(r)
    if r.kind == 'CUT':
        here = bytes(w.mailbox.cache[r.to:r.to + len(r.nonce)])
        marked = may_be_zeroed(here, r.nonce) and size >= r.size
        if w.wrong == 'no-marker':
            marked = size >= r.size
        if w.wrong == 'whole-marker':
            marked = here == r.nonce and size >= r.size
        if not marked:
            w.sync('fsync')
            w.clear()
            return 'NOTHING'
    if size < r.size or not fits(w, r):
        return 'FOREIGN'
    if w.wrong == 'device' and w.device != 1:
        return 'FOREIGN'
    if size > r.size and w.wrong != 'forget-arrived':
        if r.kind == 'CUT':
            w.reserve(size - r.size, 1)
        r = keep_arrived(r, size)._replace(nonce=w.nonce())
        w.sync()
    finish(w, move_window(w, r) if r.kind != 'CUT' else r)
    return 'DONE'


def keep_arrived(r, size):
    kept = r.kept
    if kept and kept[-1][1] == r.size:
        kept = kept[:-1] + ((kept[-1][0], size),)
    else:
        kept += ((r.size, size),)
    return r._replace(kept=kept, size=size)


# Random cases

def message(rnd, most=14):
    return b'F' + bytes(rnd.randrange(128, 256)
                        for _ in range(rnd.randint(5, most)))


def choose_gone(rnd, messages):
    chance = rnd.choice((.2, .5, .8))
    gone = [rnd.random() < chance for _ in messages]
    gone[rnd.randrange(len(gone))] = True
    return gone


def ranges_of(messages, gone):
    ranges, at = [], 0
    for text, goes in zip(messages, gone):
        if goes and ranges and ranges[-1][1] == at:
            ranges[-1] = (ranges[-1][0], at + len(text))
        elif goes:
            ranges.append((at, at + len(text)))
        at += len(text)
    return ranges


def crash(w, rnd):
    if rnd.random() < .6:
        if not any(call[1] in ('pwrite', 'ftruncate') and
                   call[0] == 'mailbox' for call in w.trace):
            w.mailbox.sync()             # older mail may have reached the disk
        w.mailbox.cut_power(rnd)
        for slot in w.slots:
            slot.cut_power(rnd)


def deliver(w, rnd):
    text = b''
    for _ in range(rnd.choice((0, 0, 1, 1, 2))):
        new = message(rnd)
        w.mailbox.write(len(w.mailbox.cache), new)
        w.mailbox.sync()
        text += new
    return text


def replace_mailbox(w, rnd, old):
    """Replaces the mailbox; returns whether its octets are others now."""
    what = rnd.choice(('mounts', 'restore', 'backup', 'rewrite'))
    w.device = 2
    if what in ('mounts', 'restore'):
        return False
    text = bytearray(old)
    if what == 'rewrite':
        text = w.mailbox.cache
        at = rnd.randrange(len(text) + 1)
        del text[at:at + rnd.randint(1, 20)]
        text += message(rnd, rnd.choice((8, 40)))
    w.mailbox = File(bytes(text))
    return True


def one(rnd, wrong):
    """Runs one mailbox's life.  Returns what is wrong, or None."""
    nonce = rnd.choice((4, 5, 6))
    shape = Shape(1000, rnd.choice((0, 3, 8, 20, 400)), 0, nonce, 0, 1, 0, 7,
                  8, nonce + rnd.choice((1, 8, 40)), 3, 4, 8, 6, b'F')
    shape = shape._replace(space=max(shape.space, 1))
    messages = [message(rnd) for _ in range(rnd.randint(1, 7))]
    w = World(b''.join(messages), shape, rnd, 0, wrong)
    for _ in range(rnd.randint(0, 2)):   # sessions that go well
        gone = choose_gone(rnd, messages)
        w.open()
        update(w, ranges_of(messages, gone), len(w.mailbox.cache))
        messages = [m for m, goes in zip(messages, gone) if not goes]
        messages.append(message(rnd))
        w.mailbox.write(len(w.mailbox.cache), messages[-1])
        w.mailbox.sync()
        if b''.join(messages) != w.mailbox.cache:
            return 'not done'
    gone = choose_gone(rnd, messages)
    old = b''.join(messages)
    new = b''.join(m for m, goes in zip(messages, gone) if not goes)
    return check(w, rnd, old, new, ranges_of(messages, gone))


def check(w, rnd, old, new, gone):
    arrived, crashes, result = b'', 0, 'DONE'
    w.countdown = rnd.randint(0, 60) if rnd.random() < .95 else None
    foreign, before = False, None
    if rnd.random() < .3 and gone[-1][1] < len(old):
        # Mail that its deliverer has not synced yet
        at = rnd.randint(0, gone[-1][1])
        w.mailbox = File(old[:at])
        w.mailbox.write(at, old[at:])
    w.trace = []
    w.open()
    while True:
        try:
            if crashes == 0:
                update(w, gone, len(old))
            else:
                result = recover(w)
            if crashes or rnd.random() < .5:
                break
            w.countdown = 0              # crashes after the reply
            w.step()
        except Crash:
            crashes += 1
            crash(w, rnd)
            arrived += deliver(w, rnd)
            if crashes == 1 and rnd.random() < .2:
                foreign = replace_mailbox(w, rnd, old)
                arrived = b'' if foreign else arrived
                before = bytes(w.mailbox.cache)
            w.countdown = rnd.randint(0, 40) if crashes < 4 and \
                not foreign and rnd.random() < .6 else None
    have = bytes(w.mailbox.cache)
    if have == new + arrived or have == old + arrived and crashes:
        return 'refused' if result == 'FOREIGN' and not foreign else None
    if foreign and have in (before, new + before[len(old):]):
        return None                      # left alone, or only new mail differs
    return 'damaged'


def run(runs, seed, wrong=None):
    """Returns the first case that goes wrong, and how."""
    for i in range(runs):
        rnd = random.Random(seed * 10 ** 9 + i)
        try:
            result = one(rnd, wrong)
        except (AssertionError, IndexError, ValueError) as error:
            if not wrong:
                raise
            result = repr(error)
        if result:
            return i, result
    return None


# The real code, step for step

def nonces(seed):
    """The nonces that crash-lab's getrandom makes (splitmix64)."""
    mask = (1 << 64) - 1
    while True:
        nonce = bytearray()
        for _ in range(16):
            seed = (seed + 0x9e3779b97f4a7c15) & mask
            z = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9 & mask
            z = (z ^ z >> 27) * 0x94d049bb133111eb & mask
            nonce.append((z ^ z >> 31) & 255)
        yield bytes(nonce)


def replay(case):
    """Returns the model's calls in that case, and its mailbox."""
    size, kill = int(case['size']), int(case['kill'])
    text = bytes(33 + i * (i // 97 + 7) % 90 for i in range(size))
    w = World(text, REAL, None, int(case['limit']))
    w.mailbox.sector, w.torn, w.cow = 0, False, case['cow'] == '1'
    source = nonces(int(case['seed']))
    w.nonce = lambda: next(source)
    for slot, number in zip(w.slots, (2, 1)):
        slot.versions = [slot.versions[0]._replace(sequence=number)]
    w.open()
    w.countdown = kill if kill >= 0 else None
    try:
        update(w, [tuple(map(int, r.split('-')))
                   for r in case['gone'].split(',')], size)
    except Crash:
        pass
    w.countdown = None
    arrives = int(case['arrives'])
    w.mailbox.write(len(w.mailbox.cache),
                    (b'From ' + b'+' * arrives)[:arrives])
    w.trace.append(('recover',))
    recover(w)
    w.trace.append(('end', 'size=%d' % len(w.mailbox.cache),
                    'sum=%d' % zlib.adler32(bytes(w.mailbox.cache))))
    return [' '.join(map(str, call)) for call in w.trace]


def compare(lab, cases, seed):
    out = subprocess.run([lab, 'trace', cases, seed], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    parts = out.split('case ')[1:]
    for number, part in enumerate(parts):
        lines = part.splitlines()
        want = replay(dict(p.split('=', 1) for p in lines[0].split()))
        for have, step in zip(lines[1:] + [None], want + [None]):
            if have != step:
                print('case %d: %s\nsrc/:  %s\nmodel: %s' %
                      (number, lines[0], have, step))
                return 1
    print('model: src/ does the same, step for step, in %d cases' %
          len(parts))
    return 0


def main(args):
    if args[:1] == ['--trace']:
        return compare(*args[1:4])
    mutants = args[:1] == ['--mutants']
    args = args[1:] if mutants else args
    runs = int(args[0]) if args else 20000
    seed = int(args[1]) if len(args) > 1 else 1
    bad = 0
    for wrong in MISTAKES if mutants else (None,):
        found = run(runs, seed, wrong)
        if wrong and found:
            print('model: %s: caught in run %d (%s)' %
                  (MISTAKES[wrong], found[0], found[1]))
        elif wrong:
            print('model: %s: NOT CAUGHT in %d runs' % (MISTAKES[wrong], runs))
        elif found:
            print('model: run %d: %s' % found)
        else:
            print('model: %d runs, none wrong' % runs)
        bad += bool(wrong) != bool(found)
    return bad > 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
