#include <string.h>

#include "mbox/oddlines.h"

#include "mbox/fromline.h"

#define FROM   "From "
#define FROM_N 5

static void add_to_line(struct oddlines *o, const char *p, size_t n)
{
	const size_t keep = FROMLINE_TAIL + 1;
	size_t i;

	for (i = 0; i < n && o->n < FROMLINE_NAME; i++)
		o->head[o->n++] = p[i];
	o->n += (off_t)(n - i);
	if (n > keep) {
		p += n - keep;
		n = keep;
	}
	if (o->tail_n + n > sizeof(o->tail)) {
		memmove(o->tail, o->tail + o->tail_n - keep, keep);
		o->tail_n = keep;
	}
	memcpy(o->tail + o->tail_n, p, n);
	o->tail_n += n;
}

static void found(struct oddlines *o, enum oddlines_kind kind, off_t at)
{
	struct oddlines_found *f = &o->found[kind];

	if (f->count < ODDLINES_FIRST)
		f->first[f->count] = at;
	f->count++;
}

/* What the line before is depends on whether a field begins this one. */
static void settle(struct oddlines *o)
{
	const size_t n = o->n < FROMLINE_NAME ? (size_t)o->n : FROMLINE_NAME;
	const bool field = fromline_is_followed(o->head, n);

	if (o->from)
		found(o, field ? ODDLINES_NO_BLANK : ODDLINES_TEXT, o->last);
	if (o->glued && field)
		found(o, ODDLINES_GLUED, o->last);
	o->from = o->glued = false;
}

/* Does a From_ line, but none that is quoted, begin before its date? */
static bool is_glued(const char *line, const char *date)
{
	const char *from = memmem(line, (size_t)(date - line), FROM, FROM_N);

	return from > line && from[-1] != '>';
}

/* n: octets of the tail, without a line end. */
static void judge(struct oddlines *o, size_t n)
{
	bool from = o->n >= FROM_N && memcmp(o->head, FROM, FROM_N) == 0;
	const char *tail = o->tail;
	struct fromline_date date;
	bool dated;

	if (n > FROMLINE_TAIL) { /* there may be more, or not */
		tail += n - FROMLINE_TAIL;
		n = FROMLINE_TAIL;
	}
	if (!from && !memmem(tail, n, FROM, FROM_N))
		return;
	dated = fromline_has_date(tail, n, &date);
	if (from && o->after_blank && !dated)
		found(o, ODDLINES_UNDATED, o->at);
	o->from = from && dated && o->at > 0 && !o->after_blank;
	o->glued = !from && dated && is_glued(tail, date.at);
}

static void end_line(struct oddlines *o)
{
	size_t n = o->tail_n;

	if (n > 0 && o->tail[n - 1] == '\r')
		n--;
	settle(o);
	judge(o, n);
	o->last = o->at;
	o->after_blank = n == 0;
	o->at += o->n + 1;
	o->n = 0;
	o->tail_n = 0;
}

void oddlines_feed(struct oddlines *o, const char *p, size_t n)
{
	const char *end = p + n, *lf;

	while ((lf = memchr(p, '\n', (size_t)(end - p)))) {
		add_to_line(o, p, (size_t)(lf - p));
		end_line(o);
		p = lf + 1;
	}
	add_to_line(o, p, (size_t)(end - p));
}

void oddlines_end(struct oddlines *o)
{
	end_line(o);
	settle(o);
}
