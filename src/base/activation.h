/* SPDX-License-Identifier: ISC */
/* Socket activation: the descriptors that systemd hands to a process. */
#ifndef ONEPOP_ACTIVATION_H
#define ONEPOP_ACTIVATION_H

#include <stdbool.h>

/*
 * Returns whether systemd handed descriptors to this process: LISTEN_FDS is
 * set, and LISTEN_PID names this process and not an ancestor whose variables
 * it inherited (sd_listen_fds(3)).
 */
bool activation_is_ours(void);

#endif
