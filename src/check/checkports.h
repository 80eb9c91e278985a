/* SPDX-License-Identifier: ISC */
/* The programs that listen at POP3's ports, 110 and 995. */
#ifndef ONEPOP_CHECKPORTS_H
#define ONEPOP_CHECKPORTS_H

#include <stdbool.h>
#include <sys/types.h>

struct checkunits;
struct report;

/* A socket that listens, at any address.  Unknown parts are 0 or "". */
struct checkports_listener {
	int port;
	uid_t uid;
	unsigned long inode;
	pid_t pid;
	char program[32]; /* as the kernel has it, of 15 octets */
	char unit[128];   /* its unit of systemd: "dovecot.service" */
};

#define CHECKPORTS_MAX 16

struct checkports {
	struct checkports_listener listeners[CHECKPORTS_MAX];
	size_t count;
	bool seen; /* the kernel's tables can be read */
};

/*
 * Finds them, in two seconds at most.  Only root sees the programs of others.
 * root stands before all paths: "" but in tests.
 */
void checkports_find(const char *root, struct checkports *ret);

/*
 * Returns whether a program listens there that may start onepop or connect to
 * it, such as inetd or a proxy.
 */
bool checkports_front(const struct checkports *p, int port);

/* Reports the ports; u has those of onepop's own units. */
void checkports_report(const struct report *r, const struct checkports *p,
                       const struct checkunits *u);

#endif
