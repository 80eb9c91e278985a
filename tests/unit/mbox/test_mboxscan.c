/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "base/digest.h"
#include "mbox/fromline.h"
#include "mbox/mboxscan.h"
#include "pop3/multiline.h"

#define F "From a@b Thu Jan  2 03:04:05 2020\n" /* 34 octets */
#define G "From c@d Fri Jan  3 03:04:05 2020\n"
#define R "From a@b Thu Jan  2 03:04:05 2020\r\n" /* 35 octets */

#define UW      "From MAILER-DAEMON Thu Jan  2 03:04:05 2020\n"
#define DOVECOT "From MAILER_DAEMON  Thu Jan  2 03:04:05 2020\n"
#define FOLDER  "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n"

#define MOST 1024 /* messages in a mailbox here */

struct found {
	struct mbox_message m[MOST];
	size_t n;
	size_t stop; /* the message the scan ends at; 0: none */
	size_t from; /* where the scan starts */
	int result;
};

static int keep(void *ctx, const struct mbox_message *m)
{
	struct found *f = ctx;

	assert_true(f->n < MOST);
	f->m[f->n++] = *m;
	return f->n == f->stop ? 77 : 0;
}

/* Scans a mailbox, in pieces whose sizes the round decides. */
static void scan(const char *mail, size_t n, unsigned int round, uint64_t *seed,
                 struct found *f)
{
	struct mboxscan *s = mboxscan_new(keep, f);
	size_t k, at;
	char *piece;

	assert_non_null(s);
	if (f->from > 0)
		mboxscan_from(s, (off_t)f->from);
	f->n = 0;
	f->result = 0;
	for (at = f->from; at < n && f->result == 0; at += k) {
		k = support_piece(seed, round, n - at);
		if (round == 3) /* sometimes a large piece */
			k = 1 + support_below(seed, n - at);
		piece = malloc(k); /* a sanitizer sees a step too far */
		assert_non_null(piece);
		memcpy(piece, mail + at, k);
		f->result = mboxscan_feed(s, piece, k);
		free(piece);
	}
	if (f->result == 0)
		f->result = mboxscan_end(s);
	mboxscan_free(s);
}

static void same(const struct found *a, const struct found *b)
{
	size_t i;

	assert_int_equal(a->result, b->result);
	assert_int_equal(a->n, b->n);
	for (i = 0; i < a->n; i++) {
		assert_int_equal(a->m[i].start, b->m[i].start);
		assert_int_equal(a->m[i].text, b->m[i].text);
		assert_int_equal(a->m[i].body, b->m[i].body);
		assert_int_equal(a->m[i].end, b->m[i].end);
		assert_int_equal(a->m[i].octets, b->m[i].octets);
		assert_true(a->m[i].digest == b->m[i].digest);
		assert_true(a->m[i].uidl.high == b->m[i].uidl.high);
		assert_true(a->m[i].uidl.low == b->m[i].uidl.low);
		assert_int_equal(a->m[i].internal, b->m[i].internal);
		assert_int_equal(a->m[i].flagged, b->m[i].flagged);
	}
}

/* What must hold for each message of a mailbox */
static void check(const char *mail, const struct found *f)
{
	const struct mbox_message *m;
	struct multiline line;
	char *out;

	for (m = f->m; m < f->m + f->n; m++) {
		assert_true(memcmp(mail + m->start, "From ", 5) == 0);
		assert_true(m->start < m->text && m->text <= m->body);
		assert_true(m->body <= m->end);
		assert_true(m->digest ==
		            digest_of(mail + m->start,
		                      (size_t)(m->body - m->start)));
		if (m > f->m)
			assert_true(m->start >= m[-1].end);
		out = malloc(MULTILINE_ROOM((size_t)(m->end - m->text)));
		assert_non_null(out);
		multiline_begin(&line, MULTILINE_ALL);
		(void)multiline_encode(&line, mail + m->text,
		                       (size_t)(m->end - m->text), out);
		(void)multiline_end(&line, out);
		free(out);
		assert_int_equal(line.octets, m->octets);
	}
}

