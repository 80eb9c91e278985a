/* The module onepop-systemd.so: a connection handed over in LISTEN_FDS. */
#ifndef ONEPOP_SYSTEMD_H
#define ONEPOP_SYSTEMD_H

/*
 * Returns the number of descriptors systemd handed to this process, the
 * first of which is SYSTEMD_FIRST, or a negative errno.
 */
typedef int systemd_fds_fn(void);

#define SYSTEMD_FIRST      3
#define SYSTEMD_FDS_MODULE "onepop-systemd.so"
#define SYSTEMD_FDS_SYMBOL "systemd_fds"

systemd_fds_fn systemd_fds;

#endif
