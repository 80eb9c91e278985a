/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "oldid/oldid.h"

#define MOST 64

#define FROM_A "From alice@example.org Thu Jan  2 03:04:05 2020\n"
#define FROM_B "From MAILER-DAEMON Mon Nov 23 10:00:00 2026\n"
#define FROM_C "From x@y Mon Nov 23 10:00:00 2026\n"

/* Message A: Message-Id, folded Received and Subject, a Status field. */
#define A                                                                      \
	FROM_A                                                                 \
	"Received: from a.example.org (a.example.org [192.0.2.1])\n"           \
	"\tby mx.example.org; Thu, 2 Jan 2020 03:04:05 +0000\n"                \
	"Received: from b.example.org by a.example.org; "                      \
	"Thu, 2 Jan 2020 03:04:00 +0000\n"                                     \
	"Date: Thu, 2 Jan 2020 03:03:59 +0000\n"                               \
	"From: Alice <alice@example.org>\n"                                    \
	"To: bob@example.net\n"                                                \
	"Subject: hello\n"                                                     \
	" folded\n"                                                            \
	"Message-Id: <1@example.org>\n"                                        \
	"Status: RO\n"                                                         \
	"\n"                                                                   \
	"line one\n"                                                           \
	".dot\n"                                                               \
	"last\n"                                                               \
	"\n"

/* Message B: Date before Received, names in lower case, two Delivered-To. */
#define B                                                                      \
	FROM_B                                                                 \
	"Return-Path: <carol@example.org>\n"                                   \
	"X-Original-To: bob@example.net\n"                                     \
	"Delivered-To: bob@example.net\n"                                      \
	"Date: Mon, 23 Nov 2026 10:00:00 +0000\n"                              \
	"Message-ID: <2.ABC@example.org>\n"                                    \
	"received: from c (c [198.51.100.7])\n"                                \
	" by mx; Mon, 23 Nov 2026 10:00:01 +0000 (UTC)\n"                      \
	"Delivered-To: bob@mx.example.net\n"                                   \
	"Received: from d by c; Mon, 23 Nov 2026 09:59:59 +0000\n"             \
	"X-Delivery-ID: 77\n"                                                  \
	"Subject:  two spaces \n"                                              \
	"From: carol@example.org\n"                                            \
	"\n"                                                                   \
	"body\n"                                                               \
	"Status: in the body\n"                                                \
	"\n"

/* Message C: nothing that anybody hashes. */
#define C FROM_C "From: x@y\nTo: z\n\nno hashed fields\n\n"

/* What a scan has found. */
static struct oldid got[MOST];
static size_t found;
static int result;

static int keep(void *to, const struct oldid *o)
{
	assert_true(to == got);
	assert_true(found < MOST);
	got[found++] = *o;
	return 0;
}

static void scan_octets(const char *format, const char *octets, size_t n)
{
	int fd = support_file(octets, n);

	found = 0;
	assert_non_null(oldid_format(format));
	result = oldid_scan(oldid_format(format), fd, (off_t)n, keep, got);
	assert_int_equal(close(fd), 0);
}

static void scan(const char *format, const char *text)
{
	scan_octets(format, text, strlen(text));
}

/* The message of that number, from 0 on, has that id, and nothing doubtful. */
static void assert_id(size_t i, const char *id)
{
	assert_true(i < found);
	assert_string_equal(got[i].id, id);
	assert_null(got[i].note);
}

static void assert_doubtful(size_t i, const char *id)
{
	assert_true(i < found);
	assert_string_equal(got[i].id, id);
	assert_non_null(got[i].note);
}

static void assert_unknown(size_t i)
{
	assert_doubtful(i, "");
}

static void assert_found(size_t n)
{
	assert_int_equal(result, 0);
	assert_int_equal(found, n);
}

