/*
 * The mail of a case: what stood in the mailbox, what of it was to go, and
 * what has arrived since.
 */
#ifndef CRASH_MAIL_H
#define CRASH_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mail {
	char *text; /* all messages there have been, in order */
	size_t room;
	off_t *start; /* of each of them; one more for the end */
	uint8_t *gone;
	size_t count, places;
	size_t serial; /* of the next */
	size_t old;    /* those that a session saw */
};

enum verdict { OLD_MAIL, NEW_MAIL, PARTLY, WRONG };

enum mail_style { TINY, SMALL, MEDIUM, LARGE, HUGE, MANY, STYLES };

void mail_make(struct mail *m, enum mail_style style, uint64_t *seed);
void mail_copy(struct mail *to, const struct mail *from);

/* Which go: one, the first, all, each second... */
void mail_choose(struct mail *m, uint64_t *seed);

/* One more arrives.  Returns where it starts; it ends the text. */
off_t mail_arrive(struct mail *m, uint64_t *seed);

bool mail_is_gone(const struct mail *m, size_t i);
off_t mail_size(const struct mail *m);

/* Which mail is that?  PARTLY: without the last of those that go. */
enum verdict mail_judge(const struct mail *m, const char *text, off_t size);

/* How often the message stands there. */
int mail_find(const struct mail *m, size_t i, const char *text, off_t size);

/* What the mailbox is now becomes what a session sees. */
void mail_settle(struct mail *m, enum verdict now);

#endif
