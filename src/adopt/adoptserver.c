/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "adopt/adoptserver.h"

#include "adopt/adoptreport.h"
#include "adopt/askids.h"
#include "config/pattern.h"

/* Logins that are refused before the first that is not: the password, or the
 * form of the names, is wrong for all. */
#define REFUSED_MOST 3

const char *adoptserver_problem(const char *url, const char *form)
{
	static char problem[OLDSERVER_NAME + 64];
	char name[OLDSERVER_NAME];
	const char *wrong = oldserver_url_problem(url);

	if (wrong) {
		(void)snprintf(problem, sizeof(problem), "%.200s: %s", url,
		               wrong);
		return problem;
	}
	if (form &&
	    pattern_fill(name, sizeof(name), form, "a@b", NULL) != PATTERN_OK)
		return "--user-form: is no pattern of %u, %n and %d";
	return NULL;
}

const char *adoptserver_begin(struct adoptserver *s, struct adoptreport *r)
{
	static char problem[PATH_MAX + 256];
	const char *wrong = passwords_read(&s->passwords, s->file);

	if (wrong) {
		(void)snprintf(problem, sizeof(problem), "%s: %s", s->file,
		               wrong);
		return problem;
	}
	if (!oldserver_url_is_safe(s->url))
		adoptreport_error(
			r, s->url,
			"warning: others on the way may read the passwords: "
			"they are encrypted only if the server offers STLS, "
			"and its certificate is not looked at; fix: pop3s://");
	return askids_begin();
}

void adoptserver_end(struct adoptserver *s)
{
	passwords_wipe(&s->passwords);
}

const char *adoptserver_login(const struct adoptserver *s, const char *user,
                              struct oldserver_login *ret)
{
	static char problem[OLDSERVER_NAME + PATH_MAX + 64];

	if (pattern_fill(ret->user, sizeof(ret->user), s->form, user, NULL) !=
	    PATTERN_OK)
		return "--user-form makes no name of it";
	if (passwords_find(&s->passwords, ret->user, ret->password,
	                   sizeof(ret->password)) == 0)
		return NULL;
	(void)snprintf(problem, sizeof(problem), "%s has no password for %s",
	               s->file, ret->user);
	return problem;
}

static void give_up(struct adoptserver *s, struct adoptreport *r,
                    const char *problem)
{
	char text[OLDSERVER_PROBLEM + 128];

	if (s->useless)
		return;
	s->useless = true;
	(void)snprintf(text, sizeof(text), "%s; nobody else is asked for",
	               problem);
	adoptreport_error(r, s->url, text);
}

void adoptserver_failed(struct adoptserver *s, struct adoptreport *r,
                        const char *user, int how, int fd)
{
	struct askids_result result;
	char text[OLDSERVER_PROBLEM + 32];

	if (askids_read(fd, &result) < 0) {
		adoptreport_errno(r, user, "what was asked");
		return;
	}
	if (how == ASKIDS_SERVER) {
		give_up(s, r, result.problem);
		r->unasked++;
		return;
	}
	(void)snprintf(text, sizeof(text), "the old server: %s",
	               result.problem);
	adoptreport_problem(r, user, text);
	s->refused += how == ASKIDS_REFUSED;
	if (s->refused == REFUSED_MOST && s->let_in == 0)
		give_up(s, r, "it has refused each login");
}

void adoptserver_asked(struct adoptserver *s, struct adoptreport *r,
                       const char *user, int fd)
{
	struct askids_result result;
	char text[128];

	s->let_in++;
	if (askids_read(fd, &result) < 0 || result.unusable == 0)
		return;
	(void)snprintf(text, sizeof(text),
	               "warning: %" PRIu32
	               " ids of the old server are not what RFC 1939 allows, "
	               "and not used",
	               result.unusable);
	adoptreport_error(r, user, text);
}
