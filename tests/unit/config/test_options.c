/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/options.h"

#define ARGS_MAX 8
#define LONG     1024 /* octets that a line of the file may have */

static const char *why;
static char arg0[] = "onepop";
static char file[] = "/tmp/onepop-options-XXXXXX";

static void print_usage(void)
{
	(void)printf("Usage: onepop\n");
}

static struct options_program program = {
	.name = "onepop", .print_usage = print_usage, .page = "onepop(8)"};

/* Reads a command line of words set apart by blanks. */
static int read_words(struct options *o, const char *words)
{
	static char text[512],
		*argv[ARGS_MAX + 1]; /* o->words points into it */
	int argc = 1;
	char *p;

	memset(argv, 0, sizeof(argv));
	argv[0] = arg0;
	assert_true(strlen(words) < sizeof(text));
	memcpy(text, words, strlen(words) + 1);
	for (p = strtok(text, " "); p; p = strtok(NULL, " ")) {
		assert_true(argc < ARGS_MAX);
		argv[argc++] = p;
	}
	return options_read(o, &program, argc, argv, &why);
}

static void write_octets(const char *octets, size_t n)
{
	FILE *f;

	f = fopen(file, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(octets, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* Reads a file of n octets, and then more of the command line. */
static int read_octets(struct options *o, const char *octets, size_t n,
                       const char *words)
{
	char line[256];

	write_octets(octets, n);
	(void)snprintf(line, sizeof(line), "--config %s %s", file, words);
	return read_words(o, line);
}

static int read_text(struct options *o, const char *text, const char *words)
{
	return read_octets(o, text, strlen(text), words);
}

static void assert_why(const char *part)
{
	if (!strstr(why, part))
		fail_msg("\"%s\" is not in \"%s\"", part, why);
}

static int set_up(void **state)
{
	int fd;

	(void)state;
	(void)unsetenv("STATE_DIRECTORY");
	(void)unsetenv("RUNTIME_DIRECTORY");
	fd = mkstemp(file);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(file);
	return 0;
}

static void without_options_the_defaults_hold(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(read_text(&o, "", ""), 0);
	assert_string_equal(o.pam_service, "onepop");
	assert_null(o.pam_confdir);
	assert_string_equal(o.mailbox, "/var/mail/%u");
	assert_string_equal(o.account, "%u");
	assert_null(o.mail_user);
	assert_string_equal(o.state_dir, "/var/lib/onepop");
	assert_int_equal(o.lock_timeout, 20);
	assert_int_equal(o.idle_timeout, 600);
	assert_int_equal(o.login_timeout, 60);
	assert_int_equal(o.max_failures, 3);
	assert_int_equal(o.network_mailbox, 0);
	assert_int_equal(o.sandbox, SANDBOX_REQUIRE);
	assert_null(o.words[0]);
}

static void each_option_is_taken_from_the_command_line(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(read_text(&o, "",
	                           "--pam-service=pop --mailbox %h/mbox "
	                           "--max-failures 20"),
	                 0);
	assert_string_equal(o.pam_service, "pop");
	assert_string_equal(o.mailbox, "%h/mbox");
	assert_int_equal(o.max_failures, 20);
	assert_int_equal(read_text(&o, "",
	                           "--lock-timeout 120 --idle-timeout=86400 "
	                           "--login-timeout 10"),
	                 0);
	assert_int_equal(o.lock_timeout, 120);
	assert_int_equal(o.idle_timeout, 86400);
	assert_int_equal(o.login_timeout, 10);
}

static void each_option_is_taken_from_the_file(void **state)
{
	struct options o;
	static const char text[] = "# a comment\n"
				   "\n"
				   "   \t \n"
				   "  # another\n"
				   "pam-service pop\n"
				   "pam-confdir\t/etc/my pam.d  \t\n"
				   "mailbox /srv/%d/%n\r\n"
				   "account %Ln\n"
				   "  mail-user vmail\n"
				   "state-dir   /srv/state\n"
				   "lock-timeout 1\n"
				   "idle-timeout 900\n"
				   "login-timeout 600\n"
				   "network-mailbox allow\n"
				   "sandbox try\n"
				   "max-failures 1";

	(void)state;
	assert_int_equal(read_text(&o, text, ""), 0);
	assert_string_equal(o.pam_service, "pop");
	assert_string_equal(o.pam_confdir, "/etc/my pam.d");
	assert_string_equal(o.mailbox, "/srv/%d/%n");
	assert_string_equal(o.account, "%Ln");
	assert_string_equal(o.mail_user, "vmail");
	assert_string_equal(o.state_dir, "/srv/state");
	assert_int_equal(o.lock_timeout, 1);
	assert_int_equal(o.idle_timeout, 900);
	assert_int_equal(o.login_timeout, 600);
	assert_int_equal(o.network_mailbox, 1);
	assert_int_equal(o.sandbox, SANDBOX_TRY);
	assert_int_equal(o.max_failures, 1);
}

static void the_command_line_wins_over_the_file(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(read_text(&o, "max-failures 7\nmail-user vmail\n",
	                           "--max-failures 3"),
	                 0);
	assert_int_equal(o.max_failures, 3);
	assert_string_equal(o.mail_user, "vmail");
}

static void a_wrong_value_in_the_file_is_told_though_not_used(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(read_text(&o, "max-failures x\n", "--max-failures 3"),
	                 EX_CONFIG);
}

static void the_last_of_two_on_the_command_line_holds(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(read_text(&o, "", "--max-failures 4 --max-failures 5"),
	                 0);
	assert_int_equal(o.max_failures, 5);
}

static void words_may_stand_among_the_options_of_some_programs(void **state)
{
	struct options o;
	static const struct {
		const char *words, *user;
	} cases[] = {
		{"check", NULL},
		{"check alice", "alice"},
		{"check alice@example.org --max-failures 4",
	         "alice@example.org"},
		{"check --max-failures 4 alice", "alice"},
		{"--max-failures 4 check", NULL},
	};
	size_t i;

	(void)state;
	program.words = true;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_text(&o, "", cases[i].words), 0);
		assert_int_equal(o.max_failures,
		                 strchr(cases[i].words, '4') ? 4 : 3);
		assert_string_equal(o.words[0], "check");
		if (cases[i].user)
			assert_string_equal(o.words[1], cases[i].user);
		assert_null(o.words[cases[i].user ? 2 : 1]);
	}
	assert_int_equal(read_text(&o, "nonsense 1\n", "check"), EX_CONFIG);
	assert_string_equal(o.words[0], "check");
	program.words = false;
}

static void an_invocation_id_has_32_hexadecimal_digits(void **state)
{
	(void)state;
	assert_null(options_unit_problem("0123456789abcdef0123456789abcdef"));
	assert_string_equal(options_unit_problem("alice"), "must be 32 digits");
	assert_non_null(
		options_unit_problem("0123456789abcdef0123456789abcde"));
	assert_non_null(
		options_unit_problem("0123456789abcdef0123456789abcdefa"));
}

static void a_wrong_command_line_is_refused(void **state)
{
	struct options o;
	static const struct {
		const char *words, *why;
	} cases[] = {
		{"--nonsense", "--nonsense: no such option"},
		{"--nonsense=1", "--nonsense=1: no such option"},
		{"-x", "-x: no such option"},
		{"-xy", "-x: no such option"},
		{"--mailbox", "--mailbox: needs a value"},
		{"--help=x", "--help=x: takes no value"},
		{"--max-failures 0", "--max-failures: must be a number from 1"},
		{"--max-failures 21", "from 1 to 20"},
		{"--max-failures 03", "from 1 to 20"},
		{"--max-failures +3", "from 1 to 20"},
		{"--max-failures 3x", "from 1 to 20"},
		{"--max-failures=", "from 1 to 20"},
		{"--max-failures 4294967299", "from 1 to 20"},
		{"--idle-timeout 599", "from 600 to 86400 (seconds)"},
		{"--idle-timeout 86401", "--idle-timeout: must be"},
		{"--lock-timeout 121", "--lock-timeout: must be"},
		{"--login-timeout 9", "--login-timeout: must be"},
		{"--network-mailbox yes", "must be one of: refuse allow"},
		{"--sandbox on", "must be one of: require try off"},
		{"--mailbox mail/%u", "--mailbox: must begin with / or %h"},
		{"--mailbox %u", "--mailbox: must begin with / or %h"},
		{"--mailbox /%u", "--mailbox: must name a directory before the "
	                          "first %, or begin with %h"},
		{"--mailbox /x%h", "--mailbox: must name a directory before "
	                           "the first %, or begin with %h"},
		{"--home-dirs /", "--home-dirs: must be absolute paths, "
	                          "without /, empty, . or .. parts, separated "
	                          "by commas"},
		{"--mailbox /var/mail/%x", "--mailbox: "},
		{"--mailbox /var/mail/%Lh", "--mailbox: "},
		{"--mailbox /var/mail/%1n", "--mailbox: "},
		{"--account alice", "--account: must have %u or %n"},
		{"--account %h", "--account: may have %u, %n and %d only"},
		{"--account %1u", "--account: may have %u, %n and %d only"},
		{"--account /%u", "--account: makes no name"},
		{"--mailbox /var/mail/%", "--mailbox: "},
		{"--mailbox /var/../mail/%u", "--mailbox: "},
		{"--state-dir lib", "--state-dir: must begin with /"},
		{"--state-dir=", "--state-dir: must begin with /"},
		{"--pam-confdir x", "--pam-confdir: must begin with /"},
		{"--pam-service=", "--pam-service: is no name"},
		{"--pam-service ../x", "--pam-service: is no name"},
		{"--mail-user a:b", "--mail-user: is no name"},
		{"--mail-user user$", "--mail-user: is no name (letters, "
	                              "digits and . _ @ % + -)"},
		{"--config x", "--config: must begin with /"},
		{"stray", "stray: not an option"},
		{"--max-failures 3 stray", "stray: not an option"},
		{"--check", "--check: no such option"},
		{"--recover", "--recover: no such option"},
		{"check", "check: not an option"},
		{"-- x", "x: not an option"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_words(&o, cases[i].words), EX_USAGE);
		assert_why(cases[i].why);
	}
}

static void a_path_of_4096_octets_is_refused(void **state)
{
	static char arg[4096 + 16] = "--state-dir=";
	char *argv[] = {arg0, arg, NULL};
	struct options o;
	size_t n = strlen(arg);

	(void)state;
	memset(arg + n, '/', 4096);
	assert_int_equal(options_read(&o, &program, 2, argv, &why), EX_USAGE);
	assert_why("--state-dir: is too long");
}

static void a_wrong_file_is_refused_with_its_line(void **state)
{
	struct options o;
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"nonsense 1\n", ":1: nonsense: no such option"},
		{"\n#\nmax-failures 0", ":3: max-failures: must be"},
		{"max-failures\n", ":1: max-failures: needs a value"},
		{"max-failures   \t\n", ":1: max-failures: needs a value"},
		{"max-failures = 3\n", ":1: max-failures: must be"},
		{"--max-failures 3\n", ":1: --max-failures: no such option"},
		{"max-failures=3\n", ":1: max-failures=3: no such option"},
		{"max-failures 3 # three\n", ":1: max-failures: must be"},
		{"max-failures 3\nmax-failures 3\n",
	         ":2: max-failures: stands twice in this file"},
		{"check\n", ":1: check: no such option"},
		{"tls stls\n", ":1: tls: may stand on the command line only"},
		{"config /x\n", ":1: config: may stand on the command"},
		{"help\n", ":1: help: may stand on the command line only"},
		{"version\n", ":1: version: may stand on the command"},
		{"max-f 3\n", ":1: max-f: no such option"},
		{"mailbox %u\n", ":1: mailbox: must begin with / or %h"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_text(&o, cases[i].text, ""), EX_CONFIG);
		assert_why(cases[i].why);
		assert_ptr_equal(strstr(why, file), why);
	}
}

