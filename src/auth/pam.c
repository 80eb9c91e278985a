#include <pthread.h>
#include <security/pam_appl.h>
#include <shadow.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/pam.h"

/* What a conversation may answer, and has. */
struct talk {
	const char *password; /* NULL when it is spent, or not yet asked for */
	bool asked;           /* a module has taken it */
	bool refused;         /* a module asked for more */
};

/* PAM's codes that are the user's fault; all others are ours. */
static const struct {
	int code;
	const char *why;
} denials[] = {
	{PAM_AUTH_ERR, "auth"},
	{PAM_USER_UNKNOWN, "auth"},
	{PAM_MAXTRIES, "maxtries"},
	{PAM_PERM_DENIED, "denied"},
	{PAM_ACCT_EXPIRED, "expired"},
	{PAM_CRED_EXPIRED, "expired"},
	{PAM_AUTHTOK_EXPIRED, "expired"},
	{PAM_NEW_AUTHTOK_REQD, "expired"}, /* POP3 cannot change it */
};

static char detail_text[256];

/*
 * Only the first hidden prompt asks for the password: a second one may want
 * a new password or a code, and must not get this one.
 */
static int answer(struct talk *t, const struct pam_message *m,
                  struct pam_response *r)
{
	if (m->msg_style == PAM_TEXT_INFO || m->msg_style == PAM_ERROR_MSG)
		return PAM_SUCCESS;
	if (m->msg_style != PAM_PROMPT_ECHO_OFF || t->password == NULL) {
		t->refused = true;
		return PAM_CONV_ERR;
	}
	r->resp = strdup(t->password);
	if (r->resp == NULL)
		return PAM_BUF_ERR;
	t->password = NULL;
	t->asked = true;
	return PAM_SUCCESS;
}

static void free_replies(struct pam_response *r, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (r[i].resp == NULL)
			continue;
		explicit_bzero(r[i].resp, strlen(r[i].resp));
		free(r[i].resp);
	}
	free(r);
}

static int converse(int n, const struct pam_message **m,
                    struct pam_response **ret, void *data)
{
	struct pam_response *r;
	int i, code = PAM_SUCCESS;

	if (n <= 0 || n > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	r = calloc((size_t)n, sizeof(*r));
	if (r == NULL)
		return PAM_BUF_ERR;
	for (i = 0; i < n && code == PAM_SUCCESS; i++)
		code = answer(data, m[i], &r[i]);
	if (code == PAM_SUCCESS)
		*ret = r;
	else
		free_replies(r, n);
	return code;
}

/* The caller answers at a time of its own: a module must add nothing. */
static void no_delay(int code, unsigned int microseconds, void *data)
{
	(void)code;
	(void)microseconds;
	(void)data;
}

static int start(const struct auth_setup *setup, const char *user,
                 const struct pam_conv *conv, pam_handle_t **ret)
{
	int code;

	if (setup->confdir)
		code = pam_start_confdir(setup->service, user, conv,
		                         setup->confdir, ret);
	else
		code = pam_start(setup->service, user, conv, ret);
	if (code == PAM_SUCCESS)
		code = pam_set_item(*ret, PAM_TTY, "pop3");
	if (code == PAM_SUCCESS && setup->rhost_kind == ENDPOINT_INET)
		code = pam_set_item(*ret, PAM_RHOST, setup->rhost);
	if (code == PAM_SUCCESS)
		code = pam_set_item(*ret, PAM_FAIL_DELAY, (void *)no_delay);
	return code;
}

/* The name a module may have changed. */
static int read_name(pam_handle_t *h, char name[static USERNAME_OCTETS + 1])
{
	const void *item = NULL;
	int code;

	code = pam_get_item(h, PAM_USER, &item);
	if (code != PAM_SUCCESS)
		return code;
	if (item == NULL || strlen(item) > USERNAME_OCTETS)
		return PAM_SYSTEM_ERR;
	(void)snprintf(name, USERNAME_OCTETS + 1, "%s", (const char *)item);
	return PAM_SUCCESS;
}

/*
 * Credentials are given back after the session (pam_setcred(3)): else a
 * ticket file or the like would stay behind from each poll.
 */
static int open_and_close(pam_handle_t *h)
{
	int code;

	code = pam_setcred(h, PAM_ESTABLISH_CRED | PAM_SILENT);
	if (code != PAM_SUCCESS)
		return code;
	code = pam_open_session(h, PAM_SILENT);
	if (code == PAM_SUCCESS)
		code = pam_close_session(h, PAM_SILENT);
	(void)pam_setcred(h, PAM_DELETE_CRED | PAM_SILENT);
	return code;
}

static enum auth_result unavailable(pam_handle_t *h, const char *step, int code,
                                    struct auth_failure *failure)
{
	(void)snprintf(detail_text, sizeof(detail_text), "%s: %s", step,
	               pam_strerror(h, code));
	failure->why = "pam";
	failure->detail = detail_text;
	return AUTH_UNAVAILABLE;
}

/*
 * Where an account may not come in, many services end in pam_deny, whose code
 * is that of a wrong password.
 */
static int denied_account(int code)
{
	return code == PAM_AUTH_ERR || code == PAM_USER_UNKNOWN
	               ? PAM_PERM_DENIED
	               : code;
}

/* Whose fault a refusal is. */
static enum auth_result judge(pam_handle_t *h, const char *step, int code,
                              struct auth_failure *failure)
{
	size_t i;

