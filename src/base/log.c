/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define SYSLOG_SOCKET  "/dev/log"
#define REASON_MAX     512

/*
 * The message ids are random, and fixed: "journalctl MESSAGE_ID=..." finds
 * an event by them in every version of this program.
 */
static const struct {
	const char *text;
	int priority;
	const char *id;
} events[] = {
	[LOG_LOGIN_OK] = {"login ok", LOG_INFO,
                          "0621d8327f354d4fa5e5a8ce920f078d"},
	[LOG_LOGIN_FAILED] = {"login failed", LOG_NOTICE,
                              "b160886c146c405bad741f6965df752b"},
	[LOG_SESSION_END] = {"session end", LOG_INFO,
                             "7f40d0b8f6cd44c986ac4f00ba0f42cf"},
	[LOG_SESSION_REFUSED] = {"session refused", LOG_INFO,
                                 "08db087e53e3484aa9c7e705bce70bc5"},
	[LOG_MAILBOX_ERROR] = {"mailbox error", LOG_ERR,
                               "0109e7dcd9104dfebd1ffa8f7d7c4729"},
	[LOG_MAILBOX_CHANGED] = {"mailbox changed", LOG_WARNING,
                                 "1fcb24ec309541488b7aa8813a7f94bd"},
	[LOG_MAILBOX_RECOVERED] = {"mailbox recovered", LOG_NOTICE,
                                   "5a8e1d0f2c9b4e56a7d31f88c04be3a9"},
	[LOG_JOURNAL_ASIDE] = {"journal set aside", LOG_ERR,
                               "c7e2b94d61f04a1fb0a5e83d97264fd1"},
	[LOG_JOURNAL_KEPT] = {"journal kept: mailbox missing", LOG_ERR,
                              "4d1c6be0a9f34b7f9a52e86f03dc7a15"},
	[LOG_DELETING] = {"deleting", LOG_INFO,
                          "eb460ce8e8594d948f692ddb7172e255"},
	[LOG_NOT_KEPT] = {"deleted without a copy", LOG_WARNING,
                          "854b7d8bb749490a98bcc3f3872ab785"},
	[LOG_SETUP_ERROR] = {"setup error", LOG_ERR,
                             "3efff24759574ce4aee433090e107fe0"},
};

enum transport { NOWHERE, STDERR, JOURNAL, SYSLOG };

/* Small enough that a line goes out whole (PIPE_BUF is 4096). */
struct text {
	size_t n;
	char s[2048];
};

static struct {
	enum transport transport;
	int fd;
	bool stream; /* standard error is the service manager's socket */
	bool behind; /* the log did not accept the last line */
} out = {NOWHERE, -1, false, false};

static struct {
	enum log_event event;
	struct text message; /* what people read */
	struct text journal; /* the fields for the journal */
} line;

/* A line's two texts, and a few octets around them. */
#define SENT_MAX (2 * sizeof(line.message.s) + 64)

/* The line of log_keep_error. */
static struct {
	size_t n;
	char s[SENT_MAX];
} kept;

/* Adds all of it, or nothing if it does not fit. */
__attribute__((format(printf, 2, 3))) static void add_text(struct text *t,
                                                           const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(t->s + t->n, sizeof(t->s) - t->n, fmt, args);
	va_end(args);
	if (n > 0 && (size_t)n < sizeof(t->s) - t->n)
		t->n += (size_t)n;
	t->s[t->n] = '\0';
}

/* Adds the field ONEPOP_KEY. */
static void add_field(const char *key, const char *value)
{
	char name[32], *p;

	(void)snprintf(name, sizeof(name), "%s", key);
	for (p = name; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	add_text(&line.journal, "ONEPOP_%s=%s\n", name, value);
}

/* Copies at most max octets of from; escapes those that could mislead. */
static void escape_octets(char *to, const char *from, size_t max)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = (const unsigned char *)from;

	for (; *p && max; p++, max--) {
		if (*p < 0x20 || *p > 0x7e) {
			*to++ = '\\';
			*to++ = 'x';
			*to++ = hex[*p >> 4];
			*to++ = hex[*p & 15];
			continue;
		}
		if (*p == '"' || *p == '\\')
			*to++ = '\\';
		*to++ = (char)*p;
	}
	*to = '\0';
}

static bool is_connection(const struct stat *st, int connection)
{
	struct stat client;

	return connection >= 0 && fstat(connection, &client) == 0 &&
	       st->st_dev == client.st_dev && st->st_ino == client.st_ino;
}

/* Does somebody read standard error? */
static bool is_read(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISREG(st->st_mode) ||
	       isatty(STDERR_FILENO);
}