static const struct {
	const char *format, *a, *b, *c;
} vectors[] = {
	{"popa3d", "a241199de99fbd37", "bb85dab414f84eda", "d98c1dd404b2008f"},
	{"qpopper-old", "ba4e439e33e4a953b3b916f223c3db8f",
         "d50523884bc587d76937ee3d892de374",
         "ef74925aaecea02e1d9c4b653636c553"},
	{"qpopper-new", "W[f\"!G#h!!A5'#!*5U\"!", "8k!\"!k^4\"!L4F!!l>Y!!",
         "4c;\"!i=[\"!S`^!!4N$!!"},
	{"solid", "4cd319fcd60a3f79530a14c9b16c5aa3",
         "32120b715c199c634b9c4a8560ecab16",
         "d41d8cd98f00b204e9800998ecf8427e"},
	{"tpop3d", "0f452d2887b8a69d3f7e9eca489309c2",
         "1644f05f231f9bbdfc5daaeec25c6525",
         "488efa2ced8a082b8ba46b8ab6e97c89"},
	{"teapop", "91b18f16da00822183092f061c90c149",
         "43bdfc51a4073280fb6909d3974fdda6",
         "488efa2ced8a082b8ba46b8ab6e97c89"},
	{"dovecot-md5", "92ab29700603ea3107b161524806bd15",
         "2817d7a34bdc1ec501baab4a308ddb1f",
         "d41d8cd98f00b204e9800998ecf8427e"},
	{"dovecot-md5-all", "11686dc2bf38a2d601bf34797796b893",
         "d72505b86cd8a861f654ff58a0a90aef",
         "1d6e9e792cc8633731448234c694485d"},
	{"openbsd", "cd38f5e657d1a130a9e0188433d3c133c2ce4166",
         "5272244d5e2ee2329572167ab348c48ae333ea42",
         "5e404697f120b55a64c56550c01b4b21d74c990d"},
	{"vm-pop3d", "1@example.org", "2.ABC@example.org", "no-message-id-3"},
};

static void computes_the_ids_of_each_server(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(vectors); i++) {
		scan(vectors[i].format, A B C);
		assert_found(3);
		assert_id(0, vectors[i].a);
		assert_id(1, vectors[i].b);
		assert_id(2, vectors[i].c);
		assert_int_equal(got[0].at, 0);
		assert_int_equal(got[1].at, strlen(A));
		assert_int_equal(got[2].at, strlen(A B));
		scan(vectors[i].format, A);
		assert_found(1);
		assert_id(0, vectors[i].a);
	}
}

static void names_all_formats(void **state)
{
	static const char *const names[] = {"x-uidl",      "uw",
	                                    "dovecot",     "dovecot-v.u",
	                                    "popa3d",      "qpopper-old",
	                                    "qpopper-new", "solid",
	                                    "tpop3d",      "teapop",
	                                    "vm-pop3d",    "openbsd",
	                                    "dovecot-md5", "dovecot-md5-all"};
	const struct oldid_format *f;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(names); i++)
		assert_non_null(oldid_format(names[i]));
	for (f = oldid_formats; f->name; f++)
		i--;
	assert_int_equal(i, 0);
	assert_null(oldid_format("auto"));
	assert_null(oldid_format(""));
}

static void finds_nothing_in_an_empty_mailbox(void **state)
{
	const struct oldid_format *f;

	(void)state;
	for (f = oldid_formats; f->name; f++) {
		scan(f->name, "");
		assert_found(0);
	}
}

/* popa3d */

static void popa3d_wants_a_from_line_first(void **state)
{
	(void)state;
	scan("popa3d", "\n" A);
	assert_int_equal(result, OLDID_REFUSED);
	scan("popa3d", "text\n");
	assert_int_equal(result, OLDID_REFUSED);
	scan("popa3d", "From ");
	assert_int_equal(result, OLDID_REFUSED);
	scan("popa3d", FROM_A FROM_A "\n");
	assert_int_equal(result, OLDID_REFUSED);
	scan("popa3d", A FROM_A);
	assert_int_equal(result, OLDID_REFUSED);
}

static void popa3d_takes_any_from_line_behind_a_blank_one(void **state)
{
	(void)state;
	scan("popa3d", A "From nobody\n\n\nFrom \n\n");
	assert_found(3);
	assert_id(0, "a241199de99fbd37");
	assert_id(2, "d98c1dd404b2008f");
	scan("popa3d", "From a\n\ntext\nFrom b\n\n");
	assert_found(1);
}

/* A header ends at a bare LF: one with CRLF never does. */
static void popa3d_sees_one_message_in_a_crlf_mailbox(void **state)
{
	(void)state;
	scan("popa3d", "From a\r\nX: y\r\n\r\ntext\r\n\r\nFrom b\r\n\r\n");
	assert_found(1);
	scan("popa3d", "From a\nDate: 1\n");
	assert_found(1);
	memcpy(got + 1, got, sizeof(got[0]));
	scan("popa3d", "From a\r\n\r\nDate: 1\n");
	assert_found(1);
	assert_string_equal(got[0].id, got[1].id);
}

static void popa3d_hashes_fields_before_received(void **state)
{
	char first[OLDID_OCTETS + 1];

	(void)state;
	scan("popa3d", "From a\ndate: 1\nRECEIVED: 2\n 3\n\n");
	(void)strcpy(first, got[0].id);
	scan("popa3d", "From a\nTo: x\n y\ndate: 1\nRECEIVED: 2\n 3\nDate: 4\n"
	               "Message-ID: 5\nReceived: 6\nSubject: 7\n"
	               "x-delivery-id: 8\n\nDelivered-To: 9\n");
	assert_id(0, first);
	scan("popa3d",
	     "From a\ndate: 1\nRECEIVED: 2\n 3\nX-dELIVERY-id: 8\n\n");
	assert_string_not_equal(got[0].id, first);
	scan("popa3d", "From a\ndate: 1\nRECEIVED: 2\n 4\n\n");
	assert_string_not_equal(got[0].id, first);
}

