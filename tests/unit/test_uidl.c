#include "support.h"

#include "mboxscan.h"
#include "uidl.h"

/*
 * The published vectors.  They were made by tests/reference/mbox.py with
 * another implementation of the hash, and must never change.
 */
#define F        "From a@b Thu Jan  2 03:04:05 2020\n"
#define RECEIVED "Received: by c; x\n\tfolded\nReceived: by d\n"
#define REST     "From: x\nMessage-ID: <1>\nSubject: s\n t\n"

static const struct {
	const char *mail;
	size_t n; /* 0: up to the NUL */
	const char *id;
} mails[] = {
	/* The 406 octets that other servers' formats are compared by. */
	{"From alice@example.org Thu Jan  2 03:04:05 2020\n"
         "Received: from a.example.org (a.example.org [192.0.2.1])\n"
         "\tby mx.example.org; Thu, 2 Jan 2020 03:04:05 +0000\n"
         "Received: from b.example.org by a.example.org; "
         "Thu, 2 Jan 2020 03:04:00 +0000\n"
         "Date: Thu, 2 Jan 2020 03:03:59 +0000\n"
         "From: Alice <alice@example.org>\n"
         "To: bob@example.net\n"
         "Subject: hello\n"
         " folded\n"
         "Message-Id: <1@example.org>\n"
         "Status: RO\n"
         "\n"
         "line one\n"
         ".dot\n"
         "last\n"
         "\n",
         406, "lyioaovogwn25roybtm6y23yva"},
	/* Nothing but the From_ line, with and without what belongs to it. */
	{F, 0, "ezjcilmat556pt3qsif3lcuewq"},
	{F "\n", 0, "ezjcilmat556pt3qsif3lcuewq"},
	{F "\n\n\n", 0, "ezjcilmat556pt3qsif3lcuewq"},
	{F "\nbody", 0, "jah3o4wzxhccmtmjpwpdibm7be"},
	{F "\nBODY\n\n", 0, "jah3o4wzxhccmtmjpwpdibm7be"},
	{F "Subject: s", 0, "ps3k7az57eotzckkqthvydl73e"},
	/* A folded line that folds no field is not part of one. */
	{F " folded\nSubject: s\n\n", 0, "ps3k7az57eotzckkqthvydl73e"},
	/* All fields; other programs' marks change nothing. */
	{F RECEIVED "Date: today\n" REST "To: y\n\nbody\n", 0,
         "rrtbpowqiw7q3g5nl5bl4ih4se"},
	{F "Status: RO\n" RECEIVED "X-Status: A\n more\nDate: today\n" REST
           "X-UID: 7\nTo: y\n\nbody\n\n",
         0, "rrtbpowqiw7q3g5nl5bl4ih4se"},
	/* Their order and the case of their names do. */
	{F RECEIVED "From: x\nDate: today\nMessage-ID: <1>\nSubject: s\n t\n"
                    "To: y\n\nbody\n",
         0, "id77wn6ljqionqjen2q4dxsh3a"},
	{F "RECEIVED: by c; x\n\tfolded\nReceived: by d\nDate: today\n" REST
           "To: y\n\nbody\n",
         0, "rv4gzerc4uc6qqhkgpkzzkgssa"},
	/* LF or CRLF is one; line ends at the body's end are none. */
	{F "Subject: s\n\n a\n\n b \n\n\n\n", 0, "vm4ae7i7xaz3shwa5lh57e5xnm"},
	{F "Subject: s\n\n a\n\n b ", 0, "vm4ae7i7xaz3shwa5lh57e5xnm"},
	{"From a@b Thu Jan  2 03:04:05 2020\r\nSubject: s\r\n\r\n a\r\n\r\n"
         " b \r\n\r\n\r\n\r\n",
         0, "vm4ae7i7xaz3shwa5lh57e5xnm"},
	/* Other CRs are octets as all others, and so are NULs. */
	{F "Subject: s\r\r\n x\ry\r\n\r\n\r\rb\r", 0,
         "vy7yv3hspxeooejds4unbckes4"},
	{F "Subject: a\0b\nFrom:\n\n\0\0\n", sizeof(F) - 1 + 23,
         "6wtflxfrpzt7vaujuk7z5vy7zi"},
	/* What only resembles a field, and the second of a kind */
	{F "Subject : s\nSubjects: s\nSubject: t\n\nx\n", 0,
         "gkgojjp3fohltcjqszh54iluoa"},
	{F "sUBJECT:x\nSubject: second\nDate:\n\nb", 0,
         "33gmxrnx6z6iaxj5wpadkgfpqa"},
};

