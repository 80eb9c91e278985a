/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "adopt/idlist.h"
#include "adopt/oldserver.h"

/* What the server answers, whatever it is asked, in pieces of so many octets;
 * and what it was asked. */
static const char *answers;
static size_t answers_n, piece;
static int end_of_answers; /* 0: closed, else errno */
static char asked[65536];
static size_t asked_n;

static ssize_t read_answers(void *connection, void *buf, size_t n)
{
	(void)connection;
	if (answers_n == 0) {
		errno = end_of_answers;
		return end_of_answers ? -1 : 0;
	}
	n = n < piece ? n : piece;
	n = n < answers_n ? n : answers_n;
	memcpy(buf, answers, n);
	answers += n;
	answers_n -= n;
	return (ssize_t)n;
}

static ssize_t write_asked(void *connection, const void *buf, size_t n)
{
	(void)connection;
	n = n < piece ? n : piece;
	assert_true(asked_n + n < sizeof(asked));
	memcpy(asked + asked_n, buf, n);
	asked_n += n;
	return (ssize_t)n;
}

/* What was told: ids, each in brackets, and for each key an octet. */
static char ids[4096], keys[256];
static struct headerkey first_key;
static bool is_full;

static int take_id(void *to, const char *id, size_t n)
{
	const size_t at = strlen(ids);

	(void)to;
	errno = EFBIG;
	if (is_full)
		return -1;
	(void)snprintf(ids + at, sizeof(ids) - at, "<%.*s>", (int)n, id);
	return 0;
}

static int take_key(void *to, const struct headerkey *key)
{
	(void)to;
	if (!*keys)
		first_key = *key;
	(void)strcat(keys, key->some ? "k" : "-");
	return 0;
}

static char problem[OLDSERVER_PROBLEM];
static struct oldserver_login as;

static enum oldserver_end ask(const char *text, size_t n)
{
	const struct oldserver_wire wire = {read_answers, write_asked, NULL};
	const struct oldserver_told told = {take_id, take_key, NULL};

	answers = text;
	answers_n = n;
	asked_n = 0;
	*ids = *keys = '\0';
	as = (struct oldserver_login){"alice", "secret"};
	return oldserver_ask(&wire, &as, &told, problem);
}

#define ASK(text) ask(text, sizeof(text) - 1)

#define LOGIN "+OK\r\n+OK\r\n"
#define CAPA  "+OK\r\nTOP\r\npipelining\r\n.\r\n"
#define UIDL  "+OK\r\n1 a\r\n2 b\r\n.\r\n"
#define TOP   "+OK\r\nSubject: x\r\n\r\n.\r\n"
#define QUIT  "+OK\r\n"

static int begin(void **state)
{
	(void)state;
	piece = SIZE_MAX;
	end_of_answers = 0;
	is_full = false;
	return 0;
}

static void assert_asked(const char *text)
{
	assert_int_equal(asked_n, strlen(text));
	assert_memory_equal(asked, text, asked_n);
}

static void assert_whole(void)
{
	assert_int_equal(ASK(LOGIN CAPA UIDL TOP TOP QUIT), OLDSERVER_DONE);
	assert_string_equal(ids, "<a><b>");
	assert_string_equal(keys, "kk");
	assert_asked("USER alice\r\nPASS secret\r\nCAPA\r\nUIDL\r\n"
	             "TOP 1 0\r\nTOP 2 0\r\nQUIT\r\n");
	assert_int_equal(answers_n, 0);
}

static void it_asks_for_each_message(void **state)
{
	(void)state;
	assert_whole();
}

static void octets_come_one_by_one(void **state)
{
	(void)state;
	piece = 1;
	assert_whole();
}

static void the_password_is_wiped(void **state)
{
	static const struct oldserver_login wiped;

	(void)state;
	assert_whole();
	assert_memory_equal(as.password, wiped.password, sizeof(as.password));
}

static void lines_may_end_with_lf_alone(void **state)
{
	(void)state;
	assert_int_equal(ASK("+OK\n+OK\n-ERR\n+OK\n1 a\n.\n+OK\nA: b\n\n.\n"
	                     "+OK\n"),
	                 OLDSERVER_DONE);
	assert_string_equal(ids, "<a>");
	assert_string_equal(keys, "k");
}