/* Scans it in all ways, which must all give what *f has in the end. */
static void scan_all_ways(const char *mail, size_t n, uint64_t *seed,
                          struct found *f)
{
	struct found other = {.stop = f->stop, .from = f->from};
	unsigned int round;

	scan(mail, n, 0, seed, f);
	check(mail, f);
	for (round = 1; round < 4; round++) {
		scan(mail, n, round, seed, &other);
		same(&other, f);
	}
}

static const struct {
	const char *mail;
	size_t n; /* 0: up to the NUL */
	int count;
	struct {
		off_t start, text, body, end, octets;
	} m[3];
} boxes[] = {
	{"", 0, 0, {{0}}},
	{"\n", 0, 0, {{0}}},
	{"\n\r\n\n", 0, 0, {{0}}},
	{"\r", 0, 0, {{0}}},
	/* Without any text the blank line is added. */
	{"From a@b Thu Jan  2 03:04:05 2020", 0, 1, {{0, 33, 33, 33, 2}}},
	{F, 0, 1, {{0, 34, 34, 34, 2}}},
	{F "\n", 0, 1, {{0, 34, 35, 35, 2}}},
	/* The header's blank line belongs to the message, the next one not. */
	{F "\n\n", 0, 1, {{0, 34, 35, 35, 2}}},
	{F "\n\n\n", 0, 1, {{0, 34, 35, 36, 4}}},
	{F "S: x\n", 0, 1, {{0, 34, 39, 39, 8}}},
	{F "S: x", 0, 1, {{0, 34, 38, 38, 8}}},
	{F "S: x\r", 0, 1, {{0, 34, 39, 39, 8}}},
	{F "S: x\n\nb", 0, 1, {{0, 34, 40, 41, 11}}},
	{F "S: x\n\nb\r", 0, 1, {{0, 34, 40, 42, 11}}},
	{F "S: x\n\nb\n", 0, 1, {{0, 34, 40, 42, 11}}},
	{F "S: x\n\nb\n\n", 0, 1, {{0, 34, 40, 42, 11}}},
	{F "S: x\n\nb\n\n\n", 0, 1, {{0, 34, 40, 43, 13}}},
	{F "S: x\n\nb\n\r", 0, 1, {{0, 34, 40, 42, 11}}},
	{R "S: x\r\n\r\nb\r\n\r\n", 0, 1, {{0, 35, 43, 46, 11}}},
	{R "S: x\r\n\r\nb\r\r\n", 0, 1, {{0, 35, 43, 47, 12}}},
	{F "S: x\n\n.\n..\n", 0, 1, {{0, 34, 40, 45, 15}}},
	{F "S: x\n\n\0\n", 34 + 8, 1, {{0, 34, 40, 42, 11}}},
	/* Leading blank lines do not count. */
	{"\n\r\n" F "\n", 0, 1, {{3, 37, 38, 38, 2}}},
	/* Two messages, with and without the blank line between them */
	{F "S: x\n\nb\n\n" G "T: y\n\nc\n",
         0,
         2,
         {{0, 34, 40, 42, 11}, {43, 77, 83, 85, 11}}},
	{F "S: x\n\nb\n\n\n" G "\n",
         0,
         2,
         {{0, 34, 40, 43, 13}, {44, 78, 79, 79, 2}}},
	{F "S: x\n\nb\n" G "\n", 0, 1, {{0, 34, 40, 76, 46}}},
	{F "S: x\n\n" G "\n", 0, 2, {{0, 34, 40, 40, 8}, {40, 74, 75, 75, 2}}},
	{F "\n" G "\n" F,
         0,
         3,
         {{0, 34, 35, 35, 2}, {35, 69, 70, 70, 2}, {70, 104, 104, 104, 2}}},
	{F G "\n", 0, 1, {{0, 34, 69, 69, 37}}},
	{F "S: x\n" G "\n", 0, 1, {{0, 34, 74, 74, 43}}},
	{R "\r\nb\r\n\r\n" R "\r\n",
         0,
         2,
         {{0, 35, 37, 40, 5}, {42, 77, 79, 79, 2}}},
	{F "\nb\n\r\n" R "\n", 0, 2, {{0, 34, 35, 37, 5}, {39, 74, 75, 75, 2}}},
	{F "\nb\n\r\r\n" G "\n", 0, 1, {{0, 34, 35, 74, 43}}},
	/* Without a blank line before it, and with a header field after it */
	{F "S: x\n\nb\n" G "T: y\n\nc\n",
         0,
         2,
         {{0, 34, 40, 42, 11}, {42, 76, 82, 84, 11}}},
	{F "S: x\n" G "T: y\n",
         0,
         2,
         {{0, 34, 39, 39, 8}, {39, 73, 78, 78, 8}}},
	{F G "T: y\n", 0, 2, {{0, 34, 34, 34, 2}, {34, 68, 73, 73, 8}}},
	{F "\nb\n" G G "T:",
         0,
         2,
         {{0, 34, 35, 71, 40}, {71, 105, 107, 107, 6}}},
	{R "\r\nb\r\n" R "T: y\r\n" R "X-Y:\r\n\r\n",
         0,
         3,
         {{0, 35, 37, 40, 5}, {40, 75, 81, 81, 8}, {81, 116, 124, 124, 8}}},
	{F "\nb\n" G "T\n", 0, 1, {{0, 34, 35, 73, 43}}},
	{F "\nb\n" G "T :\n", 0, 1, {{0, 34, 35, 75, 45}}},
	{F "\nb\n" G ":\n", 0, 1, {{0, 34, 35, 73, 43}}},
	{F "\nb\n" G " T:\n", 0, 1, {{0, 34, 35, 75, 45}}},
	{F "\nb\n" G "\377:\n", 0, 1, {{0, 34, 35, 74, 44}}},
	{F "\nb\nFrom c@d\nT: y\n", 0, 1, {{0, 34, 35, 51, 21}}},
	{F "\nb\n>" G "T: y\n", 0, 1, {{0, 34, 35, 77, 47}}},
	{F "\nb" G "T: y\n", 0, 1, {{0, 34, 35, 75, 44}}},
	{F "S: x\nFrom: y\n" G, 0, 1, {{0, 34, 81, 81, 52}}},
	/* Lines that only look like a start */
	{F "\nb\n\n>" G "\n", 0, 1, {{0, 34, 35, 73, 43}}},
	{F "\nb\n\nFrom here on\n", 0, 1, {{0, 34, 35, 51, 21}}},
	{F "\nb\n\nfrom c@d Fri Jan  3 03:04:05 2020\n",
         0,
         1,
         {{0, 34, 35, 72, 42}}},
	{F "\nb\n\nFrom:c@d Fri Jan  3 03:04:05 2020\n",
         0,
         1,
         {{0, 34, 35, 72, 42}}},
	{F "\nb\n \n" G "\n", 0, 1, {{0, 34, 35, 73, 43}}},
	{F "\nb\n\nFrom", 0, 1, {{0, 34, 35, 42, 13}}},
	{F "Content-Length: 50\n\nb\n\n" G "\nc\n\n",
         0,
         2,
         {{0, 34, 54, 56, 25}, {57, 91, 92, 94, 5}}},
};