/* solid-pop3d */

static void solid_wants_28_octets_and_no_blank_line(void **state)
{
	(void)state;
	scan("solid", A "text\nFrom 3456789 123456789 1234\nText\n");
	assert_found(2);
	scan("solid", A "text\nFrom 3456789 123456789 1234567\nText\n");
	assert_found(2);
	scan("solid", A "text\nFrom 3456789 123456789 12\nText\n");
	assert_found(1);
	assert_id(0, "4cd319fcd60a3f79530a14c9b16c5aa3");
	scan("solid", "From a\n\n");
	assert_int_equal(result, OLDID_REFUSED);
	scan("solid", "\n" A);
	assert_int_equal(result, OLDID_REFUSED);
}

static void solid_refuses_a_mailbox_that_ends_in_a_line(void **state)
{
	(void)state;
	scan("solid", A "text");
	assert_int_equal(result, OLDID_REFUSED);
	scan("solid", A "From 3456789 123456789 123456789");
	assert_int_equal(result, OLDID_REFUSED);
}

/* tpop3d */

static void tpop3d_hashes_512_octets(void **state)
{
	char text[2000], first[OLDID_OCTETS + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, FROM_C, strlen(FROM_C));
	scan_octets("tpop3d", text, 512);
	assert_found(1);
	(void)strcpy(first, got[0].id);
	scan_octets("tpop3d", text, 1999);
	assert_id(0, first);
	scan_octets("tpop3d", text, 511);
	assert_string_not_equal(got[0].id, first);
}

static void tpop3d_does_not_look_at_the_first_line(void **state)
{
	(void)state;
	scan("tpop3d", "anything it may be\n\nFrom \n\n\nFrom here");
	assert_found(2);
	assert_int_equal(got[1].at, 20);
	scan("tpop3d", "\nFrom 12345678901\n");
	assert_found(1);
	scan("tpop3d", "\n\nFrom 1234567890\n");
	assert_found(2);
	scan("tpop3d", "anything it may be");
	assert_found(0);
	scan("tpop3d", "From 123456789\n");
	assert_found(0);
}

/* OpenBSD's pop3d */

static void openbsd_takes_any_from_line(void **state)
{
	(void)state;
	scan("openbsd", "From a\ntext\nFrom \n\nFrom ");
	assert_found(2);
	scan("openbsd", "\nFrom a\n");
	assert_int_equal(result, OLDID_REFUSED);
}

/* teapop */

static void teapop_wants_a_date_and_no_blank_line(void **state)
{
	(void)state;
	scan("teapop", "text\n" A "text\n" FROM_B "From nobody\n"
	               "From a Thu Jan 32 03:04:05 2020\n"
	               "From a Thu Jan  2 03:04:05 1969\n"
	               "From a Thu Jan  2 24:04:05 2020\n"
	               "From a Thu Jan  2 03:04:60 2020\n"
	               "From a Thu jan  2 03:04:05 2020\n"
	               "From a Thu\nFrom a\nFrom \n");
	assert_found(2);
}

static void teapop_leaves_out_status_anywhere(void **state)
{
	char first[OLDID_OCTETS + 1];

	(void)state;
	scan("teapop", FROM_A "X: y\n\ntext\n");
	(void)strcpy(first, got[0].id);
	scan("teapop", FROM_A "status: O\nX: y\nX-Status: \n\nlines: 1\n"
	                      "text\nContent-Length: \nthis has no LF");
	assert_found(1);
	assert_id(0, first);
	scan("teapop", FROM_A "Status:O\nX: y\n\ntext\n");
	assert_string_not_equal(got[0].id, first);
}

static void teapop_hashes_1023_octets_of_a_line(void **state)
{
	char text[4096], first[OLDID_OCTETS + 1];
	size_t n = strlen(FROM_A), i;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, FROM_A, n);
	text[n + 1023] = '\n';
	scan_octets("teapop", text, n + 1024);
	assert_found(1);
	(void)strcpy(first, got[0].id);
	text[n + 1023] = 'x';
	for (i = n + 1024; i <= n + 2000; i += 976) {
		text[i] = '\n';
		scan_octets("teapop", text, i + 1);
		assert_id(0, first);
		text[i] = 'x';
	}
	text[n + 1022] = '\n'; /* the LF is one of them */
	scan_octets("teapop", text, n + 1023);
	assert_string_not_equal(got[0].id, first);
}

