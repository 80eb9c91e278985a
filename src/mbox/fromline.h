/*
 * The line that starts a message in an mbox: "From ", a sender, and a date.
 * That is asctime(3)'s, with or without seconds, or a Date field's:
 *
 *	Thu Jan  2 03:04:05 2020
 *	Thu, 2 Jan 2020 03:04:05
 *
 * Names may be in any case, and the time may be 24:00.  Before or behind the
 * year of the first, and behind the second, up to two zones may stand: EST,
 * +0100, +01:00, +01, GMT+0100, EST5EDT, (CET), (GMT+01:00), (GMT Standard
 * Time); then "remote from host" or "forwarded by host", and CRs.  Anything
 * else makes the line an ordinary one.
 */
#ifndef ONEPOP_FROMLINE_H
#define ONEPOP_FROMLINE_H

#include <stdbool.h>
#include <stddef.h>

#define FROMLINE_TAIL 128 /* longer than any date and what may follow it */

/* A date and time as they are written, whatever the zone. */
struct fromline_date {
	const char *at; /* where it begins, with the weekday */
	int year, month, day, hour, minute, second; /* month: from 1 on */
};

/*
 * Does a line, known to begin with "From ", end in such a date?  line is the
 * line's last n octets without its line end: all of it, or at least the
 * last FROMLINE_TAIL.  Where it does *ret is that date.
 */
bool fromline_has_date(const char *line, size_t n, struct fromline_date *ret);

#define FROMLINE_NAME 64 /* octets of the next line that tell */

/*
 * Does a header field begin the line behind a From_ line?  That is a name of
 * printable octets and a colon, within FROMLINE_NAME octets.  n octets of the
 * line are there: all of it, or at least so many.
 */
bool fromline_is_followed(const char *next, size_t n);

#endif
