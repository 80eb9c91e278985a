/* SPDX-License-Identifier: ISC */
/*
 * The floor of logging in: authenticate SERVICE greets, takes USER and PASS,
 * asks PAM as a server must, and ends at the next line.  Nothing is checked
 * that a client which means well does not need.
 */
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char password[512];

static int answer(int n, const struct pam_message **m,
                  struct pam_response **ret, void *ctx)
{
	(void)m;
	(void)ctx;
	*ret = calloc((size_t)n, sizeof(**ret));
	if (!*ret)
		return PAM_BUF_ERR;
	(*ret)->resp = strdup(password);
	return PAM_SUCCESS;
}

/* The argument of the client's next line. */
static void take(char *to, size_t size)
{
	char line[512] = "";

	if (write(STDOUT_FILENO, "+OK\r\n", 5) != 5 ||
	    read(STDIN_FILENO, line, sizeof(line) - 1) < 0)
		exit(1);
	line[strcspn(line, "\r\n")] = '\0';
	(void)snprintf(to, size, "%s", strlen(line) > 5 ? line + 5 : "");
}

/* What every server asks of PAM when somebody logs in. */
static int log_in(pam_handle_t *h)
{
	int code;

	code = pam_authenticate(h, 0);
	if (code == PAM_SUCCESS)
		code = pam_acct_mgmt(h, 0);
	if (code == PAM_SUCCESS)
		code = pam_setcred(h, PAM_ESTABLISH_CRED);
	if (code == PAM_SUCCESS)
		code = pam_open_session(h, 0);
	if (code == PAM_SUCCESS)
		code = pam_close_session(h, 0);
	(void)pam_setcred(h, PAM_DELETE_CRED);
	return code;
}

int main(int argc, char **argv)
{
	struct pam_conv conv = {.conv = answer};
	char user[512], nothing[512];
	pam_handle_t *h;
	int code;

	if (argc != 2)
		return 1;
	take(user, sizeof(user));
	take(password, sizeof(password));
	if (pam_start(argv[1], user, &conv, &h) != PAM_SUCCESS)
		return 1;
	code = log_in(h);
	(void)pam_end(h, code);
	if (code != PAM_SUCCESS)
		return 1;
	take(nothing, sizeof(nothing));
	return write(STDOUT_FILENO, "+OK\r\n", 5) != 5;
}