static void teapop_hashes_nul_as_a_question_mark(void **state)
{
	static const char nul[] = FROM_A "a\0b\n", mark[] = FROM_A "a?b\n";
	char first[OLDID_OCTETS + 1];

	(void)state;
	scan_octets("teapop", nul, sizeof(nul) - 1);
	(void)strcpy(first, got[0].id);
	scan_octets("teapop", mark, sizeof(mark) - 1);
	assert_id(0, first);
}

/* Qpopper */

static void scan_uidl(const char *format, const char *header)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), FROM_A "%s\n\nbody\n\n" C, header);
	scan(format, text);
	assert_found(2);
}

#define X10 "x234567890"
#define X30 X10 X10 X10

static void qpopper_believes_x_uidl_of_12_to_31_octets(void **state)
{
	static const char *const formats[] = {"qpopper-old", "qpopper-new"};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(formats); i++) {
		scan_uidl(formats[i], "x-uidl:  \t" X10 "12");
		assert_id(0, X10 "12");
		scan_uidl(formats[i], "To: a\nX-UIDL:" X30 "1");
		assert_id(0, X30 "1");
		scan_uidl(formats[i], "X-UIDL: " X10 "1");
		assert_string_not_equal(got[0].id, X10 "1");
		scan_uidl(formats[i], "X-UIDL: " X30 "12");
		assert_string_not_equal(got[0].id, X30 "12");
		scan_uidl(formats[i], "X-UIDL: short\nX-UIDL: " X10 "a3\n"
		                      "X-UIDL: " X10 "b3");
		assert_id(0, X10 "a3");
		scan_uidl(formats[i], "X-UIDL: " X10 " a");
		assert_unknown(0);
	}
}

static void qpopper_wants_a_blank_line_and_a_date(void **state)
{
	(void)state;
	scan("qpopper-old", A C "From nobody\n\n" FROM_B "\ntext\n" FROM_A);
	assert_found(3);
	assert_id(0, "ba4e439e33e4a953b3b916f223c3db8f");
	scan("qpopper-old", "\n" A);
	assert_int_equal(result, OLDID_REFUSED);
	scan("qpopper-old", A FROM_A "To: a\n");
	assert_found(2);
	assert_unknown(1);
}

/* Pieces of 1023 octets count as lines, and none behind them is a From_ line.
 */
static void qpopper_cuts_long_lines(void **state)
{
	char text[4096];
	size_t n = strlen(A), i;

	(void)state;
	memcpy(text, A, n);
	memset(text + n, 'x', 2000);
	text[n + 2000] = text[n + 2001] = '\n';
	(void)strcpy(text + n + 2002, C);
	scan("qpopper-old", text);
	assert_found(2);
	text[n + 2001] = 'x';
	text[n + 2002] = '\0';
	(void)strcat(text, "\n" C);
	scan("qpopper-old", text);
	assert_found(1);
	/* The LF of a line of 1023 octets and LF is one more piece. */
	for (i = 0; i < 3; i++) {
		memset(text + n, 'x', 1023);
		(void)strcpy(text + n + 1022 + (i > 0),
		             i == 2 ? "\n" C : "\n\n" C);
		scan("qpopper-old", text);
		assert_found(2); /* the blank line before it counts on */
	}
}

/* vm-pop3d */

static void vm_pop3d_takes_the_message_id(void **state)
{
	static char text[2048];

	(void)state;
	scan("vm-pop3d", "From a\nMESSAGE-ID: x <a@b> <c>\n\n\nFrom b\n"
	                 "Message-Id: a@b\n\n\nFrom c\nMessage-Id:\n <a>\n\n"
	                 "Message-Id: <d>\n");
	assert_found(3);
	assert_id(0, "a@b");
	assert_id(1, "no-message-id-2");
	assert_id(2, "no-message-id-3");
	(void)snprintf(text, sizeof(text), "From a\nMessage-Id: <%s%s%s\n", X30,
	               X30, X30);
	scan("vm-pop3d", text);
	assert_found(1);
	assert_id(0, X30 X30 X10);
	scan("vm-pop3d", "From a\nMessage-Id: <a b>\n");
	assert_unknown(0);
	scan("vm-pop3d", "text\nFrom a\n");
	assert_int_equal(result, OLDID_REFUSED);
	scan("vm-pop3d", "From a\n\nFrom b");
	assert_int_equal(result, OLDID_REFUSED);
}

/* X-UIDL */

