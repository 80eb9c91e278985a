/* SPDX-License-Identifier: ISC */
/*
 * The options: one table drives the command line, the options file, and
 * --help.
 */
#ifndef ONEPOP_OPTIONS_H
#define ONEPOP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum options_sandbox { SANDBOX_REQUIRE, SANDBOX_TRY, SANDBOX_OFF };
enum options_pam_helper { PAM_HELPER_NO, PAM_HELPER_YES };
enum options_tls { TLS_OFF, TLS_STLS, TLS_IMPLICIT, TLS_EXTERNAL };
enum options_tls_user { TLS_USER_NONE, TLS_USER_CN, TLS_USER_EMAIL };
enum options_require_tls {
	REQUIRE_TLS_NEVER,
	REQUIRE_TLS_REMOTE,
	REQUIRE_TLS_ALWAYS
};

enum options_client_address { CLIENT_SOCKET, CLIENT_PROXY, CLIENT_ENVIRONMENT };

struct options {
	const char *config;      /* --config, or NULL: the default, if there */
	const char *pam_service; /* --pam-service */
	const char *pam_confdir; /* --pam-confdir, or NULL */
	const char *account;     /* --account */
	const char *mailbox;     /* --mailbox */
	const char *home_dirs;   /* --home-dirs */
	const char *mail_user;   /* --mail-user, or NULL */
	const char *state_dir;   /* --state-dir, else $STATE_DIRECTORY, else
	                            /var/lib/onepop */
	const char *run_dir;     /* $RUNTIME_DIRECTORY, else /run/onepop */
	int lock_timeout;        /* --lock-timeout, seconds */
	int session_wait;        /* --session-wait, seconds */
	int idle_timeout;        /* --idle-timeout, seconds */
	int login_timeout;       /* --login-timeout, seconds */
	const char *expire;      /* --expire: "never", or days */
	int max_failures;        /* --max-failures */
	int remember_failures;   /* --remember-failures: 0 no, 1 yes */
	int log_deletions;       /* --log-deletions: 0 no, 1 yes */
	int keep_deleted;        /* --keep-deleted, days; 0: no copies */
	int keep_deleted_size;   /* --keep-deleted-size, MiB */
	const char *unit; /* $INVOCATION_ID, systemd's name of this run of the
	                     unit: 32 hexadecimal digits; or NULL */
	int network_mailbox;    /* --network-mailbox: 0 refuse, 1 allow */
	const char *start_user; /* --start-user */
	const char *chroot;     /* --chroot, or NULL */
	int sandbox;            /* --sandbox: an enum options_sandbox */
	int pam_helper;         /* --pam-helper: an enum options_pam_helper */
	int tls;                /* --tls: an enum options_tls */
	int require_tls;        /* --require-tls: an enum options_require_tls */
	const char *trusted_networks; /* --trusted-networks, or NULL */
	const char *tls_cert;         /* --tls-cert, or NULL */
	const char *tls_key;       /* --tls-key, or NULL: it is in tls_cert */
	const char *tls_client_ca; /* --tls-client-ca, or NULL */
	int tls_client_user;       /* --tls-client-user: an enum
	                              options_tls_user */
	int client_address;        /* --client-address: an enum
	                              options_client_address */
	const char *proxy_from;    /* --proxy-from, or NULL: it was not given,
	                              so it is OPTIONS_PROXY_FROM */
	bool help;                 /* --help */
	bool version;              /* --version */
	char *const *words;        /* the other arguments; ended by NULL */
};

#define OPTIONS_FILE       "/etc/onepop.conf"
#define OPTIONS_RUN        "/run/onepop"
#define OPTIONS_STATE      "/var/lib/onepop"
#define OPTIONS_PROXY_FROM "unix,127.0.0.0/8,::1"
#define OPTIONS_DONE       (-1) /* --help or --version: nothing more to do */

enum options_kind {
	OPTIONS_FLAG, /* no value; a bool */
	OPTIONS_STRING,
	OPTIONS_SECONDS, /* an int from least to most */
	OPTIONS_COUNT,   /* the same */
	OPTIONS_WORD     /* an int: which of words it is */
};

/* Returns NULL, or what is wrong with the value in words. */
typedef const char *options_problem_fn(const char *value);

/* A row of the table: all that is known of an option. */
struct options_row {
	const char *name; /* without the dashes */
	enum options_kind kind;
	size_t at;            /* the value's place in struct options */
	const char *argument; /* the value's name in --help, or NULL */
	const char *fallback; /* the default, as in the options file, or NULL */
	const char *help;     /* one line */
	/* Only some rows have these */
	bool line_only;              /* not allowed in the options file */
	int least, most;             /* of a number */
	const char *unset;           /* in words: what holds without a value */
	options_problem_fn *problem; /* of a string */
	const char *const *words;    /* ended by NULL, of OPTIONS_WORD */
};

/* Ends with a row whose name is NULL. */
extern const struct options_row options_rows[];

/*
 * Puts a value into its place in *to, a struct options.  value is NULL where
 * the option stands without one.  Returns NULL, or what is wrong in words.
 */
const char *options_set(const struct options_row *row, void *to,
                        const char *value);

#define OPTIONS_NUMBER 12 /* octets of a number and its NUL */

/*
 * Returns a value as it is written in the options file, or NULL where there is
 * none.  A flag that is given has the value "".  text is for the value of a
 * number.
 */
const char *options_get(const struct options_row *row, const void *from,
                        char text[static OPTIONS_NUMBER]);

/* Of an invocation ID of systemd; of a login name. */
options_problem_fn options_unit_problem, options_name_problem;

/* The differences between the programs that take these options. */
struct options_program {
	const char *name;
	void (*print_usage)(void); /* the lines of --help before the options */
	const char *page;          /* the manual page that --help names */
	bool words;                /* words may stand among the options */
	/* Options of the program's own, which end as options_rows do: they
	   stand on the command line only.  print_usage names them. */
	const struct options_row *rows; /* or NULL */
	void *values;                   /* where options_set puts theirs */
};

/*
 * Reads the command line, then the options file; the command line wins.
 *
 * Returns 0; OPTIONS_DONE; or, with *problem in words, EX_USAGE, EX_CONFIG (of
 * the file: o->words is set) or EX_IOERR (standard output is full) of
 * sysexits.h.  *problem and the strings of *o are valid until the next call.
 */
int options_read(struct options *o, const struct options_program *program,
                 int argc, char **argv, const char **problem);

#endif
