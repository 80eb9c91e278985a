/*
 * The line that starts a message in an mbox: "From ", a sender, and a date
 * in asctime(3)'s form, with or without seconds and zone.
 */
#ifndef ONEPOP_FROMLINE_H
#define ONEPOP_FROMLINE_H

#include <stdbool.h>
#include <stddef.h>

#define FROMLINE_TAIL 128 /* longer than any date and what may follow it */

/*
 * Does a line, known to begin with "From ", end in such a date?  line is the
 * line's last n octets without its line end: all of it, or at least the
 * last FROMLINE_TAIL.
 */
bool fromline_has_date(const char *line, size_t n);

#endif
