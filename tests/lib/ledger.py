"""What became of each message that was delivered, as its client knows."""
import threading

from letters import identify, split


class Mailbox:
    """What is known of a user's mail."""

    def __init__(self, user):
        self.user, self.path = user, '/var/mail/' + user
        self.delivered, self.perhaps = set(), set()
        self.deleted, self.unsure = set(), set()
        self.crashed = False  # a session was killed, and none since was well
        self.guard = threading.Lock()

    def judge(self, data):
        """Counts of lost, doubled and torn messages, and which."""
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