static void each_mailbox_is_split_so(void **state)
{
	uint64_t seed = 1;
	struct found f = {.stop = 0};
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < LENGTH(boxes); i++) {
		scan_all_ways(boxes[i].mail,
		              boxes[i].n ? boxes[i].n : strlen(boxes[i].mail),
		              &seed, &f);
		if (f.result != 0 || (int)f.n != boxes[i].count)
			fail_msg("%zu: result %d, %zu messages", i, f.result,
			         f.n);
		for (k = 0; k < boxes[i].count; k++)
			if (f.m[k].start != boxes[i].m[k].start ||
			    f.m[k].text != boxes[i].m[k].text ||
			    f.m[k].body != boxes[i].m[k].body ||
			    f.m[k].end != boxes[i].m[k].end ||
			    f.m[k].octets != boxes[i].m[k].octets)
				fail_msg("%zu: message %d: %jd %jd %jd %jd %jd",
				         i, k, (intmax_t)f.m[k].start,
				         (intmax_t)f.m[k].text,
				         (intmax_t)f.m[k].body,
				         (intmax_t)f.m[k].end,
				         (intmax_t)f.m[k].octets);
	}
}

static const char *const no_boxes[] = {
	"x",
	"hello\n",
	"From\n",
	"From \n",
	"From a@b\n\nb\n",
	"Fro",
	"\n\nSubject: x\n\n" F "\n",
	">From a@b Thu Jan  2 03:04:05 2020\n\n",
	" " F "\n",
	"\r\r\n" F "\n",
	"*mbx*\r\n5ed5c8c500000000\r\n",
};

