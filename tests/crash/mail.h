/* SPDX-License-Identifier: ISC */
/*
 * The mail of a case: the messages that were in the mailbox, which of them are
 * to be deleted, and the messages that have arrived since.
 */
#ifndef CRASH_MAIL_H
#define CRASH_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mail {
	char *text; /* all messages, in order */
	size_t space;
	off_t *start; /* of each message; one more for the end */
	uint8_t *gone;
	size_t count, places;
	size_t serial; /* of the next message */
	size_t old;    /* messages that a session saw */
};

enum verdict { OLD_MAIL, NEW_MAIL, PARTLY, WRONG };

enum mail_style { TINY, SMALL, MEDIUM, LARGE, HUGE, MANY, WIDE, STYLES };

void mail_make(struct mail *m, enum mail_style style, uint64_t *seed);
void mail_copy(struct mail *to, const struct mail *from);

/* Chooses which are deleted: one, the first, all, every second... */
void mail_choose(struct mail *m, uint64_t *seed);

/* Chooses the first message alone. */
void mail_choose_first(struct mail *m);

/* Adds a message at the end.  Returns where it starts. */
off_t mail_arrive(struct mail *m, uint64_t *seed);

bool mail_is_gone(const struct mail *m, size_t i);
off_t mail_size(const struct mail *m);

/*
 * Returns which mail a text is: PARTLY lacks only some of the messages to be
 * deleted, the last ones.
 */
enum verdict mail_judge(const struct mail *m, const char *text, off_t size);

/* Returns how often the text has the message. */
int mail_find(const struct mail *m, size_t i, const char *text, off_t size);

/* Makes the mailbox as it is now what a session sees. */
void mail_settle(struct mail *m, enum verdict now);

#endif
