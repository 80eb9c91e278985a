/* --check's look at systemd's units: are they installed, and enabled? */
#ifndef ONEPOP_CHECKUNITS_H
#define ONEPOP_CHECKUNITS_H

#include <stdbool.h>

struct report;

struct checkunits {
	const char *unit; /* the socket unit's file, or NULL */
	bool enabled;     /* one that takes connections */
	bool front;       /* one behind a program that speaks TLS */
	bool masked;      /* onepop-recover.service */
};

/* root stands before all paths: "", unless it is a test's. */
void checkunits_find(const char *root, struct checkunits *ret);

void checkunits_say(struct report *r, const struct checkunits *u);

#endif