static void what_begins_otherwise_is_no_mbox(void **state)
{
	uint64_t seed = 1;
	struct found f = {.stop = 0};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(no_boxes); i++) {
		scan_all_ways(no_boxes[i], strlen(no_boxes[i]), &seed, &f);
		if (f.result != MBOXSCAN_NOT_MBOX || f.n != 0)
			fail_msg("taken: %s", no_boxes[i]);
	}
}

static const struct {
	bool internal;
	const char *header;
} folders[] = {
	{true, FOLDER "X-IMAP: 1 2\n"},
	{true, FOLDER "X-IMAPbase: 1 2\n"},
	{true, "Date: x\nX-IMAP: 1\n" FOLDER "Status: RO\n"},
	{true, "X-IMAPBASE: 1 2\n" FOLDER},
	{true, "X-Delivered-To: x\nX-IMAP: 1\n Received: x\n" FOLDER},
	{true, "X-IMAP: 1\n" FOLDER "\nReceived: x\n"},
	/* The fields that delivery adds, in any case and place */
	{false, "Received: x\nX-IMAP: 1\n" FOLDER},
	{false, "X-IMAP: 1\n" FOLDER "received:\n"},
	{false, "Return-Path: <>\nX-IMAP: 1\n" FOLDER},
	{false, "X-IMAP: 1\nRETURN-path: <>\n" FOLDER},
	{false, "Delivered-To: a@b\nX-IMAP: 1\n" FOLDER},
	{false, "X-IMAP: 1\n" FOLDER "delivered-to: a@b\n"},
	{false, FOLDER},
	{false, "X-IMAP: 1 2\n"},
	{false, "X-IMAPbase: 1 2\nSubject: hello\n"},
	{false, "X-IMAP: 1\n X" FOLDER},
	{false, "X-IMAP: 1\nX-" FOLDER},
	{false, FOLDER "X-IMAPs: 1\n"},
	{false, FOLDER " X-IMAP: 1\n"},
	{false, FOLDER "\nX-IMAP: 1\n"},
	{false, "X-IMAP: 1\n"
                "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DAT\n"},
	{false, "X-IMAP: 1\n"
                "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA"
                " now\n"},
	{false, "X-IMAP: 1\n"
                "Subject: don't delete this message -- folder internal "
                "data\n"},
	{false, "X-IMAP: 1\n"
                "Subject: Re: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL "
                "DATA\n"},
};

static const char *const other_senders[] = {
	F,
	"From MAILER-DAEMON@c Thu Jan  2 03:04:05 2020\n",
	"From MAILER-DAEMO Thu Jan  2 03:04:05 2020\n",
	"From mailer-daemon Thu Jan  2 03:04:05 2020\n",
	"From MAILER Thu Jan  2 03:04:05 2020\n",
	"From  MAILER-DAEMON Thu Jan  2 03:04:05 2020\n",
};