static void reads_x_uidl(void **state)
{
	(void)state;
	scan_uidl("x-uidl", "X-UIDL: " X30 X30 X10 " ");
	assert_id(0, X30 X30 X10);
	assert_unknown(1);
	scan_uidl("x-uidl", "x-uidl:a\r");
	assert_id(0, "a");
	scan_uidl("x-uidl", "X-UIDL: " X30 X30 X10 "1\nX-UIDL:\nX-UIDL: a b\n"
	                    "X-UIDL: \300\nX-UIDL:\n  b \nX-UIDL: c");
	assert_id(0, "b");
	scan_uidl("x-uidl", "X-UIDL2: a\nX: y\n X-UIDL: b\n\nX-UIDL: c");
	assert_unknown(0);
	assert_unknown(1);
}

static void reads_x_uidl_of_each_length(void **state)
{
	static const size_t lengths[] = {1, 11, 12, 31, 32, 33, 70, 71};
	char field[128] = "X-UIDL: ";
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(lengths); i++) {
		memset(field + 8, 'x', lengths[i]);
		field[8 + lengths[i]] = '\0';
		scan_uidl("x-uidl", field);
		if (lengths[i] <= OLDID_OCTETS)
			assert_id(0, field + 8);
		else
			assert_unknown(0);
	}
}

/* UW and Dovecot */

#define BASE       "X-IMAPbase: 1139753550 0000000020\n"
#define M1(fields) FROM_A fields "\nbody\n\n"
#define M2(fields) FROM_B fields "\nbody\n\n"

static const struct {
	const char *name, *one, *seven;
} orders[] = {
	{"uw", "43ef424e00000001", "43ef424e00000007"},
	{"dovecot", "0000000143ef424e", "0000000743ef424e"},
	{"dovecot-v.u", "1139753550.1", "1139753550.7"},
};

static void reads_uids_in_each_order(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(orders); i++) {
		scan(orders[i].name, M1(BASE "X-UID: 1\n") M2("X-UID: 7\n"));
		assert_found(2);
		assert_id(0, orders[i].one);
		assert_id(1, orders[i].seven);
		assert_int_equal(got[1].at, strlen(M1(BASE "X-UID: 1\n")));
	}
}

static void hides_the_internal_message(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(orders); i++) {
		scan(orders[i].name,
		     M1("X-IMAP: 1139753550 0000000020\nX-UID: 1\n")
		             M2("X-UID: 7\n"));
		assert_found(1);
		assert_id(0, orders[i].seven);
		scan(orders[i].name, M1("X-IMAP: 1139753550 0000000020\n"));
		assert_found(0);
	}
}

static void knows_no_uid_without_x_imapbase(void **state)
{
	static const char *const bases[] = {
		"",
		"X-IMAPbase: 0 0000000020\n",
		"X-IMAPbase: x\n",
		"X-IMAPbase:\n",
		"X-IMAPbase: 1139753550x 20\n",
		"X-IMAPbase: 1139753550\t20\n",
		"Y: z\n X-IMAPbase: 1139753550 20\n",
	};
	char text[1024];
	size_t i, k;

	(void)state;
	for (i = 0; i < LENGTH(orders); i++)
		for (k = 0; k < LENGTH(bases); k++) {
			(void)snprintf(text, sizeof(text),
			               FROM_A "%sX-UID: 1\n\n\n%s", bases[k],
			               M2(BASE "X-UID: 7\n"));
			scan(orders[i].name, text);
			assert_found(2);
			assert_unknown(0);
			assert_unknown(1);
		}
}

/* It is not believed, and the message gets the next number. */
static void x_uid_must_stand_behind_x_imapbase(void **state)
{
	(void)state;
	scan("uw", M1("X-UID: 1\n" BASE) M2(""));
	assert_found(2);
	assert_doubtful(0, "43ef424e00000015");
	assert_doubtful(1, "43ef424e00000016");
	scan("dovecot", M1("X-UID: 1\n" BASE) M2("X-UID: 22\n"));
	assert_found(2);
	assert_doubtful(0, "0000001543ef424e");
	assert_doubtful(1, "0000001643ef424e");
}

