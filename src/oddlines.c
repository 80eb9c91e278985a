#include <string.h>

#include "oddlines.h"

#include "fromline.h"

#define FROM   "From "
#define FROM_N 5

static void add_to_line(struct oddlines *o, const char *p, size_t n)
{
	const size_t keep = FROMLINE_TAIL + 1;
	size_t i;

	for (i = 0; i < n && o->n < FROM_N; i++)
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

static void end_line(struct oddlines *o)
{
	struct fromline_date date;
	size_t n = o->tail_n;

	if (n > 0 && o->tail[n - 1] == '\r')
		n--;
	if (o->after_blank && o->n >= FROM_N &&
	    memcmp(o->head, FROM, FROM_N) == 0 &&
	    !fromline_has_date(o->tail, n, &date)) {
		if (o->count < ODDLINES_FIRST)
			o->first[o->count] = o->at;
		o->count++;
	}
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
}
