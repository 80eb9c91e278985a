# SPDX-License-Identifier: ISC
"""What clients know of each message: delivered, deleted, or unsure."""
import threading

from letters import identify, split


class Mailbox:
    """What is known of a user's mail."""

    def __init__(self, user):
        self.user, self.path = user, '/var/mail/' + user
        self.delivered, self.perhaps = set(), set()
        self.deleted, self.unsure = set(), set()
        self.crashed = False  # by a kill, and no session has ended well since
        self.guard = threading.Lock()

    def judge(self, data):
        """Returns the lost messages, the doubled ones, and how many are torn."""
        seen, torn = {}, 0
        for text in split(data):
            name = identify(text)
            if name is None:
                torn += 1
            else:
                seen[name] = seen.get(name, 0) + 1
        lost = self.delivered - self.deleted - self.unsure - set(seen)
        double = {n for n, times in seen.items()
                  if times > 1 or n in self.deleted}
        strange = set(seen) - self.delivered - self.perhaps
        return lost, double | strange, torn
