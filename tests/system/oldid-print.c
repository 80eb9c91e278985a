/* SPDX-License-Identifier: ISC */
/*
 * oldid-print FORMAT FILE: the ids that a server of that format gives the
 * messages of a mailbox, a line each: where the From_ line starts, the id or
 * "-", and the note, if there is one.  A last line "refused" or "renumbered"
 * says that none of them counts.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "oldid/oldid.h"

static int print_one(void *to, const struct oldid *o)
{
	(void)to;
	return printf("%jd %s %s\n", (intmax_t)o->at, o->id[0] ? o->id : "-",
	              o->note ? o->note : "") < 0;
}

int main(int argc, char **argv)
{
	const struct oldid_format *f = argc == 3 ? oldid_format(argv[1]) : NULL;
	struct stat st;
	int fd, r;

	if (!f)
		return 2;
	fd = open(argv[2], O_RDONLY);
	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(argv[2]);
		return 1;
	}
	r = oldid_scan(f, fd, st.st_size, print_one, NULL);
	if (r == OLDID_REFUSED || r == OLDID_RENUMBERED)
		return puts(r == OLDID_REFUSED ? "refused" : "renumbered") < 0;
	return r != 0;
}
