/* SPDX-License-Identifier: ISC */
/*
 * Reads what a syslog daemon, or journalctl, writes before a line of onepop's:
 *
 *	Nov 29 09:23:15 host onepop[1234]: login ok: ...
 *	2026-11-29T09:23:15.123456+01:00 host onepop[1234]: login ok: ...
 */
#ifndef ONEPOP_SYSLOGLINE_H
#define ONEPOP_SYSLOGLINE_H

#include <stdint.h>

/*
 * Reads the time, in seconds since 1970.  The first form has local time and no
 * year: it is the last one that makes it no more than a day later than now.
 * Returns the message, a part of the line; or NULL if it is another program's.
 */
char *syslogline_read(char *line, int64_t now, int64_t *time);

#endif
