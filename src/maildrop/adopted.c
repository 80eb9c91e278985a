/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/digest.h"
#include "base/fileio.h"
#include "base/statefile.h"
#include "base/statename.h"
#include "maildrop/adopted.h"
#include "mbox/uidl.h"

#define MAGIC "onepop-uidl 1 "

#define LINE_LEAST (UIDL_TEXT + 1 + 1 + 1) /* octets of a line at least */

/* The starts go by so many characters of an own id, of five bits each. */
#define PREFIX      4
#define PREFIX_BITS (5 * PREFIX)

#define CACHE_LINE 64
#define HUGE_PAGE  ((size_t)2 << 20)

/* Lines of so many octets are compared one after the other. */
#define FEW ((ptrdiff_t)4 * ADOPTED_LINE)

/* Octets behind the file, so that a comparison may go beyond its end. */
#define PADDING (ADOPTED_LINE + 1)

_Static_assert(UIDL_SIZE - 1 == ADOPTED_OWN, "uidl_text writes an own id");
_Static_assert(ADOPTED_MOST <= UINT32_MAX, "struct adopted has 32 bits");

void adopted_init(struct adopted *a)
{
	memset(a, 0, sizeof(*a));
}

void adopted_free(struct adopted *a)
{
	free(a->text);
	free(a->starts);
	adopted_init(a);
}

/*
 * Returns the place of a character of an own id in the order of octets, or 32
 * for any other octet.
 */
static unsigned int rank_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return 6 + (unsigned int)(c - 'a');
	return c >= '2' && c <= '7' ? (unsigned int)(c - '2') : 32;
}

/* Returns whether it is a number from 2 to UINT32_MAX as uidl_text has it. */
static bool is_number(const char *p, size_t n)
{
	uint64_t number = 0;
	size_t i;

	if (n == 0 || n > 10 || *p == '0')
		return false;
	for (i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(p[i] - '0');
	}
	return number >= 2 && number <= UINT32_MAX;
}

bool adopted_is_own(const char *id, size_t n)
{
	unsigned int ranks = 0;
	size_t i;

	if (n < UIDL_TEXT)
		return false;
	for (i = 0; i < UIDL_TEXT; i++)
		ranks |= rank_of(id[i]);
	if (ranks & 32)
		return false;
	return n == UIDL_TEXT ||
	       (id[UIDL_TEXT] == '-' &&
	        is_number(id + UIDL_TEXT + 1, n - UIDL_TEXT - 1));
}

const char *adopted_line(const char *p, const char *end,
                         struct adopted_pair *ret)
{
	size_t n = (size_t)(end - p);
	const char *tab, *lf;

	if (n > ADOPTED_LINE)
		n = ADOPTED_LINE;
	tab = memchr(p, '\t', n);
	if (!tab || !adopted_is_own(p, (size_t)(tab - p)))
		return NULL;
	end = p + n;
	for (lf = tab + 1; lf < end && *lf >= 0x21 && *lf <= 0x7e;)
		lf++;
	*ret = (struct adopted_pair){.own = p,
	                             .own_n = (size_t)(tab - p),
	                             .old = tab + 1,
	                             .old_n = (size_t)(lf - tab - 1)};
	if (lf == end || *lf != '\n' || ret->old_n == 0 ||
	    ret->old_n > ADOPTED_ID || adopted_is_own(ret->old, ret->old_n))
		return NULL;
	return lf + 1;
}

int adopted_compare(const struct adopted_pair *a, const struct adopted_pair *b)
{
	const size_t n = a->own_n < b->own_n ? a->own_n : b->own_n;
	const int differ = memcmp(a->own, b->own, n);

	if (differ)
		return differ;
	return (a->own_n > b->own_n) - (a->own_n < b->own_n);
}

/* Returns the place after the next LF, or end. */
static const char *find_line_end(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return lf ? lf + 1 : end;
}

/* Returns where the line behind the one at p begins; no line is shorter. */
static const char *next_line(const char *p, const char *end)
{
	return end - p > LINE_LEAST ? find_line_end(p + LINE_LEAST - 1, end)
	                            : end;
}

