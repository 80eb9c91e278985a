/*
 * Lists of address prefixes, as --proxy-from has them:
 * "unix,127.0.0.0/8,2001:db8::1".  "unix" is whoever has no address, over a
 * unix socket.  A mapped IPv4 address is in the IPv4 prefixes.
 */
#ifndef ONEPOP_CIDR_H
#define ONEPOP_CIDR_H

#include <stdbool.h>

/* Returns NULL, or what is wrong with the list. */
const char *cidr_wrong(const char *list);

/*
 * Is a client in a list that is right?  rip is as in struct client: "local"
 * is in "unix", and "unknown" is nowhere.
 */
bool cidr_has(const char *list, const char *rip);

#endif
