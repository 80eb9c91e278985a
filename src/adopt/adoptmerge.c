/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adopt/adoptmerge.h"

#include "base/fileio.h"
#include "base/statefile.h"
#include "base/statename.h"

static int compare_pairs(const void *a, const void *b)
{
	return adopted_compare(a, b);
}

static size_t count_lines(const char *p, const char *end)
{
	size_t count = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		count++;
		p++;
	}
	return count;
}

/*
 * Reads and sorts the lines.  Returns the pairs, for the caller to free, and
 * *count of them; or NULL with errno.
 */
static struct adopted_pair *read_lines(const char *p, size_t n, size_t *count)
{
	const char *const end = p + n;
	struct adopted_pair *pairs;
	size_t i = 0;

	*count = count_lines(p, end);
	pairs = malloc((*count + 1) * sizeof(*pairs));
	if (!pairs)
		return NULL;
	while (p && p < end && i < *count)
		p = adopted_line(p, end, &pairs[i++]);
	if (p == end)
		qsort(pairs, *count, sizeof(*pairs), compare_pairs);
	for (i = 1; p == end && i < *count; i++)
		if (adopted_compare(&pairs[i - 1], &pairs[i]) == 0)
			p = NULL;
	if (p == end)
		return pairs;
	free(pairs);
	errno = EBADMSG;
	return NULL;
}

static void append(struct adoptmerge *to, const struct adopted_pair *p)
{
	/* A pair's texts are parts of one line, with its tab and LF. */
	const size_t n = p->own_n + 1 + p->old_n + 1;

	memcpy(to->pairs + to->n, p->own, n);
	to->n += n;
	to->count++;
}

static void merge(const struct adopted *before, const struct adopted_pair *new,
                  size_t n, struct adoptmerge *ret)
{
	const char *p = before->pairs, *next = NULL;
	struct adopted_pair old;
	size_t i = 0;
	int order;

	while (p < before->end || i < n) {
		if (p < before->end)
			next = adopted_line(p, before->end, &old);
		if (p == before->end)
			order = 1;
		else
			order = i == n ? -1 : adopted_compare(&old, &new[i]);
		if (order <= 0) {
			append(ret, &old);
			p = next;
		} else {
			append(ret, &new[i]);
			ret->added++;
		}
		ret->kept += order == 0;
		i += order >= 0;
	}
}

int adoptmerge_make(const struct adopted *before, const char *lines, size_t n,
                    struct adoptmerge *ret)
{
	const size_t old = (size_t)(before->end - before->pairs);
	struct adopted_pair *new;
	size_t count;

	memset(ret, 0, sizeof(*ret));
	new = read_lines(lines, n, &count);
	if (!new)
		return -1;
	ret->pairs = malloc(old + n + 1);
	if (ret->pairs)
		merge(before, new, count, ret);
	free(new);
	if (!ret->pairs)
		return -1;
	if (ret->n <= ADOPTED_MOST - ADOPTED_HEADER)
		return 0;
	free(ret->pairs);
	ret->pairs = NULL;
	errno = EFBIG;
	return -1;
}

/* Writes all of the file to a descriptor of an older, or empty one. */
static int write_pairs(const struct adoptmerge *m, const char *format, int fd)
{
	char header[ADOPTED_HEADER];
	const size_t n =
		adopted_header(header, format, m->count, m->pairs, m->n);

	if (fileio_ftruncate(fd, 0) < 0 ||
	    fileio_pwrite(fd, header, n, 0) < 0 ||
	    fileio_pwrite(fd, m->pairs, m->n, (off_t)n) < 0)
		return -1;
	return fileio_fsync(fd);
}

int adoptmerge_write(const struct adoptmerge *m, const char *format,
                     int state_dir, const char *name)
{
	char file[NAME_MAX + 1], new[NAME_MAX + 1];
	int fd, error, result;
	struct stat st;

	statename_make(file, name, strlen(name), STATENAME_UIDL);
	statename_make(new, name, strlen(name), STATENAME_NEW);
	fd = statefile_open(state_dir, new, &st);
	if (fd < 0)
		return -1;
	result = write_pairs(m, format, fd);
	if (result == 0)
		result = renameat(state_dir, new, state_dir, file);
	error = errno;
	(void)close(fd);
	if (result == 0)
		return fileio_fsync(state_dir);
	(void)unlinkat(state_dir, new, 0);
	errno = error;
	return -1;
}
