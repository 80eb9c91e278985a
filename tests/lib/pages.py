# SPDX-License-Identifier: ISC
"""The blocks of the pages in units/ that have a name, for the tests that run
what the pages tell to type."""

import re
import textwrap


def block(page, kind, name):
    """The block behind "<!-- KIND: NAME -->" in a page's text."""
    found = re.search(rf"<!-- {kind}: {re.escape(name)} -->\n *```\n"
                      r"(.*?)\n *```", page, re.S)
    if not found:
        raise AssertionError(f"the page has no block {kind}: {name}")
    return textwrap.dedent(found[1]) + "\n"


def names(page, kind):
    """The names of all blocks of a kind, in their order."""
    return re.findall(rf"<!-- {kind}: (\S+) -->", page)