static void uw_numbers_anew_when_uids_do_not_rise(void **state)
{
	static const char *const texts[] = {
		M1(BASE "X-UID: 7\n") M2("X-UID: 7\n"),
		M1(BASE "X-UID: 7\n") M2("X-UID: 1\n"),
		M1(BASE "X-UID: 7\nX-UID: 8\n") M2("X-UID: 9\n"),
		M1(BASE "X-UID: x\n") M2("X-UID: 1\n"),
		M1(BASE "X-UID: 0\n"),
		M1(BASE) M2("X-UID: 7\n"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(texts); i++) {
		scan("uw", texts[i]);
		assert_int_equal(result, OLDID_RENUMBERED);
	}
}

static void uw_takes_a_uid_above_the_last(void **state)
{
	(void)state;
	scan("uw", M1(BASE "X-UID: 32\n") M2("") M2("X-UID: 34trash\n"));
	assert_found(3);
	assert_id(0, "43ef424e00000020");
	assert_doubtful(1, "43ef424e00000021");
	assert_id(2, "43ef424e00000022");
}

static void uw_minds_case_and_spaces(void **state)
{
	(void)state;
	scan("uw", M1("X-Imapbase: 1 2\nX-IMAPbase:  1139753550  20\n"
	              "x-uid: 3\nX-UID:    4\n"));
	assert_found(1);
	assert_id(0, "43ef424e00000004");
	/* The second one is not looked at. */
	scan("uw", M1(BASE "X-IMAP: 1 2\nX-UID: 4\n"));
	assert_found(1);
	assert_id(0, "43ef424e00000004");
}

/* Dovecot gives a broken one and all behind it new ones. */
static void dovecot_numbers_on_where_a_uid_is_broken(void **state)
{
	static const char *const broken[] = {
		M2("X-UID: 7\n"),     M2("X-UID: 1\n"), M2("X-UID: 8x\n"),
		M2("X-UID: 22\n"),    M2(""),           M2("X-UID: 0\n"),
		M2("X-UID: 8\n x\n"), M2("X-UID:\n"),   M2("X-UID: 8 9\n"),
	};
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(broken); i++) {
		(void)snprintf(text, sizeof(text), "%s%s%s",
		               M1(BASE "X-UID: 7\n"), broken[i],
		               M2("X-UID: 9\n") M2("X-UID: 23\n"));
		scan("dovecot", text);
		assert_found(4);
		assert_id(0, "0000000743ef424e");
		assert_doubtful(1, "0000001543ef424e");
		assert_doubtful(2, "0000001643ef424e");
		assert_doubtful(3, "0000001743ef424e");
	}
}

/* If its index had gone on from 20, it would believe none of these. */
static void dovecot_may_not_believe_a_uid_above_the_last(void **state)
{
	(void)state;
	scan("dovecot", M1(BASE "X-UID: 7\n") M2("X-UID: 20\n")
	                        M2("X-UID: 21\n") M2("X-UID: 22\n"));
	assert_found(4);
	assert_id(0, "0000000743ef424e");
	assert_id(1, "0000001443ef424e");
	assert_doubtful(2, "0000001543ef424e");
	assert_doubtful(3, "0000001643ef424e");
	/* What stands before the first doubt is certain. */
	scan("dovecot-v.u", M1(BASE "X-UID: 7\n") M2("X-UID: 9\n") M2(""));
	assert_found(3);
	assert_id(0, "1139753550.7");
	assert_id(1, "1139753550.9");
	assert_doubtful(2, "1139753550.21");
	/* Digests do not depend on numbers. */
	scan("dovecot-md5", M1("") M2(""));
	assert_found(2);
	assert_null(got[1].note);
}

static void dovecot_reads_fields_in_any_case_and_folded(void **state)
{
	(void)state;
	scan("dovecot", M1("x-imapBASE : 1139753550 \n 20 \nx-uid: 7 \n  \n"));
	assert_found(1);
	assert_id(0, "0000000743ef424e");
	scan("dovecot", M1(BASE "X-UID: 7\nX-UID: 9\n"));
	assert_found(1);
	assert_id(0, "0000000743ef424e");
}

static void dovecot_trusts_a_content_length_that_fits(void **state)
{
	(void)state;
	scan("dovecot", FROM_A BASE "Content-Length: 50\nX-UID: 7\n\n"
	                            "text\n\n" FROM_B "\n" C);
	assert_found(2);
	assert_id(0, "0000000743ef424e");
	assert_doubtful(1, "0000001543ef424e");
	scan("dovecot", FROM_A BASE "Content-Length: 49\nX-UID: 7\n\n"
	                            "text\n\n" FROM_B "\n" C);
	assert_found(3);
	/* As where it goes to the end. */
	scan("dovecot", FROM_A BASE "Content-Length: 50\nX-UID: 7\n\n"
	                            "text\n\n" FROM_B "\n");
	assert_found(1);
}

static void dovecot_wants_a_from_line_first(void **state)
{
	(void)state;
	scan("dovecot", "\n" A);
	assert_int_equal(result, OLDID_REFUSED);
	scan("dovecot", "From nobody\n\n");
	assert_int_equal(result, OLDID_REFUSED);
	scan("dovecot-md5", A "text\n" FROM_C "\n");
	assert_found(2);
}

