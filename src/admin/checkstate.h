/* onepopctl check's look at the state directory, and at all journals in it. */
#ifndef ONEPOP_CHECKSTATE_H
#define ONEPOP_CHECKSTATE_H

#include <stdbool.h>

struct options;
struct report;

/*
 * Looks at them, and where their mailboxes should be, but at no mailbox.
 * made_later: a directory that is not there yet is only a warning, because
 * systemd makes it for a session.
 */
void checkstate_directory(struct report *r, const struct options *o,
                          bool made_later);

#endif
