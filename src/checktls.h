/* --check's look at the server's certificate and key. */
#ifndef ONEPOP_CHECKTLS_H
#define ONEPOP_CHECKTLS_H

#include <stdbool.h>

struct options;
struct report;

#define CHECKTLS_DAYS 14 /* before its end a certificate should be renewed */

/*
 * Reads them as a session would.  front: a program in front of onepop is set
 * up, which speaks TLS.
 */
void checktls_files(struct report *r, const struct options *o, bool front);

#endif
