/* SPDX-License-Identifier: ISC */
/* Wraps: adoptjoin_child module_symbol sandbox_client */
#include "support.h"

#include <errno.h>

#include "adopt/adoptjoin.h"
#include "adopt/askids.h"
#include "adopt/curl.h"
#include "adopt/idlist.h"
#include "adopt/passwords.h"
#include "base/fileio.h"
#include "base/module.h"
#include "config/options.h"
#include "sandbox/sandbox.h"

#define OUT  3    /* where the child writes */
#define TEXT 4096 /* where the ids begin */

static struct options o;
static struct passwords passwords;
static struct idlist list;
static struct adoptjoin join = {.list = &list};
static struct askids given;

/* A server that cannot be reached. */
static struct curl_connection *fail_open(const char *url, int seconds,
                                         char *problem, size_t size)
{
	(void)seconds;
	(void)snprintf(problem, size, "no\x1b%s", url);
	return NULL;
}

static const struct curl_module module = {.open = fail_open};
static bool is_missing;

void *__wrap_module_symbol(const char *name, const char *symbol,
                           const char **problem);

void *__wrap_module_symbol(const char *name, const char *symbol,
                           const char **problem)
{
	assert_string_equal(name, CURL_MODULE);
	assert_string_equal(symbol, CURL_SYMBOL);
	*problem = "not there";
	return is_missing ? NULL : (void *)(uintptr_t)&module;
}

/* What a child that a server has taken over writes, and how it ends. */
static struct askids_result forged;
static const char *forged_text;
static size_t forged_n;
static int forged_end;

const char *__wrap_sandbox_client(const struct options *opt);

const char *__wrap_sandbox_client(const struct options *opt)
{
	assert_ptr_equal(opt, &o);
	if (forged_end == 0)
		return NULL;
	if (fileio_pwrite(OUT, &forged, sizeof(forged), 0) < 0 ||
	    fileio_pwrite(OUT, forged_text, forged_n, TEXT) < 0)
		_exit(99);
	_exit(forged_end);
}

static int joined;

int __wrap_adoptjoin_child(void *with);

int __wrap_adoptjoin_child(void *with)
{
	static const struct oldserver_login wiped;
	static const struct passwords none;

	assert_ptr_equal(with, &join);
	/* The mailbox's owner must not find them. */
	assert_memory_equal(given.login.password, wiped.password,
	                    sizeof(wiped.password));
	assert_memory_equal(&passwords, &none, sizeof(none));
	joined++;
	return ADOPTJOIN_DONE;
}

static int begin(void **state)
{
	(void)state;
	if (askids_begin())
		return -1;
	memset(&forged, 0, sizeof(forged));
	forged_text = "";
	forged_n = 0;
	forged_end = 0;
	joined = 0;
	(void)snprintf(passwords.text, sizeof(passwords.text), "secret");
	idlist_init(&list, "pop3", HEADERKEY_HEADER);
	given = (struct askids){.options = &o,
	                        .url = "pop3://a",
	                        .login = {"alice", "secret"},
	                        .passwords = &passwords,
	                        .join = &join,
	                        .list = &list,
	                        .out = askids_file()};
	return given.out < 0 ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	idlist_free(&list);
	return close(given.out);
}

/* Has the child write that many messages, with n octets of ids and keys. */
static int forge(uint32_t messages, uint32_t octets, const char *text, size_t n)
{
	forged.messages = messages;
	forged.octets = octets;
	forged_text = text;
	forged_n = n;
	forged_end = ASKIDS_ASKED;
	return askids_join(&given);
}

