/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adopt/oldserver.h"

#include "admin/asciitext.h"
#include "adopt/idlist.h"
#include "base/decimal.h"
#include "config/address.h"
#include "oldid/oldidfound.h"

#define BUFFER 16384 /* octets that are read at once */
#define STEP   40    /* octets of what failed */
/*
 * Commands that are sent at once (RFC 2449, PIPELINING): so many that a server
 * which waits for an acknowledgement within a batch does not take long.
 */
#define BATCH 512

/* Octets of an answer at most. */
#define REPLY_MOST  512 /* RFC 1939, section 3 */
#define CAPA_MOST   (64 << 10)
#define HEADER_MOST (1 << 20)
#define UIDL_MOST   ((size_t)IDLIST_MOST * (OLDID_OCTETS + 16))

/* A session with the server. */
struct server {
	const struct oldserver_wire *wire;
	const struct oldserver_told *told;
	char *problem;
	const char *secret;  /* which no problem tells, or NULL */
	uint32_t messages;   /* that UIDL has told of */
	bool pipelining;     /* the server takes commands in batches */
	bool inside;         /* a line has begun */
	size_t at, n;        /* octets in the buffer that nobody has read */
	size_t left;         /* octets that the answer may still have */
	char step[STEP + 1]; /* that fails, if one does */
	char buffer[BUFFER];
};

/* A line, or a part of one that is longer than the buffer. */
struct piece {
	const char *p;
	size_t n;
	bool first, last; /* its line begins, or ends here */
};

const char *oldserver_url_problem(const char *url)
{
	const char *host, *end;
	unsigned int port;

	if (strncmp(url, "pop3://", 7) != 0 && strncmp(url, "pop3s://", 8) != 0)
		return "is not pop3s://HOST or pop3://HOST";
	host = strstr(url, "//") + 2;
	if (*host == '[') {
		end = host + 1 + strspn(host + 1, "0123456789abcdefABCDEF:.");
		end += *end == ']';
	} else {
		end = host + strspn(host, "0123456789-."
		                          "abcdefghijklmnopqrstuvwxyz_"
		                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	}
	if (end == host || (*host == '[' && end[-1] != ']') || end - host > 255)
		return "names no host";
	if (*end && (*end != ':' || address_parse_port(&port, end + 1) < 0))
		return "has more than a host and a port";
	return NULL;
}

bool oldserver_url_is_safe(const char *url)
{
	const char *host = strstr(url, "//") + 2;
	const size_t n = strcspn(host + (*host == '['), ":/]");
	char name[256];
	struct address a;

	if (strncmp(url, "pop3s:", 6) == 0 || strncmp(host, "[::1]", 5) == 0)
		return true;
	(void)snprintf(name, sizeof(name), "%.*s", (int)n, host);
	return strcasecmp(name, "localhost") == 0 ||
	       (address_parse(&a, AF_INET, name) == 0 &&
	        address_is_loopback(&a));
}

static void begin_step(struct server *s, const char *name)
{
	(void)snprintf(s->step, sizeof(s->step), "%.*s", STEP, name);
}

/* Says what failed in the words of an error.  Returns -1. */
static int fail(struct server *s, const char *words)
{
	(void)snprintf(s->problem, OLDSERVER_PROBLEM, "%s: %.200s", s->step,
	               words);
	return -1;
}

static int fail_errno(struct server *s)
{
	if (errno == ETIMEDOUT)
		return fail(s, "the server does not answer");
	return fail(s, strerrordesc_np(errno));
}

static int send_text(struct server *s, const char *text, size_t n)
{
	ssize_t sent;

	for (; n > 0; text += sent, n -= (size_t)sent) {
		sent = s->wire->write(s->wire->connection, text, n);
		if (sent < 0)
			return fail_errno(s);
	}
	return 0;
}

static int send_command(struct server *s, const char *command)
{
	begin_step(s, command);
	if (send_text(s, command, strlen(command)) < 0)
		return -1;
	return send_text(s, "\r\n", 2);
}

/* Reads more into the buffer, which has room. */
static int fill(struct server *s)
{
	ssize_t n;

	memmove(s->buffer, s->buffer + s->at, s->n);
	s->at = 0;
	n = s->wire->read(s->wire->connection, s->buffer + s->n, BUFFER - s->n);
	if (n < 0)
		return fail_errno(s);
	if (n == 0)
		return fail(s, "the server closed the connection");
	s->n += (size_t)n;
	return 0;
}

static int read_piece(struct server *s, struct piece *ret)
{
	const char *lf;

	while (!(lf = memchr(s->buffer + s->at, '\n', s->n)) && s->n < BUFFER)
		if (fill(s) < 0)
			return -1;
	ret->p = s->buffer + s->at;
	ret->n = lf ? (size_t)(lf + 1 - ret->p) : s->n;
	ret->first = !s->inside;
	ret->last = lf != NULL;
	s->inside = !lf;
	s->at += ret->n;
	s->n -= ret->n;
	if (ret->n > s->left)
		return fail(s, "the server's answer has no end");
	s->left -= ret->n;
	return 0;
}

/* Cuts the line's end off. */
static size_t trim(const char *p, size_t n)
{
	while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == '\r'))
		n--;
	return n;
}

