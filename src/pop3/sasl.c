/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "pop3/reply.h"
#include "pop3/sasl.h"

static enum sasl_result fail_exchange(struct session *s, const char *text)
{
	reply_err(&s->stream, NULL, "%s", text);
	return SASL_FAILED;
}

/*
 * Decodes a response of length octets into buf, and ends it with a NUL.
 * Returns its octets, or -1 after -ERR.
 */
static ssize_t decode_response(struct session *s, const char *text,
                               size_t length, char *buf, size_t size)
{
	ssize_t n = -1;

	if (strcmp(text, "*") == 0) {
		(void)fail_exchange(s, "authentication cancelled");
		return -1;
	}
	if (strlen(text) == length)
		n = base64_decode(text, buf, size - 1);
	if (n < 0)
		(void)fail_exchange(s, "invalid base64");
	else
		buf[n] = '\0';
	return n;
}

/*
 * Sends a challenge and reads the response.  Returns its octets; -1 after
 * -ERR, or if the stream has ended.
 */
static ssize_t send_challenge(struct session *s, const char *challenge,
                              char *buf, size_t size)
{
	char line[SASL_OCTETS + 1];
	ssize_t n;

	/* RFC 5034, section 4: the blank also before an empty challenge */
	stream_printf(&s->stream, "+ %s\r\n", challenge);
	n = stream_getline(&s->stream, line, sizeof(line));
	if (n == STREAM_LINE_TOO_LONG)
		(void)fail_exchange(s, "line too long");
	else if (n >= 0)
		n = decode_response(s, line, (size_t)n, buf, size);
	explicit_bzero(line, sizeof(line));
	return n < 0 ? -1 : n;
}

/*
 * Gets the first response: the command's second argument (RFC 5034, section
 * 4), which is wiped, and of which "=" is an empty one; or, without it, the
 * response to the challenge.  Returns as send_challenge does.
 */
static ssize_t get_response(struct session *s, const struct command *c,
                            const char *challenge, char *buf, size_t size)
{
	ssize_t n;

	if (c->argc < 2)
		return send_challenge(s, challenge, buf, size);
	if (strcmp(c->argv[1], "=") == 0) {
		buf[0] = '\0';
		return 0;
	}
	n = decode_response(s, c->argv[1], strlen(c->argv[1]), buf, size);
	explicit_bzero(c->argv[1], strlen(c->argv[1]));
	return n;
}

/* RFC 4616: [authzid] NUL authcid NUL passwd */
static enum sasl_result exchange_plain(struct session *s,
                                       const struct command *c,
                                       struct sasl_credentials *ret)
{
	char *user, *end, *authzid = ret->buf;
	ssize_t n;

	ret->method = "plain";
	n = get_response(s, c, "", ret->buf, sizeof(ret->buf));
	if (n < 0)
		return SASL_FAILED;
	end = ret->buf + n;
	user = authzid + strlen(authzid) + 1;
	if (user > end)
		return fail_exchange(s, "invalid PLAIN response");
	ret->user = user;
	ret->password = user + strlen(user) + 1;
	if (ret->password > end || ret->password + strlen(ret->password) != end)
		return fail_exchange(s, "invalid PLAIN response");
	if (*authzid && strcmp(authzid, user) != 0)
		ret->user = ""; /* nobody may act for another user */
	return SASL_OK;
}

/* The challenges say "Username:" and "Password:". */
static enum sasl_result exchange_login(struct session *s,
                                       const struct command *c,
                                       struct sasl_credentials *ret)
{
	char *password;
	size_t size;
	ssize_t n;

	ret->method = "login";
	n = get_response(s, c, "VXNlcm5hbWU6", ret->buf, sizeof(ret->buf) / 2);
	if (n < 0)
		return SASL_FAILED;
	if (strlen(ret->buf) != (size_t)n)
		return fail_exchange(s, "invalid LOGIN response");
	password = ret->buf + n + 1;
	size = sizeof(ret->buf) - (size_t)n - 1;
	n = send_challenge(s, "UGFzc3dvcmQ6", password, size);
	if (n < 0)
		return SASL_FAILED;
	if (strlen(password) != (size_t)n)
		return fail_exchange(s, "invalid LOGIN response");
	ret->user = ret->buf;
	ret->password = password;
	return SASL_OK;
}

/*
 * RFC 4422, appendix A: the client's certificate says who the user is; the
 * client may only repeat that.
 */
static enum sasl_result exchange_external(struct session *s,
                                          const struct command *c,
                                          struct sasl_credentials *ret)
{
	const char *authzid = ret->buf;
	ssize_t n;

	ret->method = "external";
	n = get_response(s, c, "", ret->buf, sizeof(ret->buf));
	if (n < 0)
		return SASL_FAILED;
	if (strlen(authzid) != (size_t)n)
		return fail_exchange(s, "invalid EXTERNAL response");
	ret->user = s->tlspolicy.user;
	ret->password = NULL;
	if (*authzid && strcmp(authzid, ret->user) != 0)
		ret->user = ""; /* nobody may act for another user */
	return SASL_OK;
}

static const struct mechanism {
	const char *name;
	enum sasl_result (*exchange)(struct session *s, const struct command *c,
	                             struct sasl_credentials *ret);
	bool password; /* it sends a plaintext password */
} mechanisms[] = {
	{"PLAIN", exchange_plain, true},
	{"LOGIN", exchange_login, true},
	{"EXTERNAL", exchange_external, false},
};

#define MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

static bool may_use(const struct session *s, const struct mechanism *m)
{
	if (m->password)
		return !tlspolicy_problem(&s->tlspolicy, s->options,
		                          &s->client);
	return s->tlspolicy.user[0] != '\0';
}

size_t sasl_count(const struct session *s)
{
	size_t i, n = 0;

	for (i = 0; i < MECHANISMS; i++)
		n += may_use(s, &mechanisms[i]);
	return n;
}

void sasl_mechanisms(struct session *s, const char *start, const char *end)
{
	size_t i;

	for (i = 0; i < MECHANISMS; i++)
		if (may_use(s, &mechanisms[i]))
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
	const struct mechanism *m = mechanisms;

	while (m < mechanisms + MECHANISMS &&
	       strcasecmp(c->argv[0], m->name) != 0)
		m++;
	if (m == mechanisms + MECHANISMS)
		return fail_exchange(s, "no such authentication mechanism");
	if (m->password && session_refuses_password(s))
		return SASL_FAILED;
	if (!may_use(s, m))
		return fail_exchange(s, "no client certificate identifies you");
	return m->exchange(s, c, ret);
}
