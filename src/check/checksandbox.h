/* SPDX-License-Identifier: ISC */
/* Whether this host supports the sandbox (sandbox.h). */
#ifndef ONEPOP_CHECKSANDBOX_H
#define ONEPOP_CHECKSANDBOX_H

struct options;
struct report;

/* Enters the stages in a child, as a session does. */
void checksandbox_stages(const struct report *r, const struct options *o);

#endif