static void a_nul_in_the_file_is_refused(void **state)
{
	static const char text[] = "\nmax-failures 3\0\n";
	struct options o;

	(void)state;
	assert_int_equal(read_octets(&o, text, sizeof(text) - 1, ""),
	                 EX_CONFIG);
	assert_why(":2: line: has a NUL in it");
}

static void a_line_of_1024_octets_is_taken_and_one_of_1025_not(void **state)
{
	static char text[LONG + 2];
	struct options o;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = '#';
	text[LONG] = '\n';
	assert_int_equal(read_octets(&o, text, LONG + 1, ""), 0);
	text[LONG] = 'x';
	text[LONG + 1] = '\n';
	assert_int_equal(read_octets(&o, text, LONG + 2, ""), EX_CONFIG);
	assert_why(":1: line: is longer than 1024 octets");
}

static void a_file_of_64_kib_is_taken_and_a_larger_one_not(void **state)
{
	static char text[65536 + 1];
	struct options o;

	(void)state;
	memset(text, '\n', sizeof(text));
	memcpy(text + 65536 - 14, "max-failures 9", 14);
	assert_int_equal(read_octets(&o, text, 65536, ""), 0);
	assert_int_equal(o.max_failures, 9);
	assert_int_equal(read_octets(&o, text, sizeof(text), ""), EX_CONFIG);
	assert_why("larger than 64 KiB");
}

