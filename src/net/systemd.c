/* SPDX-License-Identifier: ISC */
#include <systemd/sd-daemon.h>

#include "net/systemd.h"

_Static_assert(SYSTEMD_FIRST == SD_LISTEN_FDS_START, "systemd's own number");

int systemd_fds(void)
{
	return sd_listen_fds(1);
}