/* Returns the key of the header that is sent as octets. */
static struct headerkey key_of(const char *octets)
{
	char text[1024];
	const int n = snprintf(text, sizeof(text),
	                       LOGIN "-ERR\r\n+OK\r\n1 a\r\n.\r\n"
	                             "+OK\r\n%s\r\n.\r\n" QUIT,
	                       octets);

	assert_int_equal(ask(text, (size_t)n), OLDSERVER_DONE);
	return first_key;
}

static void a_dot_that_was_added_is_taken_away(void **state)
{
	struct headerkey_state *s = headerkey_new();
	struct headerkey wanted, found;

	(void)state;
	headerkey_begin(s, HEADERKEY_HEADER);
	assert_true(headerkey_add(s, ".: x\n.\n", 7));
	wanted = headerkey_end(s);
	headerkey_free(s);
	found = key_of("..: x\r\n..\r\n");
	assert_true(found.some);
	assert_int_equal(headerkey_compare(&wanted, &found), 0);
}

static void a_message_without_a_header_has_no_key(void **state)
{
	(void)state;
	assert_false(key_of("").some);
}

static void an_id_that_is_not_allowed_is_none(void **state)
{
	static const char text[] = LOGIN CAPA
		"+OK\r\n1 \r\n2 a b\r\n3 a\0b\r\n4 \x7f\r\n5   fine\r\n"
		"6 1234567890123456789012345678901234567890123456789012345678901"
		"2345678901\r\n.\r\n" TOP TOP TOP TOP TOP TOP QUIT;

	(void)state;
	assert_int_equal(ASK(text), OLDSERVER_DONE);
	assert_string_equal(ids, "<><><><><fine><>");
}

static void a_line_longer_than_the_buffer_is_no_id(void **state)
{
	static char text[1 << 20];
	size_t n, k;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text),
	                     LOGIN "-ERR\r\n+OK\r\n1 a\r\n2 ");
	memset(text + n, 'x', 100000);
	/* What looks like a line's start, or the end, where a piece begins. */
	for (k = 0; k < 100000; k += 2)
		text[n + k] = '.';
	n += 100000;
	n += (size_t)snprintf(text + n, sizeof(text) - n,
	                      "\r\n3 c\r\n.\r\n" TOP TOP TOP QUIT);
	assert_int_equal(ask(text, n), OLDSERVER_DONE);
	assert_string_equal(ids, "<a><><c>");
}

static void assert_failed(enum oldserver_end end, const char *said)
{
	assert_int_equal(end, OLDSERVER_FAILED);
	assert_string_equal(problem, said);
}

static void a_login_that_is_refused_is_told_apart(void **state)
{
	(void)state;
	assert_int_equal(ASK("+OK\r\n-ERR [AUTH] no\1\r\n"), OLDSERVER_REFUSED);
	assert_string_equal(problem, "login: -ERR [AUTH] no?");
	assert_int_equal(ASK("-ERR nobody\r\n"), OLDSERVER_REFUSED);
	assert_asked("USER alice\r\n");
	assert_int_equal(ASK("+OK\r\n-ERR not secret\r\n"), OLDSERVER_REFUSED);
	assert_string_equal(problem,
	                    "login: the server's answer repeats the password");
	assert_failed(ASK("+OK\r\nnot secret\r\n"),
	              "login: the server's answer is not POP3");
}

static void an_end_is_told_with_its_step(void **state)
{
	(void)state;
	assert_failed(ASK(""), "login: the server closed the connection");
	assert_failed(ASK("+OK\r\n"),
	              "login: the server closed the connection");
	assert_failed(ASK(LOGIN CAPA),
	              "UIDL: the server closed the connection");
	assert_failed(ASK(LOGIN CAPA UIDL TOP "+OK\r\nA: b\r\n"),
	              "TOP 2 0: the server closed the connection");
	end_of_answers = ETIMEDOUT;
	assert_failed(ASK(LOGIN CAPA "+OK\r\n1"),
	              "UIDL: the server does not answer");
	end_of_answers = ECONNRESET;
	assert_failed(ASK(LOGIN), "CAPA: Connection reset by peer");
}