#define KEY  "0123456789abcdef"
#define NONE "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void what_was_asked_becomes_a_list(void **state)
{
	static const char text[] = "a\n\nccc\nd\n" KEY KEY NONE KEY;

	(void)state;
	forged.unusable = 1;
	assert_int_equal(forge(4, 9, text, sizeof(text) - 1), ADOPTJOIN_DONE);
	assert_int_equal(joined, 1);
	assert_int_equal(list.n, 3);
	assert_string_equal(idlist_id(&list, 0), "a");
	assert_string_equal(idlist_id(&list, 1), "ccc");
	assert_string_equal(idlist_id(&list, 2), "d");
	assert_true(list.entries[0].key.some);
	assert_memory_equal(&list.entries[0].key.digest, KEY, 16);
	assert_false(list.entries[1].key.some);
	assert_true(list.entries[2].key.some);
}

static void no_messages_are_a_list(void **state)
{
	(void)state;
	assert_int_equal(forge(0, 0, "", 0), ADOPTJOIN_DONE);
	assert_int_equal(list.n, 0);
}

static void what_no_child_of_ours_writes_is_refused(void **state)
{
	static const struct {
		uint32_t messages, octets;
		const char *text;
	} wrong[] = {
		{IDLIST_MOST + 1, 2, "a\n"}, /* too many */
		{UINT32_MAX, 2, "a\n"},
		{1, UINT32_MAX, "a\n"}, /* too long */
		{2, 2, "a\n"},          /* fewer lines */
		{1, 1, "a\n"},          /* a line that has no end */
		{1, 3, "\x7f\n"},       /* ids that are not allowed */
		{1, 4, "a b\n"},
		{1, 72,
	         "12345678901234567890123456789012345678901234567890123456789"
	         "012345678901\n"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		idlist_free(&list);
		assert_int_equal(forge(wrong[i].messages, wrong[i].octets,
		                       wrong[i].text, strlen(wrong[i].text)),
		                 ADOPTJOIN_SILENT);
	}
	forged.unusable = 2;
	assert_int_equal(forge(1, 2, "a\n", 2), ADOPTJOIN_SILENT);
	assert_int_equal(joined, 0);
}

static void its_words_are_printed_clean(void **state)
{
	struct askids_result found;

	(void)state;
	memset(forged.problem, 'x', sizeof(forged.problem));
	forged.problem[1] = '\x1b';
	forged_end = ASKIDS_FAILED;
	assert_int_equal(askids_join(&given), ASKIDS_FAILED);
	assert_int_equal(askids_read(given.out, &found), 0);
	assert_int_equal(strlen(found.problem), sizeof(found.problem) - 1);
	assert_int_equal(found.problem[1], '?');
}

static void it_may_end_as_it_likes(void **state)
{
	struct askids_result found;
	static const int ends[] = {1, 2, 3, 15, 20, 255};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		forged_end = ends[i];
		assert_int_equal(askids_join(&given), ASKIDS_FAILED);
		assert_int_equal(askids_read(given.out, &found), 0);
		assert_string_equal(found.problem,
		                    "the process that asks the old server "
		                    "died");
	}
	assert_int_equal(joined, 0);
}

static void a_server_that_cannot_be_reached_is_told_so(void **state)
{
	struct askids_result found;

	(void)state;
	assert_int_equal(askids_join(&given), ASKIDS_SERVER);
	assert_int_equal(askids_read(given.out, &found), 0);
	assert_string_equal(found.problem, "connect: no?pop3://a");
}

static void the_result_cannot_grow(void **state)
{
	const off_t size = lseek(given.out, 0, SEEK_END);

	(void)state;
	assert_int_equal(pwrite(given.out, "x", 1, size), -1);
	assert_int_equal(ftruncate(given.out, size + 1), -1);
	assert_int_equal(ftruncate(given.out, 0), -1);
}

static void a_module_that_is_missing_is_told(void **state)
{
	(void)state;
	is_missing = true;
	assert_string_equal(askids_begin(), "not there");
	is_missing = false;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_asked_becomes_a_list),
		TEST(no_messages_are_a_list),
		TEST(what_no_child_of_ours_writes_is_refused),
		TEST(its_words_are_printed_clean),
		TEST(it_may_end_as_it_likes),
		TEST(a_server_that_cannot_be_reached_is_told_so),
		TEST(the_result_cannot_grow),
		TEST(a_module_that_is_missing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
