/* SPDX-License-Identifier: ISC */
/*
 * The line that starts a message in an mbox: "From ", a sender, and a date.
 * The date is as asctime(3) writes it, with or without seconds, or as a Date
 * field has it:
 *
 *	Thu Jan  2 03:04:05 2020
 *	Thu, 2 Jan 2020 03:04:05
 *
 * Names may be in any case, and the time may be 24:00.  Up to two zones may
 * stand before or after the year of the first form, and after the second: EST,
 * +0100, +01:00, +01, GMT+0100, EST5EDT, (CET), (GMT+01:00), (GMT Standard
 * Time).  "remote from host" or "forwarded by host", and CRs, may follow.  A
 * line with anything else is an ordinary line.
 */
#ifndef ONEPOP_FROMLINE_H
#define ONEPOP_FROMLINE_H

#include <stdbool.h>
#include <stddef.h>

#define FROMLINE_START   "From "
#define FROMLINE_START_N 5

#define FROMLINE_TAIL 128 /* longer than any date and what may follow it */

/* A date and time as they are written, whatever the zone. */
struct fromline_date {
	const char *at; /* where it begins, with the weekday */
	int year, month, day, hour, minute, second; /* month: from 1 on */
};

/*
 * Does a line, known to begin with "From ", end in such a date?  line is the
 * line's last n octets without its LF: all of them, or at least the last
 * FROMLINE_TAIL.  If it does, sets *ret to the date.
 */
bool fromline_has_date(const char *line, size_t n, struct fromline_date *ret);

/*
 * The end of a line that comes in pieces, long enough for fromline_has_date
 * and a CR.  Begins with n = 0.
 */
struct fromline_tail {
	size_t n;
	char octets[2 * (FROMLINE_TAIL + 1)];
};

/* Adds the line's next n octets, and may drop the first ones it has. */
void fromline_keep_tail(struct fromline_tail *t, const char *p, size_t n);

#define FROMLINE_NAME 64 /* octets of the next line that tell */

/*
 * Does a header field begin the line after a From_ line?  That is a name of
 * printable characters and a colon, within FROMLINE_NAME octets.  n octets of
 * the line are at next: all of it, or at least FROMLINE_NAME.
 */
bool fromline_is_followed(const char *next, size_t n);

#endif