static void an_error_after_the_login_fails(void **state)
{
	(void)state;
	assert_failed(ASK(LOGIN CAPA "-ERR no\r\n" QUIT), "UIDL: -ERR no");
	assert_failed(ASK(LOGIN CAPA UIDL TOP "-ERR gone\r\n" QUIT),
	              "TOP 2 0: -ERR gone");
	is_full = true;
	assert_failed(ASK(LOGIN CAPA UIDL), "UIDL: File too large");
}

static void numbers_are_in_order(void **state)
{
	static const char *const wrong[] = {
		"2 a", "0 a", "01 a", "-1 a",         "1",
		"",    "a",   "1\ta", "4294967297 a", "99999999999999999999 a"};
	char text[256];
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		n = snprintf(text, sizeof(text),
		             LOGIN CAPA "+OK\r\n%s\r\n.\r\n", wrong[i]);
		assert_failed(ask(text, (size_t)n),
		              "UIDL: the server's list is out of order");
	}
}

/* Answers with the octets of what over and over, after before. */
static enum oldserver_end ask_endless(const char *before, const char *what)
{
	const size_t most = 2 << 20, n = strlen(what);
	char *const text = malloc(most);
	size_t at = strlen(before);
	enum oldserver_end end;

	assert_non_null(text);
	memcpy(text, before, at);
	for (; at + n <= most; at += n)
		memcpy(text + at, what, n);
	end = ask(text, at);
	free(text);
	return end;
}

static void no_answer_is_endless(void **state)
{
	(void)state;
	assert_failed(ask_endless("", "x"),
	              "login: the server's answer has no end");
	assert_failed(ask_endless(LOGIN "+OK\r\n", "X\r\n"),
	              "CAPA: the server's answer has no end");
	assert_failed(ask_endless(LOGIN CAPA UIDL "+OK\r\n", "A: b\r\n"),
	              "TOP 1 0: the server's answer has no end");
	assert_failed(ask_endless(LOGIN CAPA UIDL "+OK\r\n", "x"),
	              "TOP 1 0: the server's answer has no end");
}

static void a_url_names_a_host_and_a_port(void **state)
{
	static const char *const good[] = {
		"pop3://a",     "pop3s://a.example.org", "pop3s://a:995",
		"pop3://[::1]", "pop3://[fe80::1]:110",  "pop3://127.0.0.1:1"};
	static const char *const bad[] = {
		"",           "a",           "imap://a",      "pop3:a",
		"pop3://",    "pop3:///a",   "pop3://a/b",    "pop3://a:0x1",
		"pop3://a:",  "pop3://u@a",  "pop3://a b",    "pop3s://[::1",
		"pop3://[]x", "pop3://a?x",  "pop3://a\r\nx", "pop3s://[::1]x",
		"pop3://[a",  "pop3://a:1/", "POP3://a"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_null(oldserver_url_problem(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(oldserver_url_problem(bad[i]));
}

static void passwords_are_safe_on_this_host_or_with_tls(void **state)
{
	(void)state;
	assert_true(oldserver_url_is_safe("pop3s://a"));
	assert_true(oldserver_url_is_safe("pop3://127.0.0.1:1110"));
	assert_true(oldserver_url_is_safe("pop3://127.9.9.9"));
	assert_true(oldserver_url_is_safe("pop3://[::1]:110"));
	assert_true(oldserver_url_is_safe("pop3://LOCALHOST"));
	assert_false(oldserver_url_is_safe("pop3://localhost.example"));
	assert_false(oldserver_url_is_safe("pop3://127.0.0.1.example"));
	assert_false(oldserver_url_is_safe("pop3://[::2]"));
	assert_false(oldserver_url_is_safe("pop3://192.0.2.1"));
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_asks_for_each_message),
		TEST(octets_come_one_by_one),
		TEST(the_password_is_wiped),
		TEST(lines_may_end_with_lf_alone),
		TEST(a_dot_that_was_added_is_taken_away),
		TEST(a_message_without_a_header_has_no_key),
		TEST(an_id_that_is_not_allowed_is_none),
		TEST(a_line_longer_than_the_buffer_is_no_id),
		TEST(a_login_that_is_refused_is_told_apart),
		TEST(an_end_is_told_with_its_step),
		TEST(an_error_after_the_login_fails),
		TEST(numbers_are_in_order),
		TEST(no_answer_is_endless),
		TEST(a_url_names_a_host_and_a_port),
		TEST(passwords_are_safe_on_this_host_or_with_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
