/* SPDX-License-Identifier: ISC */
/*
 * The rules by which other servers recognise the line that starts a message,
 * beyond its first five octets "From ".
 */
#ifndef ONEPOP_OLDIDFROM_H
#define ONEPOP_OLDIDFROM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * UW's rule, which Qpopper took over: a weekday, month, day, time and year
 * stand at the places where they should, counted from the line's end.  line is
 * the line without its LF; a NUL in it makes it no From_ line.  Where only its
 * last octets are at hand, at least OLDIDFROM_TAIL, whole is its length.
 */
bool oldidfrom_uw(const char *line, size_t n, size_t whole);

#define OLDIDFROM_TAIL 1024

/*
 * Dovecot's rule.  text is what follows "From " in the file, the next lines
 * included: OLDIDFROM_TEXT octets, or all there are.
 */
bool oldidfrom_dovecot(const char *text, size_t n);

#define OLDIDFROM_TEXT 2048

/* teapop's rule: line, which ends with a NUL, has a date after its sender. */
bool oldidfrom_teapop(const char *line);

#endif
