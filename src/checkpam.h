/*
 * --check's look at the PAM service: its file and those it includes, read as
 * PAM reads them.
 */
#ifndef ONEPOP_CHECKPAM_H
#define ONEPOP_CHECKPAM_H

#include <limits.h>

struct options;
struct report;

/*
 * Says what there is to say of the service, and of our module that asks it.
 * tally becomes the directory where pam_faillock counts in it, or "".
 */
void checkpam_service(struct report *r, const struct options *o,
                      char tally[static PATH_MAX]);

#endif
