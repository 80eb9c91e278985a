/* The switch from the start user to the user whose mail it is, for good. */
#ifndef ONEPOP_PRIVILEGES_H
#define ONEPOP_PRIVILEGES_H

#include <sys/types.h>

/*
 * Becomes uid with the one group gid, and makes sure of it.  A process that
 * has no privileges and is that user already only makes sure.  Returns NULL,
 * or what failed, with errno; then the process must not go on.
 */
const char *privileges_switch(uid_t uid, gid_t gid);

#endif
