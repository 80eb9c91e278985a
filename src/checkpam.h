/*
 * --check's look at the PAM service: its file and those it includes, read as
 * PAM reads them.
 */
#ifndef ONEPOP_CHECKPAM_H
#define ONEPOP_CHECKPAM_H

struct options;
struct report;

/* Says what there is to say of the service, and of our module that asks it. */
void checkpam_service(struct report *r, const struct options *o);

#endif