	for (i = 0; i < sizeof(denials) / sizeof(denials[0]); i++) {
		if (denials[i].code == code) {
			failure->why = denials[i].why;
			failure->detail = NULL;
			return AUTH_DENIED;
		}
	}
	return unavailable(h, step, code, failure);
}

/* Is it that user, and may the user come in? */
static int check(pam_handle_t *h, struct talk *t, const char *password,
                 const char **step, bool *wrong)
{
	const int flags = PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK;
	int code;

	*step = "pam_authenticate";
	t->password = password;
	code = password ? pam_authenticate(h, flags) : PAM_SUCCESS;
	t->password = NULL;
	*wrong = t->asked && (code == PAM_AUTH_ERR || code == PAM_USER_UNKNOWN);
	if (code != PAM_SUCCESS)
		return code;
	*step = "pam_acct_mgmt";
	return denied_account(pam_acct_mgmt(h, flags));
}

static enum auth_result log_in(const struct auth_setup *setup, const char *user,
                               const char *password,
                               char name[static USERNAME_OCTETS + 1],
                               struct auth_failure *failure)
{
	struct talk t = {NULL, false, false};
	const struct pam_conv conv = {converse, &t};
	enum auth_result ret = AUTH_OK;
	const char *step = "pam_start";
	pam_handle_t *h = NULL;
	int code;

	code = start(setup, user, &conv, &h);
	if (code != PAM_SUCCESS) {
		ret = unavailable(h, step, code, failure);
		goto out;
	}
	code = check(h, &t, password, &step, &failure->wrong);
	if (code != PAM_SUCCESS && t.refused) {
		ret = unavailable(h, "a module asked for more than a password",
		                  code, failure);
		goto out;
	}
	if (code != PAM_SUCCESS) {
		ret = judge(h, step, code, failure);
		goto out;
	}
	code = read_name(h, name);
	if (code == PAM_SUCCESS)
		code = open_and_close(h);
	if (code != PAM_SUCCESS)
		ret = unavailable(h, "session", code, failure);
out:
	if (h)
		(void)pam_end(h, code);
	return ret;
}

static bool forked; /* a module wanted to */

static void note_fork(void)
{
	forked = true;
}

/* Has the user a password that a helper could have compared? */
static bool is_in_shadow(const char *user)
{
	struct spwd line, *found = NULL;
	char buf[1024];

	(void)getspnam_r(user, &line, buf, sizeof(buf), &found);
	explicit_bzero(buf, sizeof(buf));
	return found != NULL;
}

/*
 * pam_unix says of a process that it cannot start what it says of a wrong
 * password.
 */
static enum auth_result judge_helper(enum auth_result result, const char *user,
                                     struct auth_failure *failure)
{
	if (result == AUTH_DENIED && !is_in_shadow(user))
		return result;
	failure->why = "pam-helper";
	failure->detail = "a PAM module runs a program, as pam_unix does "
			  "since Linux-PAM 1.6: set --pam-helper yes";
	failure->wrong = false;
	return AUTH_UNAVAILABLE;
}

enum auth_result pam_login(const struct auth_setup *setup, const char *user,
                           const char *password,
                           char name[static USERNAME_OCTETS + 1],
                           struct auth_failure *failure)
{
	enum auth_result ret;
	mode_t before;

	/*
	 * faillock --reset, by root, gives a tally to its user: ours it stays
	 * by its group, which is the start user's own.
	 */
	before = umask(S_IRWXO);
	(void)pthread_atfork(note_fork, NULL, NULL);
	ret = log_in(setup, user, password, name, failure);
	if (ret != AUTH_OK && setup->no_helper && forked)
		ret = judge_helper(ret, user, failure);
	(void)umask(before);
	return ret;
}