static void only_its_own_sender_writes_the_pseudo_message(void **state)
{
	uint64_t seed = 1;
	struct found f = {.stop = 0};
	char mail[512];
	size_t i;

	(void)state;
	(void)snprintf(mail, sizeof(mail), "%s%sX-IMAP: 1\n\nbody\n", DOVECOT,
	               FOLDER);
	scan_all_ways(mail, strlen(mail), &seed, &f);
	assert_true(f.m[0].internal);
	for (i = 0; i < LENGTH(other_senders); i++) {
		(void)snprintf(mail, sizeof(mail), "%s%sX-IMAP: 1\n\nbody\n",
		               other_senders[i], FOLDER);
		scan_all_ways(mail, strlen(mail), &seed, &f);
		assert_int_equal(f.n, 1);
		if (f.m[0].internal)
			fail_msg("hidden: %s", other_senders[i]);
	}
}

static void the_pseudo_message_is_told_by_its_fields(void **state)
{
	uint64_t seed = 1;
	struct found f = {.stop = 0};
	char mail[512];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(folders); i++) {
		(void)snprintf(mail, sizeof(mail), UW "%s\nbody\n\n" G "\n",
		               folders[i].header);
		scan_all_ways(mail, strlen(mail), &seed, &f);
		assert_int_equal(f.n, 2);
		if (f.m[0].internal != folders[i].internal)
			fail_msg("%zu: %d", i, f.m[0].internal);
		assert_false(f.m[1].internal);
	}
}

static void only_the_first_message_can_be_the_pseudo_message(void **state)
{
	static const char pseudo[] = UW FOLDER "X-IMAP: 1\n\nx\n\n";
	static const char second[] =
		F "\n\n" UW FOLDER "X-IMAP: 1\n\nx\n\n" F "\n";
	static const char crlf[] =
		"From MAILER-DAEMON Thu Jan  2 03:04:05 2020\r\n"
		"X-IMAP: 1\r\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER "
		"INTERNAL DATA\r\n\r\n";
	uint64_t seed = 1;
	struct found f = {.stop = 0};

	(void)state;
	scan_all_ways(pseudo, sizeof(pseudo) - 1, &seed, &f);
	assert_int_equal(f.n, 1);
	assert_true(f.m[0].internal);
	scan_all_ways(second, sizeof(second) - 1, &seed, &f);
	assert_int_equal(f.n, 3);
	assert_false(f.m[0].internal || f.m[1].internal || f.m[2].internal);
	scan_all_ways(crlf, sizeof(crlf) - 1, &seed, &f);
	assert_int_equal(f.n, 1);
	assert_true(f.m[0].internal);
}

static const struct {
	bool flagged;
	const char *header;
} marks[] = {
	{true, "Status: RO\n"},
	{true, "Subject: x\nstatus:\n\tfolded\nTo: y\n"},
	{true, "X-Status: A\r\n"},
	{true, "X-UID: 7\n"},
	{true, "x-uid: 7\n"},
	{true, "X-Keywords: a b\n"},
	{true, "X-KEYWORDS:\n"},
	{true, "X-IMAP: 1 2\n"},
	{true, "X-IMAPbase: 1 2\n"},
	{true, "Content-Length: 3\n"},
	{true, "Lines: 3\n"},
	{true, "Subject: x\n folded\nX-IMAPBASE: 1 2"},
	{false, ""},
	{false, "Subject: x\nTo: y\n"},
	{false, "\nStatus: RO\nX-UID: 7\n"},
	{false, "Subject: x\n Status: RO\n\tX-UID: 7\n"},
	{false, "Statu: x\nStatus\nStatuses: x\n Status: x\n"},
	{false, "X-Lines: 3\nContent-Type: text/plain; length=3\n"},
	{false, "X-UIDL: x\nX-Spam-Status: No\nDelivery-Status: x\n"},
};

