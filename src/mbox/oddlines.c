/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "mbox/oddlines.h"

#include "mbox/fromline.h"

static void add_to_line(struct oddlines *o, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && o->n < FROMLINE_NAME; i++)
		o->head[o->n++] = p[i];
	o->n += (off_t)(n - i);
	fromline_keep_tail(&o->tail, p, n);
}

static void note_found(struct oddlines *o, enum oddlines_kind kind, off_t at)
{
	struct oddlines_found *f = &o->found[kind];

	if (f->count < ODDLINES_FIRST)
		f->first[f->count] = at;
	f->count++;
}

/* The kind of the line before depends on whether a field begins this line. */
static void judge_last_line(struct oddlines *o)
{
	const size_t n = o->n < FROMLINE_NAME ? (size_t)o->n : FROMLINE_NAME;
	const bool field = fromline_is_followed(o->head, n);

	if (o->from)
		note_found(o, field ? ODDLINES_NO_BLANK : ODDLINES_TEXT,
		           o->last);
	if (o->glued && field)
		note_found(o, ODDLINES_GLUED, o->last);
	o->from = o->glued = false;
}

/* Does a From_ line that is not quoted begin inside a line, before its date? */
static bool is_glued(const char *line, const char *date)
{
	const char *from = memmem(line, (size_t)(date - line), FROMLINE_START,
	                          FROMLINE_START_N);

	return from > line && from[-1] != '>';
}

/* Judges this line, whose tail has n octets without the line end. */
static void judge_line(struct oddlines *o, size_t n)
{
	bool from = o->n >= FROMLINE_START_N &&
	            memcmp(o->head, FROMLINE_START, FROMLINE_START_N) == 0;
	const char *tail = o->tail.octets;
	struct fromline_date date;
	bool dated;

	if (n > FROMLINE_TAIL) { /* more may have been dropped, or not */
		tail += n - FROMLINE_TAIL;
		n = FROMLINE_TAIL;
	}
	if (!from && !memmem(tail, n, FROMLINE_START, FROMLINE_START_N))
		return;
	dated = fromline_has_date(tail, n, &date);
	if (from && o->after_blank && !dated)
		note_found(o, ODDLINES_UNDATED, o->at);
	o->from = from && dated && o->at > 0 && !o->after_blank;
	o->glued = !from && dated && is_glued(tail, date.at);
}

static void end_fed_line(struct oddlines *o)
{
	size_t n = o->tail.n;

	if (n > 0 && o->tail.octets[n - 1] == '\r')
		n--;
	judge_last_line(o);
	judge_line(o, n);
	/* A dot is doubled, and the end of each line is CRLF. */
	if (o->n - (off_t)(o->tail.n - n) + (o->head[0] == '.') + 2 >
	    ODDLINES_SENT)
		note_found(o, ODDLINES_LONG, o->at);
	o->last = o->at;
	o->after_blank = n == 0;
	o->at += o->n + 1;
	o->n = 0;
	o->tail.n = 0;
}

void oddlines_feed(struct oddlines *o, const char *p, size_t n)
{
	const char *end = p + n, *lf;

	while ((lf = memchr(p, '\n', (size_t)(end - p)))) {
		add_to_line(o, p, (size_t)(lf - p));
		end_fed_line(o);
		p = lf + 1;
	}
	add_to_line(o, p, (size_t)(end - p));
}

void oddlines_end(struct oddlines *o)
{
	o->unended = o->n > 0;
	end_fed_line(o);
	judge_last_line(o);
}
