/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/log.h"

/* The real standard error while a test replaces it. */
static int kept = -1;

static int keep_stderr(void **state)
{
	(void)state;
	kept = dup(STDERR_FILENO);
	return kept < 0 ? -1 : 0;
}

static int restore_stderr(void **state)
{
	(void)state;
	log_open(-1);
	return dup2(kept, STDERR_FILENO) < 0 || close(kept) < 0 ? -1 : 0;
}

/* Makes standard error a pipe, logs to it, and returns its other end. */
static int log_to_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(close(ends[1]), 0);
	log_open(-1);
	return ends[0];
}

/* Returns what has been written. */
static const char *take(int fd)
{
	static char text[8192];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n = 0;

	if (poll(&p, 1, 0) > 0)
		n = read(fd, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void a_line_has_its_event_and_its_fields_in_order(void **state)
{
	int fd;

	(void)state;
	fd = log_to_pipe();
	log_begin(LOG_LOGIN_FAILED);
	log_field("rip", "%s", "192.0.2.7");
	log_field("tries", "%u", 2U);
	log_quoted("user", "alice");
	log_end();
	assert_string_equal(take(fd), "onepop: login failed: rip=192.0.2.7 "
	                              "tries=2 user=\"alice\"\n");
	assert_int_equal(close(fd), 0);
}

static void of_two_names_that_differ_both_are_logged(void **state)
{
	int fd;

	(void)state;
	fd = log_to_pipe();
	log_begin(LOG_LOGIN_OK);
	log_user("alice", "alice");
	log_end();
	assert_string_equal(take(fd), "onepop: login ok: user=\"alice\"\n");
	log_begin(LOG_LOGIN_OK);
	log_user("ALICE@x", "alice");
	log_end();
	assert_string_equal(take(fd), "onepop: login ok: account=\"alice\" "
	                              "user=\"ALICE@x\"\n");
	assert_int_equal(close(fd), 0);
}

static void text_from_outside_cannot_mislead(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{"alice", "\"alice\""},
		{"", "\"\""},
		{NULL, "?"},
		{"a b", "\"a b\""},
		{"x rip=192.0.2.9", "\"x rip=192.0.2.9\""},
		{"x\" rip=192.0.2.9", "\"x\\\" rip=192.0.2.9\""},
		{"\\", "\"\\\\\""},
		{"x\\\"", "\"x\\\\\\\"\""},
		{"a\r\nb\t\033", "\"a\\x0d\\x0ab\\x09\\x1b\""},
		{"~\177\200\377", "\"~\\x7f\\x80\\xff\""},
		{"J\303\266rg", "\"J\\xc3\\xb6rg\""},
		{"%s%n", "\"%s%n\""},
	};
	char want[128];
	size_t i;
	int fd;

	(void)state;
	fd = log_to_pipe();
	for (i = 0; i < LENGTH(cases); i++) {
		log_begin(LOG_LOGIN_OK);
		log_quoted("user", cases[i].value);
		log_end();
		(void)snprintf(want, sizeof(want),
		               "onepop: login ok: user=%s\n", cases[i].want);
		assert_string_equal(take(fd), want);
	}
	assert_int_equal(close(fd), 0);
}

static void text_from_outside_is_cut_at_64_octets(void **state)
{
	char value[200], want[400];
	int fd;

	(void)state;
	fd = log_to_pipe();
	memset(value, 'a', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	log_begin(LOG_LOGIN_OK);
	log_quoted("user", value);
	log_end();
	(void)snprintf(want, sizeof(want), "onepop: login ok: user=\"%.64s\"\n",
	               value);
	assert_string_equal(take(fd), want);
	assert_int_equal(close(fd), 0);
}

static void a_field_of_ours_has_no_blanks_whatever_happens(void **state)
{
	int fd;

	(void)state;
	fd = log_to_pipe();
	log_begin(LOG_SESSION_END);
	log_field("reason", "%s", "a b\nc\"\200");
	log_end();
	assert_string_equal(take(fd), "onepop: session end: reason=a?b?c??\n");
	assert_int_equal(close(fd), 0);
}

/* A field that does not fit is left out whole; a later one may fit. */
static void a_line_too_long_stays_one_line(void **state)
{
	char value[LOG_QUOTED_MAX + 1];
	const char *line;
	int fd, i;

	(void)state;
	fd = log_to_pipe();
	memset(value, '\1', LOG_QUOTED_MAX);
	value[LOG_QUOTED_MAX] = '\0';
	log_begin(LOG_SESSION_END);
	for (i = 0; i < 20; i++)
		log_quoted("user", value);
	log_field("end", "%d", 1);
	log_end();
	line = take(fd);
	assert_in_range(strlen(line), 1500, 2100);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_non_null(strstr(line, "\" end=1\n"));
	assert_int_equal(close(fd), 0);
}

static void a_line_begun_anew_forgets_what_was(void **state)
{
	int fd;

	(void)state;
	fd = log_to_pipe();
	log_begin(LOG_LOGIN_FAILED);
	log_field("rip", "%s", "192.0.2.7");
	log_begin(LOG_LOGIN_OK);
	log_field("rip", "%s", "192.0.2.8");
	log_end();
	assert_string_equal(take(fd), "onepop: login ok: rip=192.0.2.8\n");
	assert_int_equal(close(fd), 0);
}

static void an_error_is_a_line_of_its_own(void **state)
{
	int fd;

	(void)state;
	fd = log_to_pipe();
	errno = ENOENT;
	log_error(LOG_SETUP_ERROR, "%s: \"%m\"", "/etc/x");
	assert_string_equal(take(fd), "onepop: setup error: reason=\"/etc/x: "
	                              "\\\"No such file or directory\\\"\"\n");
	assert_int_equal(close(fd), 0);
}

static void opening_the_log_keeps_errno(void **state)
{
	int fd;

	(void)state;
	errno = EXDEV;
	fd = log_to_pipe();
	assert_int_equal(errno, EXDEV);
	assert_int_equal(close(fd), 0);
}

static void a_full_pipe_does_not_hold_us_up(void **state)
{
	int fd, i;

	(void)state;
	fd = log_to_pipe();
	for (i = 0; i < 4000; i++)
		log_error(LOG_SETUP_ERROR, "%0200d", i);
	assert_non_null(strstr(take(fd), "000\"\n"));
	assert_int_equal(close(fd), 0);
}

static void lines_are_added_to_a_file(void **state)
{
	char text[64] = "";
	int fd;

	(void)state;
	fd = support_file("", 0);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	log_open(-1);
	log_begin(LOG_LOGIN_OK);
	log_end();
	log_begin(LOG_SESSION_END);
	log_end();
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "onepop: login ok:\nonepop: session end:\n");
	assert_int_equal(close(fd), 0);
}

static void a_terminal_is_written_to(void **state)
{
	char text[64] = "";
	int master, slave;

	(void)state;
	master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	assert_int_equal(dup2(slave, STDERR_FILENO), STDERR_FILENO);
	log_open(-1);
	log_begin(LOG_LOGIN_OK);
	log_end();
	assert_true(read(master, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "onepop: login ok:\r\n");
	assert_int_equal(close(slave), 0);
	assert_int_equal(close(master), 0);
}

/*
 * The sockets below have fixed paths: these tests look at them from inside
 * another root directory, in a process of its own.
 */

/* Becomes root in a new user namespace, unless it is root. */
static int may_chroot(void)
{
	return geteuid() == 0 || unshare(CLONE_NEWUSER) == 0;
}

/* A datagram socket bound to a path below the new root. */
static int bind_below(const char *root, const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char command[256];
	int fd;

	(void)snprintf(command, sizeof(command), "mkdir -p $(dirname %s%s)",
	               root, path);
	assert_int_equal(system(command), 0);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s%s", root, path);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* Standard error is the client's connection, as with inetd. */
static void log_from(const char *root, const char *then, int connection)
{
	pid_t child;

	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (!may_chroot() || chroot(root) < 0 || chdir("/") < 0 ||
		    dup2(connection, STDERR_FILENO) < 0)
			_exit(2);
		log_open(connection);
		if (chroot(then) < 0)
			_exit(3);
		log_begin(LOG_LOGIN_FAILED);
		log_field("rip", "%s", "192.0.2.7");
		log_user("x\ny", "z");
		log_end();
		_exit(0);
	}
	support_reap(child, 0);
}

static void the_journal_gets_the_fields(void **state)
{
	int journal, syslog, ends[2];
	const char *text;
	char *root;

	(void)state;
	root = support_directory("/tmp");
	journal = bind_below(root, "/run/systemd/journal/socket");
	syslog = bind_below(root, "/dev/log");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	log_from(root, "/run", ends[0]);
	text = take(journal);
	assert_non_null(strstr(text, "PRIORITY=5\n"));
	assert_non_null(strstr(text, "\nSYSLOG_FACILITY=2\n"));
	assert_non_null(strstr(text, "\nSYSLOG_IDENTIFIER=onepop\n"));
	assert_non_null(strstr(text, "\nMESSAGE_ID="));
	assert_non_null(strstr(text, "\nONEPOP_EVENT=login failed\n"));
	assert_non_null(strstr(text, "\nONEPOP_RIP=192.0.2.7\n"));
	assert_non_null(strstr(text, "\nONEPOP_ACCOUNT=z\n"));
	assert_non_null(strstr(text, "\nONEPOP_USER=x\\x0ay\n"));
	assert_non_null(strstr(text, "\nMESSAGE=login failed: rip=192.0.2.7 "
	                             "account=\"z\" user=\"x\\x0ay\"\n"));
	assert_string_equal(take(syslog), "");
	assert_string_equal(take(ends[1]), "");
	(void)close(journal);
	(void)close(syslog);
	(void)close(ends[0]);
	(void)close(ends[1]);
	support_remove(root);
}

static void without_a_journal_syslog_gets_the_line(void **state)
{
	const char *text, *tag;
	int syslog, ends[2];
	char *root;

	(void)state;
	root = support_directory("/tmp");
	syslog = bind_below(root, "/dev/log");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	log_from(root, "/dev", ends[0]);
	text = take(syslog);
	tag = "<21>onepop["; /* mail.notice, which is 2 * 8 + 5 */
	assert_memory_equal(text, tag, strlen(tag));
	text += strlen(tag);
	text += strspn(text, "0123456789");
	assert_string_equal(
		text,
		"]: login failed: rip=192.0.2.7 account=\"z\" user=\"x\\x0ay\"");
	assert_string_equal(take(ends[1]), "");
	(void)close(syslog);
	(void)close(ends[0]);
	(void)close(ends[1]);
	support_remove(root);
}

static void the_client_never_gets_a_line(void **state)
{
	char *root;
	int ends[2];

	(void)state;
	root = support_directory("/tmp");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	log_from(root, "/", ends[0]);
	assert_string_equal(take(ends[1]), "");
	(void)close(ends[0]);
	(void)close(ends[1]);
	support_remove(root);
}

/* The unit's StandardError=journal, without the journal's socket. */
static void a_service_managers_stream_gets_the_priority(void **state)
{
	int client[2], ends[2];
	pid_t child;
	char *root;

	(void)state;
	root = support_directory("/tmp");
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, client), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (!may_chroot() || chroot(root) < 0 ||
		    dup2(ends[0], STDERR_FILENO) < 0)
			_exit(2);
		log_open(client[0]);
		log_begin(LOG_MAILBOX_ERROR);
		log_end();
		_exit(0);
	}
	support_reap(child, 0);
	assert_string_equal(take(ends[1]), "<3>mailbox error:\n");
	(void)close(client[0]);
	(void)close(client[1]);
	(void)close(ends[0]);
	(void)close(ends[1]);
	support_remove(root);
}

