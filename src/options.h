/*
 * The options: one table drives the command line, the options file, and
 * --help.
 */
#ifndef ONEPOP_OPTIONS_H
#define ONEPOP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
	const char *config;      /* --config, or NULL: the default, if there */
	bool check;              /* --check */
	const char *check_user;  /* its USER, or NULL */
	const char *pam_service; /* --pam-service */
	const char *pam_confdir; /* --pam-confdir, or NULL */
	const char *mailbox;     /* --mailbox */
	const char *mail_user;   /* --mail-user, or NULL */
	const char *state_dir;   /* --state-dir, else $STATE_DIRECTORY, else
	                            /var/lib/onepop */
	int lock_timeout;        /* --lock-timeout, seconds */
	int idle_timeout;        /* --idle-timeout, seconds */
	int login_timeout;       /* --login-timeout, seconds */
	int max_failures;        /* --max-failures */
};

#define OPTIONS_FILE "/etc/onepop.conf"
#define OPTIONS_DONE (-1) /* --help or --version: nothing more to do */

/*
 * Reads the command line and the options file; the command line wins.
 * Returns 0; OPTIONS_DONE; or EX_USAGE or EX_CONFIG of sysexits.h with the
 * matter in why: file and line, the option, the reason.  The strings of *o
 * live as long as the program.
 */
int options_read(struct options *o, int argc, char **argv, char *why,
                 size_t size);

#endif
