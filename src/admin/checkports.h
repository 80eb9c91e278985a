/* onepopctl check's look at who listens at POP3's ports. */
#ifndef ONEPOP_CHECKPORTS_H
#define ONEPOP_CHECKPORTS_H

#include <stdbool.h>
#include <sys/types.h>

struct checkunits;
struct report;

/* One that listens, of any address.  What cannot be seen is 0 or "". */
struct checkports_listener {
	int port;
	uid_t uid;
	unsigned long inode;
	pid_t pid;
	char program[32]; /* as the kernel has it, of 15 octets */
	char unit[128];   /* systemd's, "dovecot.service" */
};

#define CHECKPORTS_MAX 16

struct checkports {
	struct checkports_listener listeners[CHECKPORTS_MAX];
	size_t count;
	bool seen; /* the kernel's tables are there to be read */
};

/*
 * Takes two seconds at most.  Only root sees others' programs.  root stands
 * before all paths: "", unless it is a test's.
 */
void checkports_find(const char *root, struct checkports *ret);

/* Does inetd or a proxy listen there, which may start onepop, or call it? */
bool checkports_front(const struct checkports *p, int port);

/* u: which ports onepop's own units have. */
void checkports_say(struct report *r, const struct checkports *p,
                    const struct checkunits *u);

#endif
