/* SPDX-License-Identifier: ISC */
/* Wraps: deadline_left */
#include "support.h"

#include <sysexits.h>
#include <time.h>

#include "base/deadline.h"
#include "usage/usage.h"

int __wrap_deadline_left(deadline_t d);

static bool late; /* the time is up */

int __wrap_deadline_left(deadline_t d)
{
	(void)d;
	return late ? 0 : 1000;
}

static char *top;
static char path[128], said[65536];
static struct options o = {.start_user = "root"};

static void write_log(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Runs the command, and takes what it prints.  Returns the exit status. */
static int run(const struct usage *u)
{
	int saved, fd, status;
	ssize_t n;

	assert_null(usage_problem(u));
	(void)fflush(stdout);
	saved = dup(STDOUT_FILENO);
	fd = support_file("", 0);
	assert_true(saved >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	usage_begin(u);
	status = usage_run(&o, u);
	(void)fflush(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	(void)close(saved);
	n = pread(fd, said, sizeof(said) - 1, 0);
	assert_true(n >= 0);
	said[n] = '\0';
	(void)close(fd);
	return status;
}

/* What is printed behind the first line, which has the present time. */
static const char *body(void)
{
	const char *p = strchr(said, '\n');

	assert_non_null(p);
	return p + 1;
}

#define AT(time) "2026-11-28T" time "Z h onepop[1]: "

static const char lines[] = AT("07:00:00") "login ok: rip=192.0.2.7 tls=TLSv1.3 user=\"al\"\n" AT(
	"07:01:00") "session end: rip=192.0.2.7 reason=quit retr=2/30000 "
		    "user=\"al\"\n" AT(
			    "08:00:00") "login ok: rip=2001:db8:1111:2222:3333:4444:5555:6666 "
					"tls=no/trusted user=\"a.very.long.name\"\n" AT(
						"08:01:00") "session end: rip=2001:db8::1 reason=hangup retr=0/0 "
							    "user=\"a.very.long.name\"\n" AT("08:02:00") "login failed: rip=192.0.2.9 reason=auth user=?\n" AT("08:03:00") "login failed: rip=192.0.2.9 reason=auth user=?\n" AT(
								    "09:00:00") "mailbox error: reason=\"it is no mbox file\" "
										"user=\"bob\"\n"
										"garbage\n"
										"2025-01-01T00:00:00Z h onepop[1]: login ok: user=\"old\"\n";

static void people_read_tables(void **state)
{
	const struct usage u = {.since = "2026-11-01", .file = path};
	static const char want[] =
		"\n"
		"User           Last login       Logins Messages  Size TLS"
		"       Address\n"
		"a.very.long.na 2026-11-28 08:00      1        0     0 "
		"no/trusted\n"
		"                                        "
		"2001:db8:1111:2222:3333:4444:5555:6666\n"
		"al             2026-11-28 07:00      1        2   29K "
		"TLSv1.3   192.0.2.7\n"
		"\n"
		"Failures\n"
		"       2  2026-11-28 08:03  192.0.2.9"
		"                                auth\n"
		"\n"
		"Sessions without QUIT\n"
		"       1  2026-11-28 08:01  a.very.long.name"
		"                         hangup\n"
		"\n"
		"Mailbox errors\n"
		"       1  2026-11-28 09:00  bob"
		"                                    \n"
		"          it is no mbox file\n"
		"\n"
		"Hour   Logins Failures\n";
	const char *hours;

	(void)state;
	write_log(lines);
	assert_int_equal(run(&u), 0);
	hours = strstr(body(), "\n00   ");
	assert_non_null(hours++);
	assert_int_equal(hours - body(), strlen(want));
	assert_memory_equal(body(), want, strlen(want));
	assert_non_null(strstr(hours, "\n07          1        0  =\n"
	                              "08          1        2  =!!\n"));
}

static void no_line_is_longer_than_a_terminal(void **state)
{
	const struct usage u = {.since = "2026-11-01", .file = path};
	const char *p;
	FILE *f;
	int i;

	(void)state;
	write_log(lines);
	f = fopen(path, "a");
	assert_non_null(f);
	for (i = 0; i < 3000; i++)
		(void)fprintf(f,
		              AT("10:00:00") "login %s: reason=stls-injection "
		                             "rip=1111:2222:3333:4444:5555:"
		                             "6666:7777:8888 user=\"al\"\n",
		              i % 7 ? "ok" : "failed");
	(void)fprintf(f,
	              AT("10:00:00") "mailbox error: reason=\"%0300d\" "
	                             "user=\"%0300d\"\n",
	              1, 2);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(run(&u), 0);
	for (p = said; *p; p += strcspn(p, "\n") + 1)
		if (strcspn(p, "\n") > 80)
			fail_msg("longer: %.100s", p);
}

static void programs_read_json(void **state)
{
	const struct usage u = {.since = "2026-11-01",
	                        .file = path,
	                        .user = "al",
	                        .json = true};
	static const char want[] =
		"\"users\": [\n"
		"{\"user\": \"al\", \"count\": 1, \"last\": 1795849200, "
		"\"address\": \"192.0.2.7\", \"tls\": \"TLSv1.3\", "
		"\"messages\": 2, \"octets\": 30000}],\n"
		"\"users_without_row\": 0,\n"
		"\"failures\": [],\n\"failures_without_row\": 0,\n"
		"\"ends\": [],\n\"ends_without_row\": 0,\n"
		"\"mailbox_errors\": [],\n\"mailbox_errors_without_row\": 0,\n"
		"\"hours_logins\": [0, 0, 0, 0, 0, 0, 0, 1, 0, ";

	(void)state;
	write_log(lines);
	assert_int_equal(run(&u), 0);
	assert_memory_equal(body(), want, strlen(want));
	assert_non_null(strstr(said, "\"lines\": 2, \"untrusted\": 0,\n"));
}

static void text_of_others_is_escaped(void **state)
{
	const struct usage u = {
		.since = "2026-11-01", .file = path, .json = true};

	(void)state;
	write_log(AT("07:00:00") "login ok: rip=\"\\\"\" user=\"\\x1b[2J\"\n");
	assert_int_equal(run(&u), 0);
	assert_non_null(strstr(said, "\"user\": \"\\\\x1b[2J\""));
	assert_non_null(strstr(said, "\"address\": \"\\\\\\\"\""));
	write_log(AT("07:00:00") "login ok: user=\"\033[2J\"\n");
	assert_int_equal(run(&u), 0);
	assert_null(strchr(said, '\033'));
}

/* A line hides neither itself nor the next one. */
static void lines_of_any_length_are_read(void **state)
{
	const struct usage u = {.since = "2026-11-01", .file = path};
	FILE *f;

	(void)state;
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fprintf(f, AT("07:00:00") "login ok: user=\"%0100000d\"\n", 1);
	(void)fputc('\0', f);
	(void)fprintf(f, "x\n" AT("07:00:00") "login ok: user=\"al\"");
	assert_int_equal(fclose(f), 0);
	assert_int_equal(run(&u), 0);
	assert_non_null(strstr(said, ": 1 lines\n"));
	assert_non_null(strstr(said, "\nal "));
}

static void when_the_time_is_up_the_rest_is_missing(void **state)
{
	struct usage u = {.since = "2026-11-01", .file = path};
	FILE *f;
	int i;

	(void)state;
	f = fopen(path, "w");
	assert_non_null(f);
	for (i = 0; i < 5000; i++)
		(void)fprintf(f, AT("07:00:00") "login ok: user=\"al\"\n");
	assert_int_equal(fclose(f), 0);
	late = true;
	assert_int_equal(run(&u), 1);
	assert_non_null(strstr(said, ": 1023 lines\n"));
	assert_non_null(strstr(said, "\nNot all was read: a minute was not "
	                             "enough; fix: a later --since\n"));
	u.json = true;
	assert_int_equal(run(&u), 1);
	assert_non_null(strstr(said, "\"stopped\": \"a minute was not"));
	late = false;
	assert_int_equal(run(&u), 0);
	assert_non_null(strstr(said, "\"lines\": 5000,"));
	assert_null(strstr(said, "stopped"));
}

static void a_file_that_cannot_be_read_is_a_problem(void **state)
{
	struct usage u = {.since = "2026-11-01", .file = "/nonexistent"};

	(void)state;
	assert_int_equal(run(&u), EX_NOINPUT);
}

static void a_time_that_is_none_is_wrong(void **state)
{
	const struct usage u = {.since = "soon"};

	(void)state;
	assert_non_null(usage_problem(&u));
}

static int set_up(void **state)
{
	(void)state;
	(void)setenv("TZ", "UTC", 1);
	tzset();
	top = support_directory("/tmp");
	(void)snprintf(path, sizeof(path), "%s/log", top);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_remove(top);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_read_tables),
		cmocka_unit_test(no_line_is_longer_than_a_terminal),
		cmocka_unit_test(programs_read_json),
		cmocka_unit_test(text_of_others_is_escaped),
		cmocka_unit_test(lines_of_any_length_are_read),
		cmocka_unit_test(when_the_time_is_up_the_rest_is_missing),
		cmocka_unit_test(a_file_that_cannot_be_read_is_a_problem),
		cmocka_unit_test(a_time_that_is_none_is_wrong),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
