/* onepopctl check: can this machine close a session in?  (sandbox.h) */
#ifndef ONEPOP_CHECKSANDBOX_H
#define ONEPOP_CHECKSANDBOX_H

struct options;
struct report;

/* Enters the stages, as a session does, in a child. */
void checksandbox_stages(struct report *r, const struct options *o);

#endif
