/* SPDX-License-Identifier: ISC */
/*
 * systemd's units: which of onepop's are enabled, and with which options they
 * start it.
 */
#ifndef ONEPOP_CHECKUNITS_H
#define ONEPOP_CHECKUNITS_H

#include <stdbool.h>

struct options;
struct report;

/* A unit that listens, and the service that serves a connection. */
struct checkunits_unit {
	const char *name;
	const char *session; /* an instance of that service, or NULL: itself */
	/* What systemd says of the two */
	bool installed, enabled, masked, active;
	bool reload;        /* their files have changed since they were read */
	bool recovers;      /* they start onepop-recover.service */
	bool indirect;      /* stunnel starts onepop, from a file of its own */
	char listen[128];   /* "[::]:110 (Stream) " */
	char options[1024]; /* of onepop there, without FRONT and the like */
	char dropins[1024];
};

#define CHECKUNITS_MAX 9

struct checkunits {
	bool booted, answered; /* systemd runs here; systemctl has answered */
	struct checkunits_unit units[CHECKUNITS_MAX];
	struct checkunits_unit recover, prune; /* no listeners */
	char cycle[256]; /* of units that wait for each other at boot, or "" */
};

/* Sets the names of the units; nothing else is known yet. */
void checkunits_begin(struct checkunits *u);

/*
 * Asks systemd, for half a minute at most.  Root always gets an answer; other
 * users need D-Bus.
 */
void checkunits_ask(struct checkunits *u);

/*
 * Read the output of systemctl show, and of systemd-analyze verify.  They
 * change the text.
 */
void checkunits_read(struct checkunits *u, char *text);
void checkunits_read_cycle(struct checkunits *u, char *text);

/* Returns whether the unit is enabled or listens now; whether any unit is. */
bool checkunits_on(const struct checkunits_unit *unit);
bool checkunits_any(const struct checkunits *u);

/* Returns the unit that is on and listens at this port, or NULL. */
const struct checkunits_unit *checkunits_port(const struct checkunits *u,
                                              int port);

/*
 * Return whether one that is on has onepop speak TLS; has a program in front
 * of onepop speak it.
 */
bool checkunits_tls(const struct checkunits *u);
bool checkunits_front(const struct checkunits *u);

/*
 * Reports the units.  o are the options of the check, which the units may not
 * have.  started: another program, such as inetd, listens at POP3's ports.
 */
void checkunits_report(const struct report *r, const struct checkunits *u,
                       const struct options *o, bool started);

#endif