/* Returns a datagram socket, or -1. */
static int connect_socket(const char *path)
{
	static const struct timeval wait = {.tv_usec = LOG_WAIT * 1000L};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool open_socket(enum transport transport, const char *path)
{
	out.fd = connect_socket(path);
	if (out.fd >= 0)
		out.transport = transport;
	return out.fd >= 0;
}

static void choose_transport(int connection)
{
	struct stat st;
	bool usable;

	usable = fstat(STDERR_FILENO, &st) == 0 &&
	         !is_connection(&st, connection);
	if ((!usable || !is_read(&st)) &&
	    (open_socket(JOURNAL, JOURNAL_SOCKET) ||
	     open_socket(SYSLOG, SYSLOG_SOCKET)))
		return;
	if (usable) {
		out.fd = STDERR_FILENO;
		out.transport = STDERR;
		out.stream = S_ISSOCK(st.st_mode);
	}
}

void log_open(int connection)
{
	int error;

	error = errno; /* the caller may be about to log it */
	if (out.fd > STDERR_FILENO)
		(void)close(out.fd);
	out.transport = NOWHERE;
	out.fd = -1;
	out.behind = false;
	choose_transport(connection);
	errno = error;
}

int log_descriptor(void)
{
	return out.fd;
}

void log_begin(enum log_event event)
{
	line.event = event;
	line.message.n = 0;
	line.journal.n = 0;
	add_text(&line.message, "%s:", events[event].text);
	add_text(&line.journal,
	         "PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=onepop\n"
	         "MESSAGE_ID=%s\nONEPOP_EVENT=%s\n",
	         events[event].priority, LOG_FAC(LOG_MAIL), events[event].id,
	         events[event].text);
}

void log_field(const char *key, const char *fmt, ...)
{
	char value[256], *p;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	for (p = value; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '"')
			*p = '?'; /* the value was not ours */
	add_text(&line.message, " %s=%s", key, value);
	add_field(key, value);
}

/* Adds at most max octets of value, escaped and quoted; or ? for NULL. */
static void add_quoted(const char *key, const char *value, size_t max)
{
	char text[4 * REASON_MAX + 1];

	if (!value) {
		log_field(key, "?");
		return;
	}
	escape_octets(text, value, max);
	add_text(&line.message, " %s=\"%s\"", key, text);
	add_field(key, text);
}

void log_quoted(const char *key, const char *value)
{
	add_quoted(key, value, LOG_QUOTED_MAX);
}

void log_user(const char *login, const char *account)
{
	if (strcmp(login, account) != 0)
		log_quoted("account", account);
	log_quoted("user", login);
}

void log_path(const char *key, const char *value)
{
	add_quoted(key, value, LOG_PATH_MAX);
}

/* Makes the text to send.  Returns its octets, at most size. */
static size_t compose_line(char *text, size_t size)
{
	const int priority = events[line.event].priority;
	int n = 0;

	if (out.transport == JOURNAL)
		n = snprintf(text, size, "%sMESSAGE=%s\n", line.journal.s,
		             line.message.s);
	else if (out.transport == SYSLOG)
		n = snprintf(text, size, "<%d>onepop[%ld]: %s",
		             LOG_MAIL | priority, (long)getpid(),
		             line.message.s);
	else if (out.stream) /* sd-daemon(3) */
		n = snprintf(text, size, "<%d>%s\n", priority, line.message.s);
	else
		n = snprintf(text, size, "onepop: %s\n", line.message.s);
	return n > 0 ? (size_t)n : 0;
}

/* A full pipe, or a terminal that is stopped, must not block the session. */
static bool write_stderr(const char *text, size_t n)
{
	struct pollfd p = {.fd = out.fd, .events = POLLOUT};

	return poll(&p, 1, out.behind ? 0 : LOG_WAIT) > 0 &&
	       (p.revents & POLLOUT) && write(out.fd, text, n) >= 0;
}

static bool send_datagram(const char *text, size_t n)
{
	const int wait = out.behind ? MSG_DONTWAIT : 0;

	return send(out.fd, text, n, MSG_NOSIGNAL | wait) >= 0;
}

/* A signal handler may call it. */
static void send_text(const char *text, size_t n)
{
	if (n == 0 || out.transport == NOWHERE)
		return;
	out.behind = out.transport == STDERR ? !write_stderr(text, n)
	                                     : !send_datagram(text, n);
}

bool log_has_room(size_t n)
{
	/* An octet becomes four at most; a key and its signs stand before. */
	const size_t octets = 4 * n + 64;

	return line.message.n + octets < sizeof(line.message.s) &&
	       line.journal.n + octets < sizeof(line.journal.s);
}

void log_end(void)
{
	char text[SENT_MAX];

	send_text(text, compose_line(text, sizeof(text)));
}

__attribute__((format(printf, 2, 0))) static void
begin_error(enum log_event event, const char *fmt, va_list args)
{
	char reason[REASON_MAX + 1];

	(void)vsnprintf(reason, sizeof(reason), fmt, args);
	log_begin(event);
	add_quoted("reason", reason, REASON_MAX);
}

void log_error(enum log_event event, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	begin_error(event, fmt, args);
	va_end(args);
	log_end();
}

void log_keep_error(enum log_event event, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	begin_error(event, fmt, args);
	va_end(args);
	kept.n = compose_line(kept.s, sizeof(kept.s));
}

void log_send_kept(void)
{
	send_text(kept.s, kept.n);
}
