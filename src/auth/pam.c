/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <security/pam_appl.h>
#include <shadow.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/pam.h"

/* The answers of a conversation with modules. */
struct conversation {
	const char *password; /* NULL: it must not be given, or was already */
	bool given;           /* a module has got it */
	bool refused;         /* a module asked for more */
};

/* PAM's codes for the user's faults; all others are this host's. */
static const struct {
	int code;
	const char *reason;
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
 * Only the first hidden prompt gets the password: a second one may ask for a
 * new password or a code.
 */
static int answer_prompt(struct conversation *t, const struct pam_message *m,
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
	t->given = true;
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
		code = answer_prompt(data, m[i], &r[i]);
	if (code == PAM_SUCCESS)
		*ret = r;
	else
		free_replies(r, n);
	return code;
}

/* auth_login chooses when a failure is returned: modules must not delay. */
static void skip_delay(int code, unsigned int microseconds, void *data)
{
	(void)code;
	(void)microseconds;
	(void)data;
}

static int start_pam(const struct auth_setup *setup, const char *user,
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
		code = pam_set_item(*ret, PAM_FAIL_DELAY, (void *)skip_delay);
	return code;
}

/* Copies the user's name, which a module may have changed. */
static int copy_user_name(pam_handle_t *h,
                          char name[static USERNAME_OCTETS + 1])
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
 * Deletes the credentials after the session (pam_setcred(3)), or each poll
 * would leave, say, a ticket file behind.
 */
static int run_session(pam_handle_t *h)
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

static enum auth_result fail_step(pam_handle_t *h, const char *step, int code,
                                  struct auth_failure *failure)
{
	(void)snprintf(detail_text, sizeof(detail_text), "%s: %s", step,
	               pam_strerror(h, code));
	failure->reason = "pam";
	failure->detail = detail_text;
	return AUTH_UNAVAILABLE;
}

/* Returns the result for a code of PAM, the user's fault or this host's. */
static enum auth_result explain_code(pam_handle_t *h, const char *step,
                                     int code, struct auth_failure *failure)
{
	size_t i;

	for (i = 0; i < sizeof(denials) / sizeof(denials[0]); i++) {
		if (denials[i].code == code) {
			failure->reason = denials[i].reason;
			failure->detail = NULL;
			return AUTH_DENIED;
		}
	}
	return fail_step(h, step, code, failure);
}

/* Authenticates the user, and asks the account rules. */
static int check_user(pam_handle_t *h, struct conversation *t,
                      const char *password, const char **step, bool *wrong)
{
	const int flags = PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK;
	int code;

	*step = "pam_authenticate";
	t->password = password;
	code = password ? pam_authenticate(h, flags) : PAM_SUCCESS;
	t->password = NULL;
	*wrong = t->given && (code == PAM_AUTH_ERR || code == PAM_USER_UNKNOWN);
	if (code != PAM_SUCCESS)
		return code;
	*step = "pam_acct_mgmt";
	code = pam_acct_mgmt(h, flags);
	/* Many services end in pam_deny, whose code is a wrong password's. */
	return code == PAM_AUTH_ERR || code == PAM_USER_UNKNOWN
	               ? PAM_PERM_DENIED
	               : code;
}

static enum auth_result converse_with_pam(const struct auth_setup *setup,
                                          const char *user,
                                          const char *password,
                                          char name[static USERNAME_OCTETS + 1],
                                          struct auth_failure *failure)
{
	struct conversation t = {NULL, false, false};
	const struct pam_conv conv = {converse, &t};
	enum auth_result ret = AUTH_OK;
	const char *step = "pam_start";
	pam_handle_t *h = NULL;
	int code;

	code = start_pam(setup, user, &conv, &h);
	if (code != PAM_SUCCESS) {
		ret = fail_step(h, step, code, failure);
		goto out;
	}
	code = check_user(h, &t, password, &step, &failure->wrong);
	if (code != PAM_SUCCESS && t.refused) {
		ret = fail_step(h, "a module asked for more than a password",
		                code, failure);
		goto out;
	}
	if (code != PAM_SUCCESS) {
		ret = explain_code(h, step, code, failure);
		goto out;
	}
	code = copy_user_name(h, name);
	if (code == PAM_SUCCESS)
		code = run_session(h);
	if (code != PAM_SUCCESS)
		ret = fail_step(h, "session", code, failure);
out:
	if (h)
		(void)pam_end(h, code);
	return ret;
}

static bool forked; /* a module tried to start a program */

static void note_fork(void)
{
	forked = true;
}

/*
 * A module could not start its helper.  pam_unix then denies as it does for a
 * wrong password, but asks its helper only for a user in the shadow database.
 */
static enum auth_result explain_fork(enum auth_result result, const char *user,
                                     struct auth_failure *failure)
{
	struct spwd line, *found = NULL;
	char buf[1024];

	if (result == AUTH_DENIED) {
		(void)getspnam_r(user, &line, buf, sizeof(buf), &found);
		explicit_bzero(buf, sizeof(buf));
		if (!found)
			return result;
	}
	failure->reason = "pam-helper";
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
	 * When root runs faillock --reset, the tally's owner becomes its user.
	 * We can still write it by its group, the start user's own.
	 */
	before = umask(S_IRWXO);
	(void)pthread_atfork(note_fork, NULL, NULL);
	ret = converse_with_pam(setup, user, password, name, failure);
	if (ret != AUTH_OK && setup->no_helper && forked)
		ret = explain_fork(ret, user, failure);
	(void)umask(before);
	return ret;
}
