#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "pop3/reply.h"
#include "pop3/sasl.h"

static enum sasl_result refuse(struct session *s, const char *text)
{
	reply_err(&s->stream, NULL, "%s", text);
	return SASL_FAILED;
}

/*
 * Decodes a response of length octets into buf and ends it with a NUL.
 * Returns its octets, or -1 when the client has been told what is wrong.
 */
static ssize_t decode(struct session *s, const char *text, size_t length,
                      char *buf, size_t size)
{
	ssize_t n = -1;

	if (strcmp(text, "*") == 0) {
		(void)refuse(s, "authentication cancelled");
		return -1;
	}
	if (strlen(text) == length)
		n = base64_decode(text, buf, size - 1);
	if (n < 0)
		(void)refuse(s, "invalid base64");
	else
		buf[n] = '\0';
	return n;
}

/*
 * Sends a challenge and reads the response.  Returns as decode; -1 also
 * where the stream has ended.
 */
static ssize_t ask(struct session *s, const char *challenge, char *buf,
                   size_t size)
{
	char line[SASL_OCTETS + 1];
	ssize_t n;

	/* RFC 5034, section 4: "+", a blank, and the challenge, if empty too */
	stream_printf(&s->stream, "+ %s\r\n", challenge);
	n = stream_getline(&s->stream, line, sizeof(line));
	if (n == STREAM_LINE_TOO_LONG)
		(void)refuse(s, "line too long");
	else if (n >= 0)
		n = decode(s, line, (size_t)n, buf, size);
	explicit_bzero(line, sizeof(line));
	return n < 0 ? -1 : n;
}

/*
 * The initial response (RFC 5034, section 4), where "=" is an empty one.  It
 * is wiped from the command.
 */
static ssize_t first(struct session *s, const struct command *c,
                     const char *challenge, char *buf, size_t size)
{
	ssize_t n;

	if (c->argc < 2)
		return ask(s, challenge, buf, size);
	if (strcmp(c->argv[1], "=") == 0) {
		buf[0] = '\0';
		return 0;
	}
	n = decode(s, c->argv[1], strlen(c->argv[1]), buf, size);
	explicit_bzero(c->argv[1], strlen(c->argv[1]));
	return n;
}

/* RFC 4616: [authzid] NUL authcid NUL passwd */
static enum sasl_result plain(struct session *s, const struct command *c,
                              struct sasl_credentials *ret)
{
	char *user, *end, *authzid = ret->buf;
	ssize_t n;

	ret->method = "plain";
	n = first(s, c, "", ret->buf, sizeof(ret->buf));
	if (n < 0)
		return SASL_FAILED;
	end = ret->buf + n;
	user = authzid + strlen(authzid) + 1;
	if (user > end)
		return refuse(s, "invalid PLAIN response");
	ret->user = user;
	ret->password = user + strlen(user) + 1;
	if (ret->password > end || ret->password + strlen(ret->password) != end)
		return refuse(s, "invalid PLAIN response");
	if (*authzid && strcmp(authzid, user) != 0)
		ret->user = ""; /* to act for others is denied to all */
	return SASL_OK;
}

/* The prompts are "Username:" and "Password:". */
static enum sasl_result login(struct session *s, const struct command *c,
                              struct sasl_credentials *ret)
{
	char *password;
	size_t room;
	ssize_t n;

	ret->method = "login";
	n = first(s, c, "VXNlcm5hbWU6", ret->buf, sizeof(ret->buf) / 2);
	if (n < 0)
		return SASL_FAILED;
	if (strlen(ret->buf) != (size_t)n)
		return refuse(s, "invalid LOGIN response");
	password = ret->buf + n + 1;
	room = sizeof(ret->buf) - (size_t)n - 1;
	n = ask(s, "UGFzc3dvcmQ6", password, room);
	if (n < 0)
		return SASL_FAILED;
	if (strlen(password) != (size_t)n)
		return refuse(s, "invalid LOGIN response");
	ret->user = ret->buf;
	ret->password = password;
	return SASL_OK;
}

/* Returns NULL where a password may cross, or what to tell the client. */
static const char *refuse_password(const struct session *s)
{
	return tlspolicy_problem(&s->channel, s->options, &s->client);
}

/* RFC 4422, appendix A: the client says at most as whom, the channel who. */
static enum sasl_result external(struct session *s, const struct command *c,
                                 struct sasl_credentials *ret)
{
	const char *authzid = ret->buf;
	ssize_t n;

	ret->method = "external";
	n = first(s, c, "", ret->buf, sizeof(ret->buf));
	if (n < 0)
		return SASL_FAILED;
	if (strlen(authzid) != (size_t)n)
		return refuse(s, "invalid EXTERNAL response");
	ret->user = s->channel.user;
	ret->password = NULL;
	if (*authzid && strcmp(authzid, ret->user) != 0)
		ret->user = ""; /* to act for others is denied to all */
	return SASL_OK;
}

static const char *refuse_stranger(const struct session *s)
{
	return s->channel.user[0] ? NULL
	                          : "no certificate tells here who you are";
}

static const struct {
	const char *name;
	enum sasl_result (*exchange)(struct session *s, const struct command *c,
	                             struct sasl_credentials *ret);
	const char *(*refusal)(const struct session *s); /* NULL: it may */
} mechanisms[] = {
	{"PLAIN", plain, refuse_password},
	{"LOGIN", login, refuse_password},
	{"EXTERNAL", external, refuse_stranger},
};

#define MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

size_t sasl_count(const struct session *s)
{
	size_t i, n = 0;

	for (i = 0; i < MECHANISMS; i++)
		n += mechanisms[i].refusal(s) == NULL;
	return n;
}

void sasl_mechanisms(struct session *s, const char *start, const char *end)
{
	size_t i;

	for (i = 0; i < MECHANISMS; i++)
		if (!mechanisms[i].refusal(s))
			stream_printf(&s->stream, "%s%s%s", start,
			              mechanisms[i].name, end);
}

void sasl_list(struct session *s)
{
	reply_ok(&s->stream, "mechanisms follow");
	sasl_mechanisms(s, "", "\r\n");
	stream_printf(&s->stream, ".\r\n");
}

enum sasl_result sasl_exchange(struct session *s, const struct command *c,
                               struct sasl_credentials *ret)
{
	const char *why = "no such authentication mechanism";
	size_t i;

	for (i = 0; i < MECHANISMS; i++) {
		if (strcasecmp(c->argv[0], mechanisms[i].name) != 0)
			continue;
		why = mechanisms[i].refusal(s);
		if (!why)
			return mechanisms[i].exchange(s, c, ret);
		s->clear |= mechanisms[i].refusal == refuse_password;
	}
	return refuse(s, why);
}
