/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>

#include "adopt/passwords.h"

static char path[] = "/tmp/onepop-passwords-XXXXXX";
static struct passwords p;

static int make(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int drop(void **state)
{
	(void)state;
	return unlink(path);
}

static const char *read_octets(const char *octets, size_t n, mode_t mode)
{
	FILE *f;

	(void)unlink(path); /* it may be one that we may not write */
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(octets, 1, n, f), n);
	assert_int_equal(fchmod(fileno(f), mode), 0);
	assert_int_equal(fclose(f), 0);
	return passwords_read(&p, path);
}

static const char *read_text(const char *text)
{
	return read_octets(text, strlen(text), 0600);
}

static void assert_password(const char *login, const char *wanted)
{
	char found[16];

	assert_int_equal(passwords_find(&p, login, found, sizeof(found)),
	                 wanted ? 0 : -1);
	if (wanted)
		assert_string_equal(found, wanted);
}

static void one_line_is_for_all(void **state)
{
	(void)state;
	assert_null(read_text("a:b c\n"));
	assert_password("alice", "a:b c");
	assert_password("b c", "a:b c");
	assert_null(read_text("secret"));
	assert_password("bob", "secret");
}

static void several_lines_are_for_one_each(void **state)
{
	(void)state;
	assert_null(read_text("alice:one\nbob*master:a:b\nal:two"));
	assert_password("alice", "one");
	assert_password("bob*master", "a:b");
	assert_password("al", "two");
	assert_password("bob", NULL);
	assert_password("", NULL);
	assert_password("alice:one", NULL);
}

static void one_line_may_be_for_one(void **state)
{
	(void)state;
	assert_null(read_text("alice:one\n"));
	assert_password("alice", "one");
}

static void one_that_is_empty_or_does_not_fit_is_none(void **state)
{
	(void)state;
	assert_null(read_text("alice:\nbob:0123456789012345\ncarol:"
	                      "012345678901234\n"));
	assert_password("alice", NULL);
	assert_password("bob", NULL);
	assert_password("carol", "012345678901234");
}

static void others_may_not_read_it(void **state)
{
	(void)state;
	assert_non_null(strstr(read_octets("x\n", 2, 0640), "chmod 600"));
	assert_non_null(strstr(read_octets("x\n", 2, 0604), "chmod 600"));
	assert_non_null(strstr(read_octets("x\n", 2, 0620), "chmod 600"));
	assert_null(read_octets("x\n", 2, 0400));
}

static void what_cannot_be_sent_is_refused(void **state)
{
	(void)state;
	assert_non_null(read_text(""));
	assert_non_null(read_text("\n"));
	assert_non_null(read_text("\nalice:a\n"));
	assert_non_null(read_text("secret\r\n"));
	assert_non_null(read_octets("sec\0ret", 7, 0600));
	assert_non_null(read_text("alice:a\nsecret\n"));
	assert_null(read_text("s\xc3\xbc\xc3\x9f\n"));
}

static void a_file_that_is_not_there_is_told(void **state)
{
	(void)state;
	assert_string_equal(passwords_read(&p, "/nonexistent"),
	                    "No such file or directory");
}

static void nothing_stays_when_it_is_wiped(void **state)
{
	static const struct passwords wiped;

	(void)state;
	assert_null(read_text("secret\n"));
	passwords_wipe(&p);
	assert_memory_equal(&p, &wiped, sizeof(p));
	assert_password("alice", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_is_for_all),
		cmocka_unit_test(several_lines_are_for_one_each),
		cmocka_unit_test(one_line_may_be_for_one),
		cmocka_unit_test(one_that_is_empty_or_does_not_fit_is_none),
		cmocka_unit_test(others_may_not_read_it),
		cmocka_unit_test(what_cannot_be_sent_is_refused),
		cmocka_unit_test(a_file_that_is_not_there_is_told),
		cmocka_unit_test(nothing_stays_when_it_is_wiped),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
