/* SPDX-License-Identifier: ISC */
/* The module onepop-systemd.so: descriptors that systemd hands over. */
#ifndef ONEPOP_SYSTEMD_H
#define ONEPOP_SYSTEMD_H

/*
 * Returns how many descriptors systemd handed to this process, from
 * SYSTEMD_FIRST on, or a negative errno.  Removes LISTEN_FDS and LISTEN_PID
 * from the environment.
 */
typedef int systemd_fds_fn(void);

#define SYSTEMD_FIRST      3
#define SYSTEMD_FDS_MODULE "onepop-systemd.so"
#define SYSTEMD_FDS_SYMBOL "systemd_fds"

systemd_fds_fn systemd_fds;

#endif
