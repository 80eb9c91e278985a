/* onepopctl check's look at the server's certificate and key. */
#ifndef ONEPOP_CHECKTLS_H
#define ONEPOP_CHECKTLS_H

#include <stdbool.h>

struct options;
struct report;

#define CHECKTLS_DAYS 14 /* before its end a certificate should be renewed */

/* How onepop is started here, as far as one can see. */
struct checktls_starts {
	bool known;  /* all the ways to start it are */
	bool inside; /* one of them has onepop speak TLS */
	bool front;  /* one has another program speak TLS */
};

/* Reads them as a session would, and says whether they are of use to clients.
 */
void checktls_files(struct report *r, const struct options *o,
                    const struct checktls_starts *starts);

#endif
