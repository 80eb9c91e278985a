/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/fileio.h"
#include "update/keptfile.h"

#define FIRST_WORD "onepop-deleted 1 "
#define COPY_WORD  "deleted "
#define CHECK      16 /* digits of a digest */
#define DIGITS     18 /* of a number, at most: no sum of two overflows */

/*
 * Cuts a number and the space behind it off.  Returns the place behind both, or
 * NULL; p may be NULL.
 */
static const char *cut_number(const char *p, int64_t *ret)
{
	size_t n = p ? strspn(p, "0123456789") : 0;

	if (n == 0 || p[n] != ' ')
		return NULL;
	for (; n > DIGITS && *p == '0'; n--)
		p++;
	if (n > DIGITS)
		return NULL;
	*ret = (int64_t)strtoll(p, NULL, 10);
	return p + n + 1;
}

/* Does the same with a digest, which the character end follows. */
static const char *cut_digest(const char *p, char end, uint64_t *ret)
{
	if (!p || strspn(p, "0123456789abcdef") != CHECK || p[CHECK] != end)
		return NULL;
	*ret = strtoull(p, NULL, 16);
	return p + CHECK + 1;
}

static const char *cut_id(const char *p, char id[static KEPTFILE_ID + 1])
{
	size_t n = 0;

	while (p && p[n] > ' ' && p[n] <= '~')
		n++;
	if (n == 0 || n > KEPTFILE_ID || p[n] != ' ')
		return NULL;
	memcpy(id, p, n);
	id[n] = '\0';
	return p + n + 1;
}

/* Adds CHECK and the line end to a line of n octets.  Returns its octets. */
static size_t end_line(char *line, size_t n)
{
	return n + (size_t)snprintf(line + n, CHECK + 2, "%016" PRIx64 "\n",
	                            digest_of(line, n));
}

/*
 * Reads the line at a place, without its line end.  Returns its octets, which
 * are 0 if no line with a right CHECK is there; or -1 with errno.
 */
static ssize_t read_line(int fd, off_t at, char line[static KEPTFILE_LINE])
{
	const char *end;
	uint64_t check;
	ssize_t n;

	n = fileio_pread(fd, line, KEPTFILE_LINE - 1, at);
	if (n <= 0)
		return n;
	line[n] = '\0';
	end = memchr(line, '\n', (size_t)n);
	n = end ? end - line : 0;
	if (n <= CHECK || !cut_digest(line + n - CHECK, '\n', &check) ||
	    digest_of(line, (size_t)n - CHECK) != check)
		return 0;
	line[n] = '\0';
	return n;
}

int keptfile_next(int fd, off_t size, off_t at, struct keptfile_copy *ret)
{
	char line[KEPTFILE_LINE];
	const char *p = line;
	ssize_t n;
	int64_t octets;

	n = read_line(fd, at, line);
	if (n <= 0)
		return (int)n;
	if (strncmp(line, COPY_WORD, strlen(COPY_WORD)) != 0)
		return 0;
	p = cut_number(p + strlen(COPY_WORD), &ret->time);
	p = cut_number(p, &octets);
	p = cut_digest(p, ' ', &ret->digest);
	p = cut_id(p, ret->id);
	/* CHECK is all that is left. */
	if (!p || p + CHECK != line + n)
		return 0;
	ret->message.start = at + n + 1;
	if (octets > size - ret->message.start)
		return 0;
	ret->message.end = ret->message.start + octets;
	return 1;
}

int keptfile_is_whole(int fd, const struct keptfile_copy *c)
{
	struct digest *d = digest_new();
	off_t n;
	int whole;

	if (!d)
		return -1;
	n = digest_add_file(d, fd, c->message.start, c->message.end);
	whole = n < 0 ? -1
	              : n == c->message.end - c->message.start &&
	                        digest_end(d) == c->digest;
	digest_free(d);
	return whole;
}

off_t keptfile_synced(int fd, off_t size)
{
	const size_t n = strlen(FIRST_WORD);
	char line[KEPTFILE_LINE];
	int64_t end;

	if (read_line(fd, 0, line) != KEPTFILE_FIRST - 1 ||
	    strncmp(line, FIRST_WORD, n) != 0 || !cut_number(line + n, &end) ||
	    end < KEPTFILE_FIRST || end > size)
		return KEPTFILE_FIRST;
	return end;
}

off_t keptfile_find_end(int fd, off_t size)
{
	off_t end = keptfile_synced(fd, size);
	struct keptfile_copy c;
	int found = 1;

	while (found > 0) {
		found = keptfile_next(fd, size, end, &c);
		if (found > 0)
			found = keptfile_is_whole(fd, &c);
		if (found > 0)
			end = c.message.end;
	}
	return found < 0 ? -1 : end;
}

int keptfile_set_end(int fd, off_t end)
{
	char line[KEPTFILE_LINE];
	int n;

	n = snprintf(line, sizeof(line), FIRST_WORD "%020" PRIdMAX " ",
	             (intmax_t)end);
	return fileio_pwrite(fd, line, end_line(line, (size_t)n), 0);
}

/* Writes a copy's line.  Returns its octets. */
static size_t make_line(char line[static KEPTFILE_LINE],
                        const struct keptfile_source *from, uint64_t digest)
{
	const off_t octets = from->message.end - from->message.start;
	int n;

	n = snprintf(line, KEPTFILE_LINE,
	             COPY_WORD "%" PRId64 " %" PRIdMAX " %016" PRIx64 " %.*s ",
	             from->time, (intmax_t)octets, digest, KEPTFILE_ID,
	             from->id);
	return end_line(line, (size_t)n);
}

off_t keptfile_octets(const struct keptfile_source *from)
{
	char line[KEPTFILE_LINE];

	return (off_t)make_line(line, from, 0) + from->message.end -
	       from->message.start;
}

int keptfile_append(int fd, const struct keptfile_source *from, off_t *end)
{
	const off_t octets = from->message.end - from->message.start;
	const off_t text = *end + keptfile_octets(from) - octets;
	struct digest *d = digest_new();
	char line[KEPTFILE_LINE];
	size_t n;
	int done;

	if (!d)
		return -1;
	done = ranges_copy(from->fd, &from->message, octets,
	                   (struct ranges_place){fd, text}, d);
	n = make_line(line, from, digest_end(d));
	digest_free(d);
	if (done < 0 || fileio_pwrite(fd, line, n, *end) < 0)
		return -1;
	*end = text + octets;
	return 0;
}