static void another_programs_marks_are_told(void **state)
{
	uint64_t seed = 1;
	struct found f = {.stop = 0};
	char mail[512];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(marks); i++) {
		(void)snprintf(mail, sizeof(mail), F "%s", marks[i].header);
		scan_all_ways(mail, strlen(mail), &seed, &f);
		assert_int_equal(f.n, 1);
		if (f.m[0].flagged != marks[i].flagged)
			fail_msg("%s: %d", marks[i].header, f.m[0].flagged);
		(void)snprintf(mail, sizeof(mail),
		               F "\n\n" F "%s\n\n" G "\nStatus: x\n",
		               marks[i].header);
		scan_all_ways(mail, strlen(mail), &seed, &f);
		assert_int_equal(f.n, 3);
		assert_int_equal(f.m[1].flagged, marks[i].flagged);
		assert_false(f.m[0].flagged || f.m[2].flagged);
	}
}

static void the_scan_ends_when_the_taker_says_so(void **state)
{
	static const char mail[] = F "\n" G "\n" F "\n";
	uint64_t seed = 1;
	struct found f = {.stop = 0};

	(void)state;
	for (f.stop = 1; f.stop <= 3; f.stop++) {
		scan_all_ways(mail, sizeof(mail) - 1, &seed, &f);
		assert_int_equal(f.result, 77);
		assert_int_equal(f.n, f.stop);
	}
}

/* Parts of unusual mailboxes. */
static const char *const parts[] = {
	F,
	F "Subject: s\n",
	G,
	G "Subject: s\n",
	R,
	"Subj",
	UW,
	"\n",
	"\n",
	"\n",
	"\r\n",
	"\r\n",
	"\r",
	"\r\r\n",
	".",
	".\n",
	"..\n",
	"text\n",
	"text\r\n",
	"a",
	"From ",
	"From x\n",
	"Fro",
	">From x\n",
	"Subject: s\n",
	" folded\n",
	"\tfolded\r\n",
	"Received: r\r\n",
	"Message-ID: <1>\n",
	"Date:\n",
	"From: x\n",
	"X-IMAP: 1\n",
	FOLDER,
	"\377\200\n",
	"Content-Length: 3\n",
	"From a@b Thu Jan  2 03:04:05 2020 remote from z\n",
	"From a@b Thu Jan  2 03:04:05 2020 \r\n",
	"From a@b Thu Jan  2 03:04:05 20200\n",
	"Subject: a line of more octets than there is room for in the lead "
	"that tells its name\r\n",
	" Thu Jan  2 03:04:05 ",
	"2020 ",
	"EST\n",
	" 2020\n",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"bbbbbbbb cccccccc dddddddd eeeeeeee ffffffff gggggggg hhhhhhhh ",
};

static size_t compose(uint64_t *seed, char *mail, size_t count)
{
	size_t n = 0, k;
	const char *part;

	if (support_below(seed, 8))
		n = (size_t)sprintf(mail, "%s", F);
	while (count--) {
		part = parts[support_below(seed, LENGTH(parts))];
		k = strlen(part);
		memcpy(mail + n, part, k);
		n += k;
		if (support_below(seed, 30) == 0)
			mail[n++] = '\0';
	}
	return n;
}

static void any_pieces_give_what_the_whole_gives(void **state)
{
	uint64_t seed = 4155;
	struct found f = {.stop = 0};
	char mail[8192];
	unsigned int i;
	size_t n;

	(void)state;
	for (i = 0; i < 20000; i++) {
		n = compose(&seed, mail, support_below(&seed, 40));
		scan_all_ways(mail, n, &seed, &f);
	}
}

/* Most is looked at many octets at a time, but not in one round. */
static void a_large_mailbox_gives_the_same_by_octets(void **state)
{
	uint64_t seed = 822;
	struct found f = {.stop = 0};
	char mail[65536];
	unsigned int i;
	size_t n;

	(void)state;
	for (i = 0; i < 200; i++) {
		n = compose(&seed, mail, 900);
		scan_all_ways(mail, n, &seed, &f);
	}
}

