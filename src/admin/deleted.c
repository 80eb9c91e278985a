/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "admin/asciitext.h"
#include "admin/copies.h"
#include "admin/deleted.h"
#include "admin/since.h"
#include "base/fileio.h"
#include "update/keptfile.h"

#define HEADER                                                                 \
	32768    /* octets of a message in which the fields are looked for */
#define FIELD 96 /* octets of a field that are shown */

/* What the child tells of a copy. */
struct line {
	int64_t time, octets;
	char id[KEPTFILE_ID + 1];
	char from[FIELD + 1], subject[FIELD + 1];
	bool whole;
};

/* How the child ends. */
enum end {
	DONE,
	TORN,   /* the file is damaged behind the last copy */
	FULL,   /* there are more copies than it can tell */
	FAILED, /* the first line has the problem in its fields */
	SILENT
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Copies a field's value, unfolded: each run of blanks is one space. */
static void unfold(const char *p, const char *end, char to[static FIELD + 1])
{
	size_t n = 0;

	for (; p < end && n < FIELD; p++) {
		if (*p == '\n' &&
		    (p + 1 == end || (p[1] != ' ' && p[1] != '\t')))
			break;
		if (!is_blank(*p) && *p)
			to[n++] = *p;
		else if (n > 0 && to[n - 1] != ' ')
			to[n++] = ' ';
	}
	to[n] = '\0';
}

static void read_field(const char *name, const char *line, const char *end,
                       char to[static FIELD + 1])
{
	const size_t n = strlen(name);

	if (*to == '\0' && (size_t)(end - line) > n &&
	    strncasecmp(line, name, n) == 0)
		unfold(line + n, end, to);
}

/* Reads the fields of a header behind its From_ line. */
static void read_header(const char *p, const char *end, struct line *to)
{
	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		if (p == end || *p == '\n' || *p == '\r')
			return;
		read_field("From:", p, end, to->from);
		read_field("Subject:", p, end, to->subject);
	}
}

static int read_copy(const struct keptfile_copy *c, struct line *to)
{
	static char header[HEADER];
	const off_t octets = c->message.end - c->message.start;
	const int whole = keptfile_is_whole(COPIES_IN, c);
	ssize_t n;

	memset(to, 0, sizeof(*to));
	to->time = c->time;
	to->octets = octets;
	memcpy(to->id, c->id, sizeof(to->id));
	to->whole = whole == 1;
	n = fileio_pread(COPIES_IN, header,
	                 octets < HEADER ? (size_t)octets : HEADER,
	                 c->message.start);
	if (n > 0)
		read_header(header, header + n, to);
	return whole < 0 || n < 0 ? -1 : 0;
}

static enum end tell(const struct line *l, off_t *at)
{
	if (fileio_pwrite(COPIES_OUT, l, sizeof(*l), *at) < 0)
		return FULL;
	*at += (off_t)sizeof(*l);
	return DONE;
}

static enum end tell_problem(const char *problem)
{
	struct line l = {.whole = false};
	off_t at = 0;

	(void)snprintf(l.subject, sizeof(l.subject), "%s", problem);
	return tell(&l, &at) == DONE ? FAILED : SILENT;
}

static enum end tell_copies(void)
{
	off_t at = KEPTFILE_FIRST, to = 0;
	enum end end = DONE;
	struct keptfile_copy c;
	struct stat st;
	struct line l;
	int found;

	if (fileio_fstat(COPIES_IN, &st) < 0)
		return tell_problem(strerrordesc_np(errno));
	while (end == DONE &&
	       (found = keptfile_next(COPIES_IN, st.st_size, at, &c)) == 1) {
		if (read_copy(&c, &l) < 0)
			return tell_problem(strerrordesc_np(errno));
		end = tell(&l, &to);
		at = c.message.end;
	}
	if (end == DONE && found < 0)
		return tell_problem(strerrordesc_np(errno));
	return end == DONE && at < keptfile_synced(COPIES_IN, st.st_size) ? TORN
	                                                                  : end;
}

/* A crew_work_fn. */
static int list_as_user(void *with)
{
	const char *problem = copies_become_user(with, false);

	return (int)(problem ? tell_problem(problem) : tell_copies());
}

/* Prints text of a stranger. */
static void print_text(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size && text[i]; i++)
		if (text[i] == '\\')
			(void)printf("\\\\");
		else if (text[i] >= ' ' && text[i] <= '~')
			(void)putchar(text[i]);
		else
			(void)printf("\\x%02x", (unsigned char)text[i]);
}

static void print_line(const struct line *l)
{
	char time[SINCE_TEXT];

	since_write(l->time, time);
	(void)printf("%s  %9" PRId64 "  ", time, l->octets);
	print_text(l->id, sizeof(l->id));
	(void)printf("  ");
	print_text(l->from, sizeof(l->from));
	(void)printf("  ");
	print_text(l->subject, sizeof(l->subject));
	(void)printf("%s\n", l->whole ? "" : "  (damaged)");
}

static void print_none(const struct copies *c)
{
	(void)printf("%s: there are no copies of deleted messages\n",
	             c->account.name);
}

/* The child may have been taken over: its lines are a stranger's. */
static int print_lines(const struct copies *c, int how)
{
	struct line l;
	off_t at = 0;

	if (how == FAILED &&
	    fileio_pread(c->out, &l, sizeof(l), 0) == sizeof(l)) {
		asciitext_clean(l.subject, sizeof(l.subject));
		copies_print(c, l.subject);
		return 1;
	}
	/* What was not written is zeros. */
	while (fileio_pread(c->out, &l, sizeof(l), at) == sizeof(l) && *l.id) {
		print_line(&l);
		at += (off_t)sizeof(l);
	}
	if (how == DONE && at == 0)
		print_none(c);
	if (how == FULL)
		copies_print(c, "there are more, which are not shown");
	if (how == TORN)
		copies_print(c, "the file is damaged behind these");
	return how == DONE ? 0 : 1;
}

int deleted_run(const struct options *o, const char *login)
{
	struct copies c;
	int result, how = -1;

	result = copies_open(&c, o, login);
	if (result == 0 && c.file < 0)
		print_none(&c);
	else if (result == 0)
		how = copies_work(&c, list_as_user, &c);
	if (how >= 0)
		result = print_lines(&c, how);
	else if (result == 0 && c.file >= 0)
		result = 1;
	copies_close(&c);
	return result;
}
