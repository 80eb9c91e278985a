/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail.h"
#include "random.h"

void *__real_realloc(void *p, size_t n);

static void reserve_mail(struct mail *m, size_t text, size_t count)
{
	if (text > m->space) {
		m->space = text * 2;
		m->text = __real_realloc(m->text, m->space);
	}
	if (count > m->places) {
		m->places = count * 2;
		m->start = __real_realloc(m->start,
		                          (m->places + 1) * sizeof(*m->start));
		m->gone = __real_realloc(m->gone, m->places / 8 + 1);
	}
	if (!m->text || !m->start || !m->gone)
		abort();
}

bool mail_is_gone(const struct mail *m, size_t i)
{
	return m->gone[i / 8] >> (i % 8) & 1;
}

static void set_gone(struct mail *m, size_t i, bool gone)
{
	uint8_t bit = (uint8_t)(1 << i % 8);

	if (gone)
		m->gone[i / 8] |= bit;
	else
		m->gone[i / 8] &= (uint8_t)~bit;
}

off_t mail_size(const struct mail *m)
{
	return m->start[m->count];
}

/* Makes a body of n octets or a few more: lines of letters, a blank line. */
static size_t fill_body(char *p, size_t n, uint64_t *seed)
{
	bool dull = below(seed, 4) == 0;
	uint64_t bits = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i % 8 == 0 && !dull)
			bits = next_random(seed);
		p[i] = i % 64 == 63 ? '\n'
		                    : (char)('a' + (bits >> (i % 8 * 8) & 15));
	}
	if (n > 0 && p[n - 1] != '\n')
		p[i++] = '\n';
	p[i++] = '\n';
	return i;
}

static void add_message(struct mail *m, size_t body, uint64_t *seed)
{
	size_t at = m->count ? (size_t)m->start[m->count] : 0, n;
	char *p;

	reserve_mail(m, at + body + 256, m->count + 1);
	m->start[m->count] = (off_t)at;
	p = m->text + at;
	/* Each has another second, so that even the shortest ones differ. */
	n = (size_t)sprintf(p, "From %zu Thu Jan  1 %02zu:%02zu:%02zu 1970\n%s",
	                    m->serial, m->serial / 3600 % 24,
	                    m->serial / 60 % 60, m->serial % 60,
	                    body ? "Status: O\nSubject: lab\n\n" : "\n");
	m->serial++;
	if (body)
		n += fill_body(p + n, body, seed);
	set_gone(m, m->count++, false);
	m->start[m->count] = (off_t)(at + n);
}

void mail_make(struct mail *m, enum mail_style style, uint64_t *seed)
{
	static const struct {
		size_t least, most, body;
	} styles[STYLES] = {
		{1, 6, 1},       {1, 12, 400},    {2, 20, 3000},
		{3, 40, 5000},   {20, 80, 30000}, {2000, 2300, 1},
		{80, 90, 60000},
	};
	size_t n = styles[style].most - styles[style].least + 1;

	m->count = 0;
	m->serial = below(seed, 80000); /* no two mailboxes are the same */
	for (n = styles[style].least + below(seed, n); n > 0; n--)
		add_message(m,
		            below(seed, 4) ? below(seed, styles[style].body)
		                           : below(seed, 50),
		            seed);
	m->old = m->count;
}

void mail_copy(struct mail *to, const struct mail *from)
{
	reserve_mail(to, (size_t)mail_size(from), from->count);
	memcpy(to->text, from->text, (size_t)mail_size(from));
	memcpy(to->start, from->start,
	       (from->count + 1) * sizeof(*from->start));
	memcpy(to->gone, from->gone, from->count / 8 + 1);
	to->count = from->count;
	to->old = from->old;
	to->serial = from->serial;
}

static bool is_chosen(size_t how, size_t i, size_t n, uint64_t *seed)
{
	switch (how) {
	case 0:
		return i == 0;
	case 1:
		return i == n - 1;
	case 2:
		return true;
	case 3:
		return i % 2 == 0;
	case 4:
		return i % 2 == 1;
	case 5:
		return i < n - 1;
	case 6:
		return i > 0;
	case 7:
		return below(seed, 8) == 0;
	case 8:
		return below(seed, 8) > 0;
	default:
		return below(seed, 2);
	}
}

void mail_choose(struct mail *m, uint64_t *seed)
{
	size_t how = below(seed, 12), i;

	if (m->old > 1000)
		how = 3 + below(seed, 2);
	for (i = 0; i < m->old; i++)
		set_gone(m, i, is_chosen(how, i, m->old, seed));
	set_gone(m, below(seed, m->old), true);
}

void mail_choose_first(struct mail *m)
{
	size_t i;

	for (i = 0; i < m->old; i++)
		set_gone(m, i, i == 0);
}

off_t mail_arrive(struct mail *m, uint64_t *seed)
{
	off_t at = mail_size(m);

	add_message(m, below(seed, 3) ? below(seed, 60) : below(seed, 3000),
	            seed);
	return at;
}

/* Is that all messages but those deleted, from number first on? */
static bool lacks(const struct mail *m, size_t first, const char *text,
                  off_t size)
{
	off_t at = 0, n;
	size_t i;

	for (i = 0; i < m->count; i++) {
		if (i >= first && mail_is_gone(m, i))
			continue;
		n = m->start[i + 1] - m->start[i];
		if (n > size - at ||
		    memcmp(text + at, m->text + m->start[i], (size_t)n) != 0)
			return false;
		at += n;
	}
	return at == size;
}

enum verdict mail_judge(const struct mail *m, const char *text, off_t size)
{
	off_t left = mail_size(m);
	size_t i;

	if (lacks(m, m->count, text, size))
		return OLD_MAIL;
	if (lacks(m, 0, text, size))
		return NEW_MAIL;
	for (i = m->count; i-- > 0 && left > size;)
		if (mail_is_gone(m, i))
			left -= m->start[i + 1] - m->start[i];
	return left == size && lacks(m, i + 1, text, size) ? PARTLY : WRONG;
}

int mail_find(const struct mail *m, size_t i, const char *text, off_t size)
{
	size_t n = (size_t)(m->start[i + 1] - m->start[i]);
	const char *p = text, *end = text + size;
	int found = 0;

	while ((p = memmem(p, (size_t)(end - p), m->text + m->start[i], n))) {
		found++;
		p += n;
	}
	return found;
}

void mail_settle(struct mail *m, enum verdict now)
{
	size_t i, n = 0;
	off_t at = 0, size;

	for (i = 0; i < m->count; i++) {
		if (now == NEW_MAIL && mail_is_gone(m, i))
			continue;
		size = m->start[i + 1] - m->start[i];
		memmove(m->text + at, m->text + m->start[i], (size_t)size);
		m->start[n++] = at;
		at += size;
	}
	m->start[n] = at;
	m->count = m->old = n;
	for (i = 0; i < n; i++)
		set_gone(m, i, false);
}