static void uw_skips_blanks_before_the_first_from_line(void **state)
{
	(void)state;
	scan("uw", "\r\n \t\n " M1(BASE "X-UID: 7\n"));
	assert_found(1);
	assert_int_equal(got[0].at, 6);
	assert_id(0, "43ef424e00000007");
	scan("uw", " \n");
	assert_found(0);
	scan("uw", "text\n");
	assert_int_equal(result, OLDID_REFUSED);
}

static void uw_takes_a_date_without_seconds(void **state)
{
	(void)state;
	scan("uw", "From a Thu Jan  2 03:04 2020\n" BASE "X-UID: 7\n\n"
	           "From b Thu Jan  2 03:04 EST 2020\n\n"
	           "From Thu Jan  2 03:04 2020\n\n"
	           "From Thu Jan  2 03:04 +0100 2020\n\n"
	           "From Jan  2 03:04:05 EST 2020\n\n"
	           "From c Thu Jan  2 03:04:05 2020 remote from d\n\n");
	assert_found(4);
	assert_id(0, "43ef424e00000007");
}

static void reads_crlf_mailboxes(void **state)
{
	static const char text[] =
		"From a@b Thu Jan  2 03:04:05 2020\r\n"
		"X-IMAPbase: 1139753550 0000000020\r\nX-UID: 1\r\n\r\n\r\n"
		"From a@b Thu Jan  2 03:04:05 2020\r\nX-UID: 7\r\n\r\n\r\n";
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(orders); i++) {
		scan(orders[i].name, text);
		assert_found(2);
		assert_id(0, orders[i].one);
		assert_id(1, orders[i].seven);
	}
}

static void reads_a_last_line_without_lf(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(orders); i++) {
		scan(orders[i].name, FROM_A BASE "X-UID: 7");
		assert_found(1);
		assert_id(0, orders[i].seven);
	}
}

/* From_ lines of each length, where no server's buffer ends. */
static void reads_long_from_lines(void **state)
{
	static const char date[] = " Thu Jan  2 03:04:05 2020\n"
				   "X-IMAPbase: 1139753550 20\nX-UID: 7\n\n\n";
	static const size_t lengths[] = {1023, 1024, 2000, 5000, 200000};
	size_t i, n;
	char *text;

	(void)state;
	for (i = 0; i < LENGTH(lengths); i++) {
		n = lengths[i];
		text = malloc(n + sizeof(date));
		assert_non_null(text);
		memset(text, 'x', n);
		memcpy(text, "From ", 5);
		memcpy(text + n, date, sizeof(date));
		scan("uw", text);
		assert_found(1);
		assert_id(0, "43ef424e00000007");
		text[n / 2] = '\0';
		scan_octets("popa3d", text, n + sizeof(date) - 1);
		assert_found(1);
		assert_id(0, "d98c1dd404b2008f");
		scan_octets("openbsd", text, n + sizeof(date) - 1);
		assert_found(1);
		free(text);
	}
}

/* No format takes memory or time for what anybody may write. */
static void ends_on_any_octets(void **state)
{
	const struct oldid_format *f;
	static char text[100000];
	uint64_t seed = 1;
	size_t i, round;

	(void)state;
	for (round = 0; round < 4; round++)
		for (f = oldid_formats; f->name; f++) {
			memset(text, round == 0 ? '\0' : "x\n "[round - 1],
			       sizeof(text));
			memcpy(text, A, strlen(A));
			for (i = 0; i < 50; i++)
				text[strlen(A) + support_below(&seed, 9000)] =
					(char)support_random(&seed);
			scan_octets(f->name, text, sizeof(text));
			assert_true(result == 0 || result == OLDID_REFUSED);
		}
}

static int stop_at_once(void *to, const struct oldid *o)
{
	(void)to;
	(void)o;
	return 7;
}

static void ends_when_it_is_told_to(void **state)
{
	const struct oldid_format *f;
	int fd = support_file(A B C, strlen(A B C));

	(void)state;
	for (f = oldid_formats; f->name; f++)
		assert_int_equal(oldid_scan(f, fd, (off_t)strlen(A B C),
		                            stop_at_once, NULL),
		                 7);
	assert_int_equal(close(fd), 0);
	for (f = oldid_formats; f->name; f++) {
		errno = 0;
		assert_int_equal(oldid_scan(f, fd, 9, stop_at_once, NULL), -1);
		assert_int_equal(errno, EBADF);
	}
}

/* The file is shorter than it was: what is there is read. */
static void reads_a_file_that_was_cut(void **state)
{
	int fd = support_file(A, strlen(A));

	(void)state;
	found = 0;
	assert_int_equal(
		oldid_scan(oldid_format("popa3d"), fd, 100000, keep, got), 0);
	assert_int_equal(found, 1);
	assert_int_equal(close(fd), 0);
}

