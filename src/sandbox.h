/*
 * What the process may still do, stage by stage: it has less from each on.
 */
#ifndef ONEPOP_SANDBOX_H
#define ONEPOP_SANDBOX_H

/*
 * S0, at the start: no descriptors but 0 to 2 (and systemd's 3), an empty
 * environment, umask 077, no core dumps, and signals that a lost client or
 * a full disk would send are ignored.  Returns NULL or what failed.
 */
const char *sandbox_start(void);

#endif