static void a_small_mailbox_may_be_cut_anywhere(void **state)
{
	static const char mail[] =
		"\n" F "Subject: a\n b\n\nFr\n\nFrom\n.\n\n" R
		"Status: O\r\n\r\n\r\nx\r\n\r\nF\r\n\r\n\r\n" G "\n\n";
	size_t n = sizeof(mail) - 1, i, k;
	struct found whole = {.stop = 0}, f = {.stop = 0};
	struct mboxscan *s;
	uint64_t seed = 1;

	(void)state;
	scan_all_ways(mail, n, &seed, &whole);
	assert_int_equal(whole.n, 3);
	for (i = 0; i <= n; i++)
		for (k = i; k <= n; k++) {
			s = mboxscan_new(keep, &f);
			assert_non_null(s);
			f.n = 0;
			assert_int_equal(mboxscan_feed(s, mail, i), 0);
			assert_int_equal(mboxscan_feed(s, mail + i, k - i), 0);
			assert_int_equal(mboxscan_feed(s, mail + k, n - k), 0);
			assert_int_equal(mboxscan_end(s), 0);
			mboxscan_free(s);
			same(&f, &whole);
		}
}

static void a_scan_from_a_message_on_gives_it_and_the_rest(void **state)
{
	uint64_t seed = 5034;
	struct found all = {.stop = 0}, rest = {.stop = 0};
	char mail[8192];
	unsigned int i;
	size_t n, k;

	(void)state;
	for (i = 0; i < 1000; i++) {
		n = compose(&seed, mail, support_below(&seed, 80));
		scan_all_ways(mail, n, &seed, &all);
		if (all.result != 0 || all.n < 2)
			continue;
		k = 1 + support_below(&seed, all.n - 1);
		rest.from = (size_t)all.m[k].start;
		scan_all_ways(mail, n, &seed, &rest);
		all.n -= k;
		memmove(all.m, all.m + k, all.n * sizeof(all.m[0]));
		same(&rest, &all);
	}
}

static void
a_scan_that_does_not_start_at_0_finds_no_pseudo_message(void **state)
{
	static const char mail[] = "\n" UW FOLDER "X-IMAP: 1\n\nx\n";
	struct found f = {.stop = 0};
	uint64_t seed = 1;

	(void)state;
	scan_all_ways(mail, sizeof(mail) - 1, &seed, &f);
	assert_true(f.m[0].internal);
	f.from = 1;
	scan_all_ways(mail, sizeof(mail) - 1, &seed, &f);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.m[0].start, 1);
	assert_false(f.m[0].internal);
	f.from = 2;
	scan_all_ways(mail, sizeof(mail) - 1, &seed, &f);
	assert_int_equal(f.result, MBOXSCAN_NOT_MBOX);
	f.from = sizeof(mail) - 1;
	scan_all_ways(mail, sizeof(mail) - 1, &seed, &f);
	assert_int_equal(f.result, 0);
	assert_int_equal(f.n, 0);
}

/* A From_ line of any length, in pieces of any size */
static void a_long_sender_makes_no_difference(void **state)
{
	static const char date[] = " Thu Jan  2 03:04:05 2020";
	static const char *const ends[] = {"\n",       "\r\n", " \n", " EST\n",
	                                   " x y z\n", "x\n",  ""};
	uint64_t seed = 5322;
	struct found f = {.stop = 0};
	char mail[1024];
	size_t i, n, at;

	(void)state;
	for (n = 0; n < 600; n++)
		for (i = 0; i < LENGTH(ends); i++) {
			at = (size_t)sprintf(mail, F "\n\nFrom ");
			memset(mail + at, 'a', n);
			(void)sprintf(mail + at + n, "%s%s", date, ends[i]);
			scan_all_ways(mail, strlen(mail), &seed, &f);
			assert_int_equal(f.n, i == 4 || i == 5 ? 1 : 2);
		}
}