/*
 * Reads the next part of an answer of several lines, without the dot that its
 * line has more (RFC 1939, section 3).  Returns 1, 0 at the end, or -1.
 */
static int read_text(struct server *s, struct piece *ret)
{
	if (read_piece(s, ret) < 0)
		return -1;
	if (!ret->first || *ret->p != '.')
		return 1;
	if (ret->last && trim(ret->p, ret->n) == 1)
		return 0;
	ret->p++;
	ret->n--;
	return 1;
}

/*
 * Reads the reply to a command.  Returns 1 for +OK; 0 for -ERR, with the reply
 * as the problem; or -1.
 */
static int read_reply(struct server *s, size_t most)
{
	char text[REPLY_MOST + 1];
	struct piece line;

	s->left = REPLY_MOST;
	if (read_piece(s, &line) < 0)
		return -1;
	s->left = most;
	if (line.n >= 3 && memcmp(line.p, "+OK", 3) == 0)
		return 1;
	(void)snprintf(text, sizeof(text), "%.*s", (int)trim(line.p, line.n),
	               line.p);
	asciitext_clean(text, sizeof(text));
	/* Some servers repeat what they do not understand. */
	if (s->secret && strstr(text, s->secret))
		(void)fail(s, "the server's answer repeats the password");
	else
		(void)fail(s, text);
	if (strncmp(text, "-ERR", 4) == 0)
		return 0;
	(void)fail(s, "the server's answer is not POP3");
	return -1;
}

/* Does the same where -ERR is a problem, too. */
static int expect_ok(struct server *s, size_t most)
{
	return read_reply(s, most) > 0 ? 0 : -1;
}

/* Returns 1 if the server lets the user in, 0 if not, or -1. */
static int log_in(struct server *s, struct oldserver_login *l)
{
	char line[OLDSERVER_SECRET + 8];
	int status;

	(void)snprintf(line, sizeof(line), "USER %s", l->user);
	if (send_command(s, line) < 0)
		return -1;
	begin_step(s, "login");
	s->secret = l->password;
	status = read_reply(s, 0);
	if (status <= 0)
		return status;
	(void)snprintf(line, sizeof(line), "PASS %s\r\n", l->password);
	status = send_text(s, line, strlen(line));
	explicit_bzero(line, sizeof(line));
	asciitext_clean(l->password, sizeof(l->password));
	if (status == 0)
		status = read_reply(s, 0);
	s->secret = NULL;
	explicit_bzero(l->password, sizeof(l->password));
	return status;
}

static int ask_capabilities(struct server *s)
{
	struct piece line;
	int status;

	if (send_command(s, "CAPA") < 0)
		return -1;
	status = read_reply(s, CAPA_MOST);
	if (status <= 0)
		return status;
	while ((status = read_text(s, &line)) > 0)
		if (trim(line.p, line.n) == 10 &&
		    strncasecmp(line.p, "PIPELINING", 10) == 0)
			s->pipelining = true;
	return status;
}