/* Returns which of the starts an own id has; any other text has any. */
static uint32_t start_of(const struct adopted *a, const char *own)
{
	uint32_t prefix = 0, c;
	int i;

	for (i = 0; i < PREFIX; i++) {
		c = (unsigned char)own[i];
		prefix = prefix << 5 | ((c < 'a' ? c - '2' : c - 'a' + 6) & 31);
	}
	return prefix >> (PREFIX_BITS - a->bits);
}

/*
 * Notes where each start is.  There are as many as there are pairs, or up to
 * twice as many, so that most have one pair.  Without memory there are none.
 */
static void make_starts(struct adopted *a)
{
	uint32_t start = 0, all, this;
	const char *p = a->pairs;

	while (a->bits < PREFIX_BITS && a->count >> a->bits > 0)
		a->bits++;
	all = (uint32_t)1 << a->bits;
	a->starts = malloc(((size_t)all + 1) * sizeof(*a->starts));
	if (!a->starts)
		return;
	while (p < a->end) {
		this = start_of(a, p);
		while (start <= this)
			a->starts[start++] = (uint32_t)(p - a->pairs);
		p = next_line(p, a->end);
	}
	while (start <= all)
		a->starts[start++] = (uint32_t)(a->end - a->pairs);
}

bool adopted_check(const struct adopted *a)
{
	struct adopted_pair pair, before = {.own = ""};
	const char *p, *next;
	uint32_t count = 0;

	for (p = a->pairs; p < a->end; p = next) {
		next = adopted_line(p, a->end, &pair);
		if (!next || adopted_compare(&before, &pair) >= 0)
			return false;
		before = pair;
		count++;
	}
	return count == a->count;
}

size_t adopted_header(char to[static ADOPTED_HEADER], const char *format,
                      uint32_t count, const char *pairs, size_t n)
{
	return (size_t)snprintf(
		to, ADOPTED_HEADER, MAGIC "%.*s %" PRIu32 " %016" PRIx64 "\n",
		ADOPTED_FORMAT, format, count, digest_of(pairs, n));
}

static bool is_format(const char *format)
{
	return *format && format[strspn(format, "abcdefghijklmnopqrstuvwxyz"
	                                        "0123456789.-")] == '\0';
}

/*
 * Reads the first line: it is the one that we would write.  line is the file's
 * first octets, which a NUL ends.
 */
static int read_header(struct adopted *a, const char *line)
{
	char count[11], want[ADOPTED_HEADER];
	size_t n;

	if (sscanf(line, MAGIC "%31s %10[0-9] ", a->format, count) != 2 ||
	    !is_format(a->format) || decimal_get(count, &a->count) < 0)
		return -1;
	n = strcspn(line, "\n") + 1;
	a->pairs = a->text + n;
	if (a->pairs > a->end ||
	    adopted_header(want, a->format, a->count, a->pairs,
	                   (size_t)(a->end - a->pairs)) != n ||
	    strncmp(want, line, n) != 0)
		return -1;
	return 0;
}

/*
 * Searches go from place to place: in huge pages, if the kernel has some, the
 * processor knows where each lies, and there are fewer to be made.
 */