/* Without a blank line before it the line must be shorter than this. */
static void a_longer_line_starts_no_message_in_a_text(void **state)
{
	static const char date[] = " Thu Jan  2 03:04:05 2020";
	uint64_t seed = 1024;
	struct found f = {.stop = 0};
	char mail[2048];
	size_t n, at, all;

	(void)state;
	for (n = 980; n < 1010; n++) {
		at = (size_t)sprintf(mail, F "\nb\nFrom ");
		memset(mail + at, 'a', n);
		(void)sprintf(mail + at + n, "%s\nSubject: x\n", date);
		all = sizeof("From ") - 1 + n + sizeof(date) - 1;
		scan_all_ways(mail, strlen(mail), &seed, &f);
		assert_int_equal(f.n, all < MBOXSCAN_FROM ? 2 : 1);
	}
}

/* A field's name of any length, in pieces of any size */
static void a_name_must_end_within_some_octets(void **state)
{
	uint64_t seed = 64;
	struct found f = {.stop = 0};
	char mail[512];
	size_t n, at;

	(void)state;
	for (n = 0; n < 2 * FROMLINE_NAME; n++) {
		at = (size_t)sprintf(mail, F "\nb\n" G);
		memset(mail + at, 'X', n);
		(void)sprintf(mail + at + n, ": y\n");
		scan_all_ways(mail, strlen(mail), &seed, &f);
		assert_int_equal(f.n, n > 0 && n < FROMLINE_NAME ? 2 : 1);
	}
}

/* Only the end of the line decides, however much of it is kept. */
static void what_follows_a_date_makes_no_difference_by_pieces(void **state)
{
	uint64_t seed = 976;
	struct found f = {.stop = 0};
	char mail[1024];
	size_t n;

	(void)state;
	for (n = 1; n < 400; n++) {
		(void)snprintf(mail, sizeof(mail),
		               F "\n\nFrom a Thu Jan  2 03:04:05 2020 remote "
		                 "from %0*d\r\n",
		               (int)n, 1);
		scan_all_ways(mail, strlen(mail), &seed, &f);
	}
}

/*
 * The middle of a long From_ line is not kept; the part before it must not be
 * joined to the part after it.
 */
static void a_date_is_not_put_together_of_two_places(void **state)
{
	uint64_t seed = 5322;
	struct found f = {.stop = 0};
	char mail[1024], *p = mail;

	(void)state;
	p += sprintf(p, F "\n\nFrom ");
	p += sprintf(p, "%s",
	             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
	             "Thu Jan  2 03:04:05 ");
	assert_int_equal(p - mail, 34 + 2 + 64);
	memset(p, 'b', 200);
	p += 200;
	memcpy(p, "2020 ", 5);
	memset(p + 5, 'c', 123);
	p += 128;
	*p++ = '\n';
	scan_all_ways(mail, (size_t)(p - mail), &seed, &f);
	assert_int_equal(f.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mailbox_is_split_so),
		cmocka_unit_test(what_begins_otherwise_is_no_mbox),
		cmocka_unit_test(the_pseudo_message_is_told_by_its_fields),
		cmocka_unit_test(only_its_own_sender_writes_the_pseudo_message),
		cmocka_unit_test(
			only_the_first_message_can_be_the_pseudo_message),
		cmocka_unit_test(the_scan_ends_when_the_taker_says_so),
		cmocka_unit_test(another_programs_marks_are_told),
		cmocka_unit_test(any_pieces_give_what_the_whole_gives),
		cmocka_unit_test(a_large_mailbox_gives_the_same_by_octets),
		cmocka_unit_test(a_small_mailbox_may_be_cut_anywhere),
		cmocka_unit_test(
			a_scan_from_a_message_on_gives_it_and_the_rest),
		cmocka_unit_test(
			a_scan_that_does_not_start_at_0_finds_no_pseudo_message),
		cmocka_unit_test(a_long_sender_makes_no_difference),
		cmocka_unit_test(a_longer_line_starts_no_message_in_a_text),
		cmocka_unit_test(a_name_must_end_within_some_octets),
		cmocka_unit_test(
			what_follows_a_date_makes_no_difference_by_pieces),
		cmocka_unit_test(a_date_is_not_put_together_of_two_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