static struct oldid_guess guess(const char *text)
{
	struct oldid_guess g;
	int fd = support_file(text, strlen(text));

	assert_int_equal(oldid_guess(fd, (off_t)strlen(text), &g), 0);
	assert_int_equal(close(fd), 0);
	return g;
}

static void guesses_only_what_the_mailbox_proves(void **state)
{
	struct oldid_guess g;

	(void)state;
	g = guess(A B C);
	assert_null(g.format);
	assert_non_null(strstr(g.reason, "0 of 3 messages have an X-UIDL"));
	g = guess(M1("X-UIDL: a\n") M2("X-UIDL: b\n") C);
	assert_non_null(g.format);
	assert_string_equal(g.format->name, "x-uidl");
	assert_string_equal(g.reason, "2 of 3 messages have an X-UIDL");
	g = guess(M1("X-UIDL: a\n") C);
	assert_null(g.format);
	g = guess(M1(BASE "X-UID: 1\nX-UIDL: a\n") M2("X-UID: 2\n"));
	assert_null(g.format);
	assert_non_null(strstr(g.reason, "2 messages have an X-UID"));
	g = guess("");
	assert_null(g.format);
	g = guess("text\n");
	assert_null(g.format);
}

static void tells_why_it_cannot_look(void **state)
{
	struct oldid_guess g;

	(void)state;
	assert_int_equal(oldid_guess(-1, 9, &g), -1);
	assert_int_equal(errno, EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(computes_the_ids_of_each_server),
		cmocka_unit_test(names_all_formats),
		cmocka_unit_test(finds_nothing_in_an_empty_mailbox),
		cmocka_unit_test(popa3d_wants_a_from_line_first),
		cmocka_unit_test(popa3d_takes_any_from_line_behind_a_blank_one),
		cmocka_unit_test(popa3d_sees_one_message_in_a_crlf_mailbox),
		cmocka_unit_test(popa3d_hashes_fields_before_received),
		cmocka_unit_test(solid_wants_28_octets_and_no_blank_line),
		cmocka_unit_test(solid_refuses_a_mailbox_that_ends_in_a_line),
		cmocka_unit_test(tpop3d_hashes_512_octets),
		cmocka_unit_test(tpop3d_does_not_look_at_the_first_line),
		cmocka_unit_test(openbsd_takes_any_from_line),
		cmocka_unit_test(teapop_wants_a_date_and_no_blank_line),
		cmocka_unit_test(teapop_leaves_out_status_anywhere),
		cmocka_unit_test(teapop_hashes_1023_octets_of_a_line),
		cmocka_unit_test(teapop_hashes_nul_as_a_question_mark),
		cmocka_unit_test(qpopper_believes_x_uidl_of_12_to_31_octets),
		cmocka_unit_test(qpopper_wants_a_blank_line_and_a_date),
		cmocka_unit_test(qpopper_cuts_long_lines),
		cmocka_unit_test(vm_pop3d_takes_the_message_id),
		cmocka_unit_test(reads_x_uidl),
		cmocka_unit_test(reads_x_uidl_of_each_length),
		cmocka_unit_test(reads_uids_in_each_order),
		cmocka_unit_test(hides_the_internal_message),
		cmocka_unit_test(knows_no_uid_without_x_imapbase),
		cmocka_unit_test(x_uid_must_stand_behind_x_imapbase),
		cmocka_unit_test(uw_numbers_anew_when_uids_do_not_rise),
		cmocka_unit_test(uw_takes_a_uid_above_the_last),
		cmocka_unit_test(uw_minds_case_and_spaces),
		cmocka_unit_test(dovecot_numbers_on_where_a_uid_is_broken),
		cmocka_unit_test(dovecot_may_not_believe_a_uid_above_the_last),
		cmocka_unit_test(dovecot_reads_fields_in_any_case_and_folded),
		cmocka_unit_test(dovecot_trusts_a_content_length_that_fits),
		cmocka_unit_test(dovecot_wants_a_from_line_first),
		cmocka_unit_test(uw_skips_blanks_before_the_first_from_line),
		cmocka_unit_test(uw_takes_a_date_without_seconds),
		cmocka_unit_test(reads_crlf_mailboxes),
		cmocka_unit_test(reads_a_last_line_without_lf),
		cmocka_unit_test(reads_long_from_lines),
		cmocka_unit_test(ends_on_any_octets),
		cmocka_unit_test(ends_when_it_is_told_to),
		cmocka_unit_test(reads_a_file_that_was_cut),
		cmocka_unit_test(guesses_only_what_the_mailbox_proves),
		cmocka_unit_test(tells_why_it_cannot_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