static int take(void *ctx, const struct mbox_message *m)
{
	*(struct uidl *)ctx = m->uidl;
	return 0;
}

static void each_mail_has_its_published_id(void **state)
{
	struct mboxscan *s;
	struct uidl id;
	char text[UIDL_SIZE];
	size_t i, n;

	(void)state;
	for (i = 0; i < LENGTH(mails); i++) {
		n = mails[i].n ? mails[i].n : strlen(mails[i].mail);
		s = mboxscan_new(take, &id);
		assert_int_equal(mboxscan_feed(s, mails[i].mail, n), 0);
		assert_int_equal(mboxscan_end(s), 0);
		mboxscan_free(s);
		*uidl_text(id, 1, text) = '\0';
		assert_string_equal(text, mails[i].id);
	}
}

static const struct {
	const char *octets;
	size_t n;
	struct uidl head;
	const char *id[4]; /* for bodies of the octets below */
} heads[] = {
	{"",
         0,
         {0x99aa06d3014798d8, 0x6001c324468d497f},
         {"auzk3btva5bcm4cp63h32boc5a", "ehsrb7n6liepvtf2foky55elba",
          "rhde32x4t6m5pylpt55jk3logy", "au7i6usk7clnttam2evdak7mdq"}},
	{"a",
         1,
         {0xa96faf705af16834, 0xe6c632b61e964e1f},
         {"offduc6nroftw66w3mcomhhfw4", "na5lmddyd37elg62mgytjk36ta",
          "fawd5iyh3mi54cy467uaqxjqsa", "a27kuorsisfcktnvkq5cq4t45m"}},
	{F,
         34,
         {0x654edcf63b4076ab, 0x3ddea918b7b0ea04},
         {"ezjcilmat556pt3qsif3lcuewq", "m3xkpmsane37w5wuhtwblzth5e",
          "qpyzrzn6dnh3hyus7d6z3x2w7m", "6hvvfjeoflzdzydk5suyyld4um"}},
};

static const int64_t bodies[] = {0, 1, INT64_C(1) << 32,
                                 (INT64_C(1) << 40) + 5};

static void each_head_and_length_give_the_id(void **state)
{
	struct uidl_state *s = uidl_new();
	struct uidl head;
	char text[UIDL_SIZE];
	size_t i, k;

	(void)state;
	assert_non_null(s);
	for (i = 0; i < LENGTH(heads); i++) {
		uidl_begin(s);
		for (k = 0; k < heads[i].n; k++)
			uidl_add(s, heads[i].octets + k, 1);
		head = uidl_head(s);
		assert_true(head.high == heads[i].head.high);
		assert_true(head.low == heads[i].head.low);
		for (k = 0; k < LENGTH(bodies); k++) {
			*uidl_text(uidl_make(head, bodies[k]), 1, text) = '\0';
			assert_string_equal(text, heads[i].id[k]);
		}
	}
	uidl_free(s);
	uidl_free(NULL);
}

static const struct {
	struct uidl id;
	uint32_t twin;
	const char *text;
} texts[] = {
	{{0, 0}, 0, "aaaaaaaaaaaaaaaaaaaaaaaaaa"},
	{{0, 0}, 1, "aaaaaaaaaaaaaaaaaaaaaaaaaa"},
	{{0, 0}, 2, "aaaaaaaaaaaaaaaaaaaaaaaaaa-2"},
	{{0, 0}, 10, "aaaaaaaaaaaaaaaaaaaaaaaaaa-10"},
	{{0, 0}, UINT32_MAX, "aaaaaaaaaaaaaaaaaaaaaaaaaa-4294967295"},
	{{UINT64_MAX, UINT64_MAX}, 1, "77777777777777777777777774"},
	{{0x0123456789abcdef, 0xfedcba9876543210},
         1,
         "aerukz4jvpg677w4xkmhmvbsca"},
	{{UINT64_C(1) << 63, 1}, 1, "qaaaaaaaaaaaaaaaaaaaaaaaae"},
	{{0, UINT64_C(1) << 63}, 1, "aaaaaaaaaaaabaaaaaaaaaaaaa"},
	{{1, 0}, 1, "aaaaaaaaaaaacaaaaaaaaaaaaa"},
};

static void the_text_is_base32_and_the_twins_number(void **state)
{
	char text[UIDL_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(texts); i++) {
		*uidl_text(texts[i].id, texts[i].twin, text) = '\0';
		assert_string_equal(text, texts[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mail_has_its_published_id),
		cmocka_unit_test(each_head_and_length_give_the_id),
		cmocka_unit_test(the_text_is_base32_and_the_twins_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