static void a_file_that_is_not_there_or_no_file_is_refused(void **state)
{
	struct options o;
	static const struct {
		const char *words, *why;
	} cases[] = {
		{"--config /nonexistent/onepop.conf",
	         "/nonexistent/onepop.conf: No such file"},
		{"--config /dev/zero", "/dev/zero: larger than 64 KiB"},
		{"--config /tmp", "/tmp: not a regular file"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_words(&o, cases[i].words), EX_CONFIG);
		assert_why(cases[i].why);
	}
}

static void the_null_device_is_an_empty_file(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(read_words(&o, "--config /dev/null"), 0);
	assert_int_equal(o.idle_timeout, 600);
}

static void a_fifo_as_file_is_refused_without_waiting(void **state)
{
	struct options o;
	char line[128];

	(void)state;
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	(void)snprintf(line, sizeof(line), "--config %s", file);
	assert_int_equal(read_words(&o, line), EX_CONFIG);
	assert_int_equal(unlink(file), 0);
	assert_why("not a regular file");
}

static void the_state_directory_of_systemd_is_taken(void **state)
{
	struct options o;
	static const struct {
		const char *value, *dir;
	} cases[] = {
		{"/run/a", "/run/a"},
		{"/run/a:/run/b", "/run/a"},
		{"", "/var/lib/onepop"},
		{"run/a", "/var/lib/onepop"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(setenv("STATE_DIRECTORY", cases[i].value, 1),
		                 0);
		assert_int_equal(read_text(&o, "", ""), 0);
		assert_string_equal(o.state_dir, cases[i].dir);
	}
	assert_int_equal(setenv("STATE_DIRECTORY", "/run/a", 1), 0);
	assert_int_equal(read_text(&o, "state-dir /srv/s", ""), 0);
	assert_string_equal(o.state_dir, "/srv/s");
	assert_int_equal(unsetenv("STATE_DIRECTORY"), 0);
}

static void the_run_directory_is_systemds_if_it_made_one(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(read_text(&o, "", ""), 0);
	assert_string_equal(o.run_dir, "/run/onepop");
	assert_int_equal(setenv("STATE_DIRECTORY", "/run/a", 1), 0);
	assert_int_equal(setenv("RUNTIME_DIRECTORY", "/run/b", 1), 0);
	assert_int_equal(read_text(&o, "", ""), 0);
	assert_string_equal(o.state_dir, "/run/a");
	assert_string_equal(o.run_dir, "/run/b");
	assert_int_equal(unsetenv("STATE_DIRECTORY"), 0);
	assert_int_equal(unsetenv("RUNTIME_DIRECTORY"), 0);
}

static void a_state_directory_too_long_for_a_path_is_not_taken(void **state)
{
	static char value[8192];
	struct options o;

	(void)state;
	memset(value, '/', sizeof(value) - 1);
	assert_int_equal(setenv("STATE_DIRECTORY", value, 1), 0);
	assert_int_equal(read_text(&o, "", ""), 0);
	assert_string_equal(o.state_dir, "/var/lib/onepop");
	assert_int_equal(unsetenv("STATE_DIRECTORY"), 0);
}

/* Runs a command line with standard output in a file, and reads that. */
static int printed(const char *words, const char *to, char *buf, size_t size)
{
	struct options o;
	int saved, status;
	FILE *f;
	size_t n;

	saved = dup(STDOUT_FILENO);
	(void)fflush(stdout);
	f = fopen(to, "w+");
	assert_non_null(f);
	assert_true(dup2(fileno(f), STDOUT_FILENO) >= 0);
	status = read_words(&o, words);
	(void)fflush(stdout);
	clearerr(stdout);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	(void)close(saved);
	rewind(f);
	n = fread(buf, 1, size - 1, f);
	buf[n] = '\0';
	(void)fclose(f);
	return status;
}

static void version_is_printed(void **state)
{
	char text[128];

	(void)state;
	assert_int_equal(printed("--version", file, text, sizeof(text)),
	                 OPTIONS_DONE);
	assert_string_equal(text, "onepop " ONEPOP_VERSION "\n");
}

static void help_names_every_option_and_its_default(void **state)
{
	const struct options_row *row;
	static char text[8192];
	char name[64];

	(void)state;
	assert_int_equal(printed("--help", file, text, sizeof(text)),
	                 OPTIONS_DONE);
	for (row = options_rows; row->name; row++) {
		(void)snprintf(name, sizeof(name), "\n  --%s ", row->name);
		assert_non_null(strstr(text, name));
		assert_non_null(strstr(text, row->help));
		if (row->fallback)
			assert_non_null(strstr(text, row->fallback));
	}
}

static void no_line_of_help_is_longer_than_a_terminal(void **state)
{
	static char text[8192];
	char *line;

	(void)state;
	assert_int_equal(printed("--help", file, text, sizeof(text)),
	                 OPTIONS_DONE);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_in_range(strlen(line), 1, 80);
}

static void help_says_so_where_it_cannot_be_printed(void **state)
{
	char text[8];

	(void)state;
	assert_int_equal(printed("--help", "/dev/full", text, sizeof(text)),
	                 EX_IOERR);
	assert_why("standard output: ");
}

static void every_default_is_a_value_that_would_be_taken(void **state)
{
	const struct options_row *row;
	struct options o;

	(void)state;
	for (row = options_rows; row->name; row++)
		if (row->fallback)
			assert_null(options_set(row, &o, row->fallback));
}

static void every_number_is_bounded_on_both_sides(void **state)
{
	const struct options_row *row;
	struct options o;
	char text[16];
	int n;

	(void)state;
	for (row = options_rows; row->name; row++) {
		if (row->kind != OPTIONS_SECONDS && row->kind != OPTIONS_COUNT)
			continue;
		for (n = row->least - 1; n <= row->least; n++) {
			(void)snprintf(text, sizeof(text), "%d", n);
			assert_int_equal(!options_set(row, &o, text),
			                 n == row->least);
		}
		for (n = row->most; n <= row->most + 1; n++) {
			(void)snprintf(text, sizeof(text), "%d", n);
			assert_int_equal(!options_set(row, &o, text),
			                 n == row->most);
		}
	}
}

static void a_word_is_one_of_those_the_row_has(void **state)
{
	static const char *const words[] = {"never", "remote", "always", NULL};
	static const struct options_row row = {
		.name = "when", .kind = OPTIONS_WORD, .at = 0, .words = words};
	int value = -1;

	(void)state;
	assert_null(options_set(&row, &value, "remote"));
	assert_int_equal(value, 1);
	assert_string_equal(options_set(&row, &value, "sometimes"),
	                    "must be one of: never remote always");
	assert_non_null(options_set(&row, &value, ""));
	assert_non_null(options_set(&row, &value, NULL));
	assert_int_equal(value, 1);
}

static void a_flag_takes_no_value(void **state)
{
	static const struct options_row row = {
		.name = "flag", .kind = OPTIONS_FLAG, .at = 0};
	bool value = false;

	(void)state;
	assert_non_null(options_set(&row, &value, "yes"));
	assert_false(value);
	assert_null(options_set(&row, &value, NULL));
	assert_true(value);
}

static void a_program_has_options_of_its_own(void **state)
{
	static struct {
		const char *text;
		bool flag;
	} values;
	static const struct options_row rows[] = {
		{.name = "text",
	         .kind = OPTIONS_STRING,
	         .at = offsetof(__typeof__(values), text)},
		{.name = "flag",
	         .kind = OPTIONS_FLAG,
	         .at = offsetof(__typeof__(values), flag)},
		{.name = NULL},
	};
	struct options o;

	(void)state;
	assert_int_equal(read_words(&o, "--config /dev/null --text x"),
	                 EX_USAGE);
	program.rows = rows;
	program.values = &values;
	assert_int_equal(read_words(&o, "--config /dev/null --text x"), 0);
	assert_string_equal(values.text, "x");
	assert_false(values.flag);
	assert_int_equal(read_words(&o, "--flag --lock-timeout 9 --config "
	                                "/dev/null"),
	                 0);
	assert_true(values.flag);
	assert_int_equal(o.lock_timeout, 9);
	assert_int_equal(read_words(&o, "--text"), EX_USAGE);
	assert_int_equal(read_words(&o, "--flag=x"), EX_USAGE);
	assert_int_equal(read_text(&o, "text x\n", ""), EX_CONFIG);
	program.rows = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_options_the_defaults_hold),
		cmocka_unit_test(each_option_is_taken_from_the_command_line),
		cmocka_unit_test(each_option_is_taken_from_the_file),
		cmocka_unit_test(the_command_line_wins_over_the_file),
		cmocka_unit_test(
			a_wrong_value_in_the_file_is_told_though_not_used),
		cmocka_unit_test(the_last_of_two_on_the_command_line_holds),
		cmocka_unit_test(
			words_may_stand_among_the_options_of_some_programs),
		cmocka_unit_test(an_invocation_id_has_32_hexadecimal_digits),
		cmocka_unit_test(a_wrong_command_line_is_refused),
		cmocka_unit_test(a_path_of_4096_octets_is_refused),
		cmocka_unit_test(a_wrong_file_is_refused_with_its_line),
		cmocka_unit_test(a_nul_in_the_file_is_refused),
		cmocka_unit_test(
			a_line_of_1024_octets_is_taken_and_one_of_1025_not),
		cmocka_unit_test(
			a_file_of_64_kib_is_taken_and_a_larger_one_not),
		cmocka_unit_test(
			a_file_that_is_not_there_or_no_file_is_refused),
		cmocka_unit_test(the_null_device_is_an_empty_file),
		cmocka_unit_test(a_fifo_as_file_is_refused_without_waiting),
		cmocka_unit_test(the_state_directory_of_systemd_is_taken),
		cmocka_unit_test(the_run_directory_is_systemds_if_it_made_one),
		cmocka_unit_test(
			a_state_directory_too_long_for_a_path_is_not_taken),
		cmocka_unit_test(version_is_printed),
		cmocka_unit_test(help_names_every_option_and_its_default),
		cmocka_unit_test(no_line_of_help_is_longer_than_a_terminal),
		cmocka_unit_test(help_says_so_where_it_cannot_be_printed),
		cmocka_unit_test(every_default_is_a_value_that_would_be_taken),
		cmocka_unit_test(every_number_is_bounded_on_both_sides),
		cmocka_unit_test(a_word_is_one_of_those_the_row_has),
		cmocka_unit_test(a_flag_takes_no_value),
		cmocka_unit_test(a_program_has_options_of_its_own),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
