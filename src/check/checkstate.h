/* SPDX-License-Identifier: ISC */
/* The state directory, and all journals in it. */
#ifndef ONEPOP_CHECKSTATE_H
#define ONEPOP_CHECKSTATE_H

#include <stdbool.h>

struct options;
struct report;

/*
 * Checks them, and whether their mailboxes are there, but opens no mailbox.
 * made_later: a missing directory is only a warning, because systemd makes it
 * for a session.
 */
void checkstate_directory(const struct report *r, const struct options *o,
                          bool made_later);

#endif
