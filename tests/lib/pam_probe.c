/* SPDX-License-Identifier: ISC */
/*
 * A PAM module that does what its arguments say, to see what the program
 * makes of it:
 *
 *   password=WORD   the first answer must be this, else PAM_AUTH_ERR
 *   prompts=N       that many hidden prompts in one conversation, default 1
 *   again           the same conversation a second time
 *   at=acct         hold the conversation in acct_mgmt (setcred, open,
 *                   close) instead
 *   add=STYLE       a message before them: info, error, echo (a visible
 *                   prompt), binary
 *   user=NAME       sets PAM_USER
 *   sleep=MS        sleeps first
 *   hangs           never comes back, and uses alarm(2) before
 *   delay           asks for a delay of ten seconds after a failure
 *   print           prints to standard output and error
 *   crash           dies of SIGABRT, as of a heap that is no more
 *   helper=PROGRAM  runs it, and fails with PAM_AUTH_ERR if it does
 *   stays           leaves a child behind, till the client hangs up
 *   auth=N acct=N setcred=N open=N close=N   what these return
 *   log=FILE        adds a line for each call
 */
#include <poll.h>
#include <security/pam_appl.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct call {
	pam_handle_t *h;
	const char *name;
	int flags, argc;
	const char **argv;
};

/* The value of an argument, "" for a bare word, or NULL. */
static const char *argument(const struct call *c, const char *name)
{
	size_t n;
	int i;

	n = strlen(name);
	for (i = 0; i < c->argc; i++) {
		if (strncmp(c->argv[i], name, n) != 0)
			continue;
		if (c->argv[i][n] == '=')
			return c->argv[i] + n + 1;
		if (c->argv[i][n] == '\0')
			return "";
	}
	return NULL;
}

static long number(const struct call *c, const char *name, long otherwise)
{
	const char *value;

	value = argument(c, name);
	return value ? strtol(value, NULL, 10) : otherwise;
}

static const char *item(const struct call *c, int which)
{
	const void *value = NULL;

	if (pam_get_item(c->h, which, &value) != PAM_SUCCESS || value == NULL)
		return "-";
	return value;
}

static void log_call(const struct call *c)
{
	const char *path;
	FILE *f;

	path = argument(c, "log");
	f = path ? fopen(path, "a") : NULL;
	if (f == NULL)
		return;
	(void)fprintf(f, "%s flags=%x user=%s rhost=%s tty=%s ruser=%s\n",
	              c->name, (unsigned int)c->flags, item(c, PAM_USER),
	              item(c, PAM_RHOST), item(c, PAM_TTY), item(c, PAM_RUSER));
	(void)fclose(f);
}