static char *make_buffer(size_t n)
{
	char *buffer;

	if (n < HUGE_PAGE)
		return fileio_buffer(n);
	n = (n + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	buffer = aligned_alloc(HUGE_PAGE, n);
	if (buffer)
		(void)madvise(buffer, n, MADV_HUGEPAGE);
	return buffer;
}

static int read_file(struct adopted *a, int fd)
{
	char line[ADOPTED_HEADER];
	struct stat st;
	ssize_t n;

	if (fileio_fstat(fd, &st) < 0)
		return -1;
	errno = EPERM;
	if (!statefile_is_ours(&st) || statefile_others_write(&st))
		return -1;
	errno = EBADMSG;
	if (st.st_size == 0 || (uintmax_t)st.st_size > ADOPTED_MOST)
		return -1;
	a->text = make_buffer((size_t)st.st_size + PADDING);
	if (!a->text)
		return -1;
	n = fileio_pread(fd, a->text, (size_t)st.st_size, 0);
	if (n < 0)
		return -1;
	memset(a->text + n, 0, (size_t)st.st_size - (size_t)n + PADDING);
	a->end = a->text + n;
	(void)snprintf(line, sizeof(line), "%.*s", ADOPTED_HEADER - 1, a->text);
	if (read_header(a, line) == 0)
		return 0;
	errno = EBADMSG;
	return -1;
}

int adopted_read(struct adopted *a, int fd)
{
	int error;

	adopted_init(a);
	if (read_file(a, fd) == 0)
		return 0;
	error = errno;
	adopted_free(a);
	errno = error;
	return -1;
}

int adopted_open(struct adopted *a, int state_dir, const char *name)
{
	char file[NAME_MAX + 1];
	int fd, ret, error;

	adopted_init(a);
	statename_make(file, name, strlen(name), STATENAME_UIDL);
	fd = openat(state_dir, file,
	            O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	ret = adopted_read(a, fd);
	error = errno;
	(void)close(fd);
	errno = error;
	return ret;
}

/* Returns where the line begins in which p stands; none begins before at. */
static const char *find_line(const char *at, const char *p)
{
	while (p > at && p[-1] != '\n')
		p--;
	return p;
}

/* As start_of, of the id that uidl_text writes. */
static uint32_t start_of_id(const struct adopted *a, struct uidl id)
{
	uint32_t prefix = 0;
	int i;

	for (i = 0; i < PREFIX; i++, id.high <<= 5)
		prefix = prefix << 5 | (((id.high >> 59) + 6) & 31);
	return prefix >> (PREFIX_BITS - a->bits);
}

/* All starts first, since each line waits for its start. */
void adopted_expect(struct adopted *a, const struct uidl *ids, size_t n)
{
	const uint32_t *starts[ADOPTED_BATCH];
	const char *line;
	size_t i;

	if (a->pairs == a->end)
		return;
	if (!a->starts)
		make_starts(a);
	if (!a->starts)
		return;
	for (i = 0; i < n; i++) {
		starts[i] = &a->starts[start_of_id(a, ids[i])];
		__builtin_prefetch(starts[i]);
	}
	for (i = 0; i < n; i++) {
		line = a->pairs + *starts[i];
		__builtin_prefetch(line);
		__builtin_prefetch(line + CACHE_LINE);
	}
}

/* Compares with the own id of a line; its tab comes before all octets of ids.
 */
static int compare_own(const char *own, size_t n, const char *line)
{
	const int differ = memcmp(own, line, n);

	return differ ? differ : '\t' - line[n];
}

/*
 * Narrows the lines from *from to *to to a few, among which the id is if it
 * is anywhere.
 */
static void narrow(const struct adopted *a, const char *own, size_t n,
                   const char **from, const char **to)
{
	const char *line;
	int differ;

	while (*to - *from > FEW) {
		line = find_line(*from, *from + (*to - *from) / 2);
		differ = compare_own(own, n, line);
		if (differ < 0) {
			*to = line;
			continue;
		}
		*from = differ > 0 ? find_line_end(line, a->end) : line;
		if (differ == 0)
			break;
	}
}

/* Reads the line that begins with an own id of n octets and a tab. */
static bool read_found(const struct adopted *a, const char *line, size_t n,
                       struct adopted_pair *ret)
{
	const char *old = line + n + 1, *lf = find_line_end(old, a->end) - 1;

	*ret = (struct adopted_pair){.own = line,
	                             .own_n = n,
	                             .old = old,
	                             .old_n = (size_t)(lf - old)};
	return *lf == '\n' && ret->old_n <= ADOPTED_ID;
}

bool adopted_find(struct adopted *a, const char *own, size_t n,
                  struct adopted_pair *ret)
{
	const char *from = a->pairs, *to = a->end;
	const uint32_t *start;

	if (a->pairs == a->end || n < UIDL_TEXT || n > ADOPTED_OWN)
		return false;
	if (!a->starts)
		make_starts(a);
	if (a->starts) {
		start = &a->starts[start_of(a, own)];
		to = from + start[1];
		from += start[0];
	}
	narrow(a, own, n, &from, &to);
	for (; from < to; from = next_line(from, a->end))
		if (compare_own(own, n, from) == 0)
			return read_found(a, from, n, ret);
	return false;
}