/* Fills the queue of a socket; the system sets its length. */
static void fill(const char *root, const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd, n;

	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s%s", root, path);
	do { /* one sender has no room for a long queue */
		fd = socket(AF_UNIX, SOCK_DGRAM, 0);
		assert_true(fd >= 0);
		for (n = 0; sendto(fd, "x", 1, MSG_DONTWAIT, (void *)&to,
		                   sizeof(to)) == 1;
		     n++)
			continue;
		(void)close(fd);
	} while (n > 0);
}

/* Is it asleep, or has it ended? */
static bool is_idle(pid_t child)
{
	char path[32], state;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)child);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
	(void)fclose(file);
	return state == 'S' || state == 'Z';
}

/* Logs lines to it; a line that waits does so for seconds, unless 0. */
static pid_t log_to_full(const char *root, int lines, int seconds)
{
	const struct timeval wait = {.tv_sec = seconds};
	pid_t child;

	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (!may_chroot() || chroot(root) < 0 || close(2) < 0)
			_exit(2);
		log_open(-1);
		if (seconds && setsockopt(log_descriptor(), SOL_SOCKET,
		                          SO_SNDTIMEO, &wait, sizeof(wait)) < 0)
			_exit(3);
		for (; lines > 0; lines--) {
			log_begin(LOG_LOGIN_FAILED);
			log_end();
		}
		_exit(0);
	}
	return child;
}

