/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/decimal.h"
#include "base/log.h"
#include "config/options.h"
#include "maildrop/maildrop.h"
#include "pop3/deletions.h"
#include "pop3/session.h"

#define FIELD "Message-ID:"

/* A message in the log: unique-id, octets, Message-ID. */
struct entry {
	size_t n; /* octets of the text */
	char text[MAILDROP_ID + 1 + DECIMAL_DIGITS + 1 + LOG_QUOTED_MAX + 1];
};

/* Returns where the value of the message's Message-ID starts, or NULL. */
static const char *find_message_id(const struct mbox_window *header)
{
	const char *p = header->buf, *const end = p + header->n, *next;
	const size_t n = strlen(FIELD);

	for (; p < end && *p != '\n' && *p != '\r'; p = next) {
		next = memchr(p, '\n', (size_t)(end - p));
		next = next ? next + 1 : end;
		if ((size_t)(next - p) > n && strncasecmp(p, FIELD, n) == 0)
			return p + n;
	}
	return NULL;
}

/* Adds a space and the first word of a field's value. */
static void add_word(struct entry *e, const char *p, const char *end)
{
	size_t n = 0;

	while (p < end && isspace((unsigned char)*p))
		p++;
	while (p + n < end && n < LOG_QUOTED_MAX && p[n] &&
	       !isspace((unsigned char)p[n]))
		n++;
	if (n == 0)
		return;
	e->text[e->n++] = ' ';
	memcpy(e->text + e->n, p, n);
	e->n += n;
	e->text[e->n] = '\0';
}

/* Adds the message's Message-ID.  Returns false if it could not be read. */
static bool add_message_id(struct maildrop *d, const struct maildrop_message *m,
                           struct entry *e)
{
	struct mbox_window header;
	const char *value;
	off_t at = 0;

	if (maildrop_read(d, m, &at, &header) != MAILDROP_OK)
		return false;
	value = header.n > 0 ? find_message_id(&header) : NULL;
	if (value)
		add_word(e, value, header.buf + header.n);
	return true;
}

/* Makes the entry of a message, so far without its Message-ID. */
static void begin_entry(struct maildrop *d, const struct maildrop_message *m,
                        struct entry *e)
{
	char *to = maildrop_unique_id(d, m, e->text);

	*to++ = ' ';
	to = decimal_put(to, (uint64_t)m->listed.octets);
	*to = '\0';
	e->n = (size_t)(to - e->text);
}

static void begin_line(const struct session *s)
{
	log_begin(LOG_DELETING);
	log_field("rip", "%s", s->client.rip);
	log_user(s->account.login, s->account.name);
	log_field("msgs", "%" PRIu32, s->maildrop.count - s->maildrop.left);
}

/* Adds the entry to the line, or to a new one. */
static void log_entry(const struct session *s, const struct entry *e,
                      bool *begun)
{
	if (*begun && !log_has_room(e->n)) {
		log_end();
		*begun = false;
	}
	if (!*begun)
		begin_line(s);
	*begun = true;
	log_path("deleted", e->text);
}

void deletions_log(struct session *s)
{
	struct maildrop *d = &s->maildrop;
	bool readable = true, begun = false;
	struct maildrop_message m;
	struct entry e;
	uint32_t i;

	if (!s->options->log_deletions || d->left == d->count)
		return;
	for (i = 1; i <= d->count; i++) {
		if (maildrop_has(d, i) ||
		    maildrop_message(d, i, &m) != MAILDROP_OK)
			continue;
		begin_entry(d, &m, &e);
		/* If one cannot be read, the update tells why. */
		readable = readable && add_message_id(d, &m, &e);
		log_entry(s, &e, &begun);
	}
	if (begun)
		log_end();
}

void deletions_log_missed(struct session *s)
{
	const struct kept *k = &s->maildrop.kept;

	if (k->missed == 0)
		return;
	log_begin(LOG_NOT_KEPT);
	log_field("rip", "%s", s->client.rip);
	log_field("msgs", "%" PRIu32, k->missed);
	log_path("reason", k->problem);
	log_path("mailbox", s->maildrop.path.path);
	log_user(s->account.login, s->account.name);
	log_end();
}
