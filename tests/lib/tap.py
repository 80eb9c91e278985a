# SPDX-License-Identifier: ISC
"""Prints TAP, the Test Anything Protocol, which prove reads."""
import sys
import traceback

number = 0
bad = 0


def ok(good, name, *notes):
    """Prints one result; if it is a failure, the notes too."""
    global number, bad
    number += 1
    bad += not good
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    for note in notes if not good else ():
        for line in str(note).splitlines():
            print("#", line)
    sys.stdout.flush()


def finish():
    """Ends the list.  Returns the exit status."""
    print(f"1..{number}")
    return bad > 0


def run(*tests):
    """Calls the tests in order; their names are the sentences.  Exits."""
    for test in tests:
        notes = []
        try:
            test()
        except Exception:
            notes = [traceback.format_exc()]
        ok(not notes, getattr(test, "sentence",
                              test.__name__.replace("_", " ")), *notes)
    sys.exit(finish())


def named(sentence, test):
    """The test, a function without arguments, under another name."""
    def call():
        test()
    call.sentence = sentence
    return call


def same(found, wanted):
    if found != wanted:
        raise AssertionError(f"found {short(found)}, wanted {short(wanted)}")


def short(value):
    text = repr(value)
    return text if len(text) < 1000 else f"{text[:1000]}... ({len(value)})"
