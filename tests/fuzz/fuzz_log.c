/* SPDX-License-Identifier: ISC */
/*
 * Whatever is logged, a line stays one line: text of others is in quotes, and
 * no octet of it ends the quotes, the line, or a field of the journal.
 *
 * Input: an octet, whose low bit means that there is only syslog; a key's
 * value; a quoted value; an error's text; each ends at a NUL.
 *
 * Wraps: fstat socket connect setsockopt send
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/log.h"

static bool only_syslog;
static int connects;
static char said[1 << 16];
static size_t said_n;

int __wrap_fstat(int fd, struct stat *st);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t n);
int __wrap_setsockopt(int fd, int level, int name, const void *value,
                      socklen_t n);
ssize_t __wrap_send(int fd, const void *buf, size_t n, int flags);

int __wrap_fstat(int fd, struct stat *st)
{
	(void)fd;
	(void)st;
	errno = EBADF;
	return -1;
}

int __wrap_socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	return dup(0);
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t n)
{
	(void)fd;
	(void)to;
	(void)n;
	errno = ENOENT;
	return connects++ == 0 && only_syslog ? -1 : 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value,
                      socklen_t n)
{
	(void)fd;
	(void)value;
	FUZZ_CHECK(level == SOL_SOCKET && name == SO_SNDTIMEO && n > 0);
	return 0;
}

ssize_t __wrap_send(int fd, const void *buf, size_t n, int flags)
{
	(void)fd;
	FUZZ_CHECK(flags & MSG_NOSIGNAL && n < sizeof(said));
	memcpy(said, buf, n);
	said[n] = '\0';
	said_n = n;
	FUZZ_CHECK(strlen(said) == n);
	return (ssize_t)n;
}

/* Checks for printable characters, and for quotation marks in pairs. */
static void check_message(const char *p)
{
	bool quoted = false;

	for (; *p && *p != '\n'; p++) {
		FUZZ_CHECK(*p >= ' ' && *p <= '~');
		if (quoted && *p == '\\')
			p++;
		else if (*p == '"')
			quoted = !quoted;
	}
	FUZZ_CHECK(!quoted);
	FUZZ_CHECK(*p == '\0' || p[1] == '\0');
}

/* NAME=VALUE in each line, and each name once. */
static void check_fields(void)
{
	static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	const char *p, *name;
	size_t n;

	for (p = said; *p; p = strchr(p, '\n') + 1) {
		name = p;
		n = strspn(p, capitals);
		FUZZ_CHECK(n > 0 && p[n] == '=');
		for (p = said; p < name; p = strchr(p, '\n') + 1)
			FUZZ_CHECK(strncmp(p, name, n + 1) != 0);
		FUZZ_CHECK(strchr(p, '\n'));
	}
	p = strstr(said, "\nMESSAGE=");
	FUZZ_CHECK(p);
	check_message(p + 9);
}

static void check(void)
{
	if (!only_syslog) {
		check_fields();
		return;
	}
	FUZZ_CHECK(said[0] == '<');
	check_message(said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	char *value, *quoted, *text;

	only_syslog = fuzz_octet(&in) & 1;
	connects = 0;
	value = fuzz_string(&in, '\0');
	quoted = fuzz_string(&in, '\0');
	text = fuzz_string(&in, '\0');
	log_open(-1);
	log_begin(LOG_LOGIN_FAILED);
	log_field("reason", "%s", value);
	log_quoted("mailbox", value);
	log_quoted("user", quoted);
	log_end();
	check();
	log_error(LOG_SETUP_ERROR, "%s: %s", text, value);
	check();
	FUZZ_CHECK(close(log_descriptor()) == 0);
	free(text);
	free(quoted);
	free(value);
	return 0;
}
