/* SPDX-License-Identifier: ISC */
/*
 * The server's certificate and key, whether any port offers TLS, and whose
 * passwords need none.
 */
#ifndef ONEPOP_CHECKTLS_H
#define ONEPOP_CHECKTLS_H

#include <stdbool.h>

struct options;
struct report;

#define CHECKTLS_DAYS 14 /* a certificate should be renewed before that */

/* How onepop is started here. */
struct checktls_starts {
	bool known;  /* all ways to start it are known */
	bool inside; /* in one of them onepop speaks TLS */
	bool front;  /* in one of them another program does */
};

/*
 * Loads the files as a session does, and checks that clients can use them.
 * Warns of --trusted-networks that contain everybody.
 */
void checktls_files(const struct report *r, const struct options *o,
                    const struct checktls_starts *starts);

#endif
