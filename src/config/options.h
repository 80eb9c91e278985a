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
	const char *mailbox;     /* --mailbox */
	const char *home_dirs;   /* --home-dirs */
	const char *mail_user;   /* --mail-user, or NULL */
	const char *state_dir;   /* --state-dir, else $STATE_DIRECTORY, else
	                            /var/lib/onepop */
	const char *run_dir;     /* $RUNTIME_DIRECTORY, else /run/onepop */
	int lock_timeout;        /* --lock-timeout, seconds */
	int idle_timeout;        /* --idle-timeout, seconds */
	int login_timeout;       /* --login-timeout, seconds */
	int max_failures;        /* --max-failures */
	int remember_failures;   /* --remember-failures: 0 no, 1 yes */
	const char *unit; /* $INVOCATION_ID: systemd's name of this run of our
	                     unit, 32 hexadecimal digits; or NULL */
	int network_mailbox;    /* --network-mailbox: 0 refuse, 1 allow */
	const char *start_user; /* --start-user */
	const char *chroot;     /* --chroot, or NULL */
	int sandbox;            /* --sandbox: an enum options_sandbox */
	int pam_helper;         /* --pam-helper: an enum options_pam_helper */
	int tls;                /* --tls: an enum options_tls */
	int require_tls;        /* --require-tls: an enum options_require_tls */
	const char *tls_cert;   /* --tls-cert, or NULL */
	const char *tls_key;    /* --tls-key, or NULL: it is in tls_cert */
	const char *tls_client_ca; /* --tls-client-ca, or NULL */
	int tls_client_user;       /* --tls-client-user: an enum
	                              options_tls_user */
	int client_address;        /* --client-address: an enum
	                              options_client_address */
	const char *proxy_from;    /* --proxy-from, or NULL: nobody has said,
	                              so it is OPTIONS_PROXY_FROM */
	bool help;                 /* --help */
	bool version;              /* --version */
	char *const *words;        /* what is no option; ended by NULL */
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

/* Says what is wrong with a string, or returns NULL. */
typedef const char *options_valid_fn(const char *value);

/* A row of the table: all there is to know of an option. */
struct options_row {
	const char *name; /* without the dashes */
	enum options_kind kind;
	size_t at;            /* the value's place in struct options */
	const char *argument; /* what --help calls the value, or NULL */
	const char *fallback; /* the default, as one would write it, or NULL */
	const char *help;     /* one line */
	/* What not all have */
	bool line_only;           /* not in the options file */
	int least, most;          /* of a number */
	const char *unset;        /* in words: without it, and no default */
	options_valid_fn *valid;  /* of a string */
	const char *const *words; /* ended by NULL, of OPTIONS_WORD */
};

/* Ends with a row whose name is NULL. */
extern const struct options_row options_rows[];

/*
 * Puts a value into its place in *to, a struct options.  value is NULL where
 * none was written.  Returns NULL, or what is wrong with it.
 */
const char *options_set(const struct options_row *row, void *to,
                        const char *value);

#define OPTIONS_NUMBER 12 /* octets of a number and its NUL */

/*
 * Returns a value as it would be written: text is for that of a number.  NULL
 * where there is none.  row is not OPTIONS_FLAG.
 */
const char *options_get(const struct options_row *row, const void *from,
                        char text[static OPTIONS_NUMBER]);

/* What differs between the programs that take these options. */
struct options_program {
	const char *name;
	void (*print_usage)(void); /* what --help prints before the options */
	const char *page;          /* the manual page that --help names */
	bool words;                /* may words stand among the options? */
};

/* Of an invocation ID of systemd, and of a login name. */
options_valid_fn options_unit_problem, options_name_problem;

/*
 * Reads the command line and the options file; the command line wins.
 * o->words is set with EX_CONFIG, too.
 * Returns 0; OPTIONS_DONE; or EX_USAGE, EX_CONFIG or (standard output is
 * full) EX_IOERR of sysexits.h with the matter in why: file and line, the
 * option, the reason.  The strings of *o live as long as the program, or
 * till the next call.
 */
int options_read(struct options *o, const struct options_program *program,
                 int argc, char **argv, char *why, size_t size);

#endif