/* Takes "NUMBER ID"; other lines of the server are as long as it likes. */
static int take_id(struct server *s, const struct piece *line)
{
	const size_t n = trim(line->p, line->n);
	char number[11] = "";
	const char *id;
	uint32_t value;
	size_t i;

	id = memchr(line->p, ' ', n);
	if (id && id - line->p < (ptrdiff_t)sizeof(number))
		memcpy(number, line->p, (size_t)(id - line->p));
	if (!id || decimal_get(number, &value) < 0 || value != s->messages + 1)
		return fail(s, "the server's list is out of order");
	while (id < line->p + n && *id == ' ')
		id++;
	for (i = 0; id + i < line->p + n && id[i] > ' ' && id[i] <= '~';)
		i++;
	if (!line->last || id + i < line->p + n || i > OLDID_OCTETS)
		i = 0;
	if (s->told->id(s->told->to, id, i) < 0)
		return fail_errno(s);
	s->messages++;
	return 0;
}

static int ask_ids(struct server *s)
{
	struct piece line;
	int status;

	if (send_command(s, "UIDL") < 0 || expect_ok(s, UIDL_MOST) < 0)
		return -1;
	while ((status = read_text(s, &line)) > 0)
		if (line.first && take_id(s, &line) < 0)
			return -1;
	return status;
}

/* Sends commands for n messages from that number on. */
static int send_tops(struct server *s, uint32_t number, uint32_t n)
{
	char commands[BATCH * 24], *to = commands;

	for (; n > 0; n--)
		to += sprintf(to, "TOP %u 0\r\n", (unsigned int)number++);
	return send_text(s, commands, (size_t)(to - commands));
}

static int read_header(struct server *s, struct headerkey_state *k)
{
	struct headerkey key;
	struct piece text;
	int status;

	if (expect_ok(s, HEADER_MOST) < 0)
		return -1;
	headerkey_begin(k, HEADERKEY_HEADER);
	while ((status = read_text(s, &text)) > 0)
		(void)headerkey_add(k, text.p, text.n);
	if (status < 0)
		return -1;
	key = headerkey_end(k);
	return s->told->key(s->told->to, &key) < 0 ? fail_errno(s) : 0;
}

static int ask_headers(struct server *s, struct headerkey_state *k)
{
	const uint32_t batch = s->pipelining ? BATCH : 1;
	uint32_t number, n, i;

	for (number = 1; number <= s->messages; number += n) {
		n = s->messages - number + 1;
		if (n > batch)
			n = batch;
		begin_step(s, "TOP");
		if (send_tops(s, number, n) < 0)
			return -1;
		for (i = 0; i < n; i++) {
			(void)sprintf(s->step, "TOP %u 0",
			              (unsigned int)(number + i));
			if (read_header(s, k) < 0)
				return -1;
		}
	}
	return 0;
}

/* All that follows the login. */
static int ask_all(struct server *s)
{
	struct headerkey_state *k = headerkey_new();
	int status;

	if (!k)
		return fail_errno(s);
	status = ask_capabilities(s);
	if (status == 0)
		status = ask_ids(s);
	if (status == 0)
		status = ask_headers(s, k);
	headerkey_free(k);
	return status;
}

enum oldserver_end oldserver_ask(const struct oldserver_wire *w,
                                 struct oldserver_login *login,
                                 const struct oldserver_told *told,
                                 char problem[static OLDSERVER_PROBLEM])
{
	struct server *s = calloc(1, sizeof(*s));
	char ignored[OLDSERVER_PROBLEM];
	int status;

	(void)snprintf(problem, OLDSERVER_PROBLEM, "no memory");
	if (!s)
		return OLDSERVER_FAILED;
	s->wire = w;
	s->told = told;
	s->problem = problem;
	status = log_in(s, login);
	if (status > 0) {
		status = ask_all(s) < 0 ? -1 : 1;
		/* It lets the mailbox go before it answers. */
		s->problem = ignored;
		if (send_command(s, "QUIT") == 0)
			(void)read_reply(s, 0);
	}
	free(s);
	if (status > 0)
		return OLDSERVER_DONE;
	return status == 0 ? OLDSERVER_REFUSED : OLDSERVER_FAILED;
}