static void a_full_queue_is_waited_for(void **state)
{
	const char *text;
	pid_t child;
	int syslog;
	char *root;

	(void)state;
	root = support_directory("/tmp");
	syslog = bind_below(root, "/dev/log");
	fill(root, "/dev/log");
	child = log_to_full(root, 1, 60);
	while (!is_idle(child))
		(void)sched_yield();
	assert_string_equal(take(syslog), "x");
	support_reap(child, 0);
	do
		text = take(syslog);
	while (strcmp(text, "x") == 0);
	assert_non_null(strstr(text, "login failed:"));
	assert_int_equal(close(syslog), 0);
	support_remove(root);
}

/* Only once: waiting for each line would take a quarter of an hour. */
static void a_full_queue_does_not_hold_us_up(void **state)
{
	char *root;
	int syslog;

	(void)state;
	root = support_directory("/tmp");
	syslog = bind_below(root, "/dev/log");
	fill(root, "/dev/log");
	support_reap(log_to_full(root, 5000, 0), 0);
	assert_string_equal(take(syslog), "x");
	assert_int_equal(close(syslog), 0);
	support_remove(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_its_event_and_its_fields_in_order),
		cmocka_unit_test(of_two_names_that_differ_both_are_logged),
		cmocka_unit_test(text_from_outside_cannot_mislead),
		cmocka_unit_test(text_from_outside_is_cut_at_64_octets),
		cmocka_unit_test(
			a_field_of_ours_has_no_blanks_whatever_happens),
		cmocka_unit_test(a_line_too_long_stays_one_line),
		cmocka_unit_test(a_line_begun_anew_forgets_what_was),
		cmocka_unit_test(an_error_is_a_line_of_its_own),
		cmocka_unit_test(opening_the_log_keeps_errno),
		cmocka_unit_test(a_full_pipe_does_not_hold_us_up),
		cmocka_unit_test(lines_are_added_to_a_file),
		cmocka_unit_test(a_terminal_is_written_to),
		cmocka_unit_test(the_journal_gets_the_fields),
		cmocka_unit_test(without_a_journal_syslog_gets_the_line),
		cmocka_unit_test(the_client_never_gets_a_line),
		cmocka_unit_test(a_full_queue_is_waited_for),
		cmocka_unit_test(a_full_queue_does_not_hold_us_up),
		cmocka_unit_test(a_service_managers_stream_gets_the_priority),
	};

	return cmocka_run_group_tests(tests, keep_stderr, restore_stderr);
}