static int style(const char *name)
{
	static const struct {
		const char *name;
		int style;
	} styles[] = {
		{"info", PAM_TEXT_INFO},
		{"error", PAM_ERROR_MSG},
		{"echo", PAM_PROMPT_ECHO_ON},
		{"binary", PAM_BINARY_PROMPT},
	};
	size_t i;

	for (i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		if (strcmp(styles[i].name, name) == 0)
			return styles[i].style;
	return PAM_PROMPT_ECHO_OFF;
}

/* Is the answer to the first hidden prompt the password? */
static bool is_right(const struct call *c, const struct pam_message *m,
                     const struct pam_response *r, int n)
{
	const char *password;
	int i;

	password = argument(c, "password");
	for (i = 0; password && i < n; i++)
		if (m[i].msg_style == PAM_PROMPT_ECHO_OFF)
			return r[i].resp && strcmp(r[i].resp, password) == 0;
	return true;
}

static int converse(const struct call *c)
{
	static struct pam_message m[40];
	const struct pam_message *to[40];
	struct pam_response *r = NULL;
	const struct pam_conv *conv;
	const void *value = NULL;
	const char *add;
	int i, prompts, n = 0, code;
	bool right;

	add = argument(c, "add");
	if (add)
		m[n++] = (struct pam_message){style(add), "a message"};
	prompts = (int)number(c, "prompts", 1);
	for (i = 0; i < prompts; i++)
		m[n++] =
			(struct pam_message){PAM_PROMPT_ECHO_OFF, "Password: "};
	if (n == 0)
		return PAM_SUCCESS;
	for (i = 0; i < n; i++)
		to[i] = &m[i];
	code = pam_get_item(c->h, PAM_CONV, &value);
	conv = value;
	if (code != PAM_SUCCESS || conv == NULL)
		return PAM_CONV_ERR;
	code = conv->conv(n, to, &r, conv->appdata_ptr);
	if (code != PAM_SUCCESS)
		return code;
	right = is_right(c, m, r, n);
	for (i = 0; i < n; i++)
		free(r[i].resp);
	free(r);
	return right ? PAM_SUCCESS : PAM_AUTH_ERR;
}

static void nap(const struct call *c)
{
	struct timespec t;
	long ms;

	ms = number(c, "sleep", 0);
	t.tv_sec = ms / 1000;
	t.tv_nsec = ms % 1000 * 1000000;
	(void)nanosleep(&t, NULL);
}

static void hang(void)
{
	(void)signal(SIGALRM, SIG_IGN);
	(void)alarm(1);
	for (;;)
		(void)pause();
}

/* As pam_unix runs unix_chkpwd. */
static int help(const char *program)
{
	pid_t child;
	int status;

	child = fork();
	if (child == 0) {
		(void)execl(program, program, (char *)NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return PAM_SYSTEM_ERR;
	return status == 0 ? PAM_SUCCESS : PAM_AUTH_ERR;
}

static void leave_child(void)
{
	struct pollfd client = {.fd = STDIN_FILENO};

	if (fork() == 0) {
		(void)poll(&client, 1, -1);
		_exit(0);
	}
}

static int talk(const struct call *c)
{
	int code;

	code = converse(c);
	if (code == PAM_SUCCESS && argument(c, "again"))
		code = converse(c);
	return code;
}

static int run(const struct call *c)
{
	const char *at, *user;
	int code = PAM_SUCCESS;

	log_call(c);
	at = argument(c, "at");
	if (strcmp(at ? at : "auth", c->name) == 0) {
		nap(c);
		code = talk(c);
		if (argument(c, "hangs"))
			hang();
	}
	if (argument(c, "crash"))
		abort();
	if (argument(c, "stays"))
		leave_child();
	if (code == PAM_SUCCESS && argument(c, "helper"))
		code = help(argument(c, "helper"));
	user = argument(c, "user");
	if (code == PAM_SUCCESS && user)
		code = pam_set_item(c->h, PAM_USER, user);
	if (argument(c, "delay"))
		(void)pam_fail_delay(c->h, 10000000);
	if (argument(c, "print")) {
		(void)puts("printed by a module");
		(void)fflush(stdout);
		(void)fputs("printed by a module\n", stderr);
	}
	return code == PAM_SUCCESS ? (int)number(c, c->name, code) : code;
}

int pam_sm_authenticate(pam_handle_t *h, int flags, int argc, const char **argv)
{
	return run(&(struct call){h, "auth", flags, argc, argv});
}

int pam_sm_acct_mgmt(pam_handle_t *h, int flags, int argc, const char **argv)
{
	return run(&(struct call){h, "acct", flags, argc, argv});
}

int pam_sm_setcred(pam_handle_t *h, int flags, int argc, const char **argv)
{
	return run(&(struct call){h, "setcred", flags, argc, argv});
}

int pam_sm_open_session(pam_handle_t *h, int flags, int argc, const char **argv)
{
	return run(&(struct call){h, "open", flags, argc, argv});
}

int pam_sm_close_session(pam_handle_t *h, int flags, int argc,
                         const char **argv)
{
	return run(&(struct call){h, "close", flags, argc, argv});
}
