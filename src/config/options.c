/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "config/options.h"

#include "base/decimal.h"
#include "base/textfile.h"
#include "config/cidr.h"
#include "config/mailpath.h"
#include "config/username.h"

#define LINE_MAX_OCTETS 1024
#define ROWS_MAX        64
#define VAL_FIRST       256 /* getopt's values, above its ':' and '?' */

const char *options_unit_problem(const char *value)
{
	const size_t n = strspn(value, "0123456789abcdef");

	return n == 32 && value[n] == '\0' ? NULL : "must be 32 digits";
}

const char *options_name_problem(const char *value)
{
	return username_is_valid(value)
	               ? NULL
	               : "is no name (letters, digits and . _ @ % + -)";
}

static const char *path_problem(const char *value)
{
	if (*value != '/')
		return "must begin with /";
	return strlen(value) < PATH_MAX ? NULL : "is too long";
}

static const char *mailbox_problem(const char *value)
{
	struct mailpath p;

	if (*value != '/' && strncmp(value, "%h", 2) != 0)
		return "must begin with / or %h";
	if (*value == '/' && mailpath_admin(value) == 0)
		return "must name a directory before the first %, or begin "
		       "with %h";
	return mailpath_fill(&p, value, "user@example.org", "/home/user");
}

/* Not 0: it would forbid clients to leave mail here (RFC 2449, section 6.7). */
static const char *expire_problem(const char *value)
{
	uint32_t days;

	if (strcmp(value, "never") == 0)
		return NULL;
	return *value == '0' || decimal_get(value, &days) < 0 || days > 36500
	               ? "must be never, or days from 1 to 36500"
	               : NULL;
}

static const char *const refuse_or_allow[] = {"refuse", "allow", NULL};
static const char *const no_or_yes[] = {"no", "yes", NULL};
static const char *const sandboxes[] = {[SANDBOX_REQUIRE] = "require",
                                        [SANDBOX_TRY] = "try",
                                        [SANDBOX_OFF] = "off",
                                        NULL};
static const char *const pam_helpers[] = {
	[PAM_HELPER_NO] = "no", [PAM_HELPER_YES] = "yes", NULL};
static const char *const tls_modes[] = {[TLS_OFF] = "off",
                                        [TLS_STLS] = "stls",
                                        [TLS_IMPLICIT] = "implicit",
                                        [TLS_EXTERNAL] = "external",
                                        NULL};
static const char *const require_tls[] = {[REQUIRE_TLS_NEVER] = "never",
                                          [REQUIRE_TLS_REMOTE] = "remote",
                                          [REQUIRE_TLS_ALWAYS] = "always",
                                          NULL};
static const char *const client_addresses[] = {[CLIENT_SOCKET] = "socket",
                                               [CLIENT_PROXY] = "proxy",
                                               [CLIENT_ENVIRONMENT] =
                                                       "environment",
                                               NULL};
static const char *const tls_users[] = {[TLS_USER_NONE] = "none",
                                        [TLS_USER_CN] = "cn",
                                        [TLS_USER_EMAIL] = "email",
                                        NULL};

#define AT(field) offsetof(struct options, field)

/* clang-format off */
const struct options_row options_rows[] = {
	{"config", OPTIONS_STRING, AT(config), "FILE", NULL,
	 "the options file", .line_only = true, .problem = path_problem,
	 .unset = OPTIONS_FILE ", if it is there"},
	{"pam-service", OPTIONS_STRING, AT(pam_service), "NAME", "onepop",
	 "the PAM service", .problem = options_name_problem},
	{"pam-confdir", OPTIONS_STRING, AT(pam_confdir), "DIR", NULL,
	 "directory of PAM services", .problem = path_problem,
	 .unset = "the system's places"},
	{"account", OPTIONS_STRING, AT(account), "PATTERN", "%u",
	 "name of a user's account", .problem = username_pattern_problem},
	{"mailbox", OPTIONS_STRING, AT(mailbox), "PATTERN", "/var/mail/%u",
	 "path of a user's mailbox", .problem = mailbox_problem},
	{"home-dirs", OPTIONS_STRING, AT(home_dirs), "LIST", "/home",
	 "directories of homes, for %h in --mailbox",
	 .problem = mailpath_homes_problem},
	{"mail-user", OPTIONS_STRING, AT(mail_user), "NAME", NULL,
	 "account of all sessions", .problem = options_name_problem,
	 .unset = "the user's own"},
	{"state-dir", OPTIONS_STRING, AT(state_dir), "DIR", OPTIONS_STATE,
	 "state; else $STATE_DIRECTORY, else", .problem = path_problem},
	{"lock-timeout", OPTIONS_SECONDS, AT(lock_timeout), "SEC", "20",
	 "wait for the mailbox's lock", .least = 1, .most = 120},
	{"session-wait", OPTIONS_SECONDS, AT(session_wait), "SEC", "10",
	 "wait for the end of the user's other session", .most = 60},
	/* RFC 1939, section 3: no less than ten minutes */
	{"idle-timeout", OPTIONS_SECONDS, AT(idle_timeout), "SEC", "600",
	 "wait for a command", .least = 600, .most = 86400},
	{"login-timeout", OPTIONS_SECONDS, AT(login_timeout), "SEC", "60",
	 "wait for the whole login", .least = 10, .most = 600},
	{"expire", OPTIONS_STRING, AT(expire), "DAYS", "never",
	 "days after which this site removes mail", .problem = expire_problem},
	{"max-failures", OPTIONS_COUNT, AT(max_failures), "N", "3",
	 "failed logins until the connection is closed", .least = 1, .most = 20},
	{"remember-failures", OPTIONS_WORD, AT(remember_failures), "WHAT",
	 "yes", "ask PAM once for a repeated wrong password",
	 .words = no_or_yes},
	{"log-deletions", OPTIONS_WORD, AT(log_deletions), "WHAT", "no",
	 "log each message that is deleted", .words = no_or_yes},
	{"keep-deleted", OPTIONS_COUNT, AT(keep_deleted), "DAYS", "0",
	 "keep copies of deleted messages", .least = 0, .most = 3650},
	{"keep-deleted-size", OPTIONS_COUNT, AT(keep_deleted_size), "MIB",
	 "64", "octets of a mailbox's copies, at most", .least = 1,
	 .most = 65536},
	{"network-mailbox", OPTIONS_WORD, AT(network_mailbox), "WHAT", "refuse",
	 "mailboxes on network file systems", .words = refuse_or_allow},
	{"start-user", OPTIONS_STRING, AT(start_user), "NAME", "onepop",
	 "account that root becomes before login", .problem = options_name_problem},
	{"chroot", OPTIONS_STRING, AT(chroot), "DIR", NULL,
	 "root directory after login", .problem = path_problem,
	 .unset = "none"},
	{"sandbox", OPTIONS_WORD, AT(sandbox), "WHAT", "require",
	 "confine the process in stages", .words = sandboxes},
	{"pam-helper", OPTIONS_WORD, AT(pam_helper), "WHAT", ONEPOP_PAM_HELPER,
	 "let PAM run its helper unix_chkpwd", .words = pam_helpers},
	{"tls", OPTIONS_WORD, AT(tls), "MODE", "off",
	 "TLS mode; external: another program speaks TLS", .line_only = true,
	 .words = tls_modes},
	{"require-tls", OPTIONS_WORD, AT(require_tls), "WHEN", "remote",
	 "clients that must encrypt passwords", .words = require_tls},
	{"trusted-networks", OPTIONS_STRING, AT(trusted_networks), "LIST", NULL,
	 "networks whose passwords need no TLS",
	 .problem = cidr_networks_problem, .unset = "none"},
	{"client-address", OPTIONS_WORD, AT(client_address), "SOURCE", "socket",
	 "source of the client's address", .line_only = true,
	 .words = client_addresses},
	{"proxy-from", OPTIONS_STRING, AT(proxy_from), "LIST", NULL,
	 "senders of PROXY headers", .problem = cidr_problem,
	 .unset = OPTIONS_PROXY_FROM},
	{"tls-cert", OPTIONS_STRING, AT(tls_cert), "FILE", NULL,
	 "certificate and its chain", .problem = path_problem,
	 .unset = "none"},
	{"tls-key", OPTIONS_STRING, AT(tls_key), "FILE", NULL,
	 "private key", .problem = path_problem,
	 .unset = "in the certificate's file"},
	{"tls-client-ca", OPTIONS_STRING, AT(tls_client_ca), "FILE", NULL,
	 "CAs of client certificates", .problem = path_problem,
	 .unset = "none asked"},
	{"tls-client-user", OPTIONS_WORD, AT(tls_client_user), "WHAT", "none",
	 "the user's name in a client certificate", .line_only = true,
	 .words = tls_users},
	{"help", OPTIONS_FLAG, AT(help), NULL, NULL,
	 "print this help", .line_only = true},
	{"version", OPTIONS_FLAG, AT(version), NULL, NULL,
	 "print the version", .line_only = true},
	{.name = NULL},
};
/* clang-format on */

#define ROWS (sizeof(options_rows) / sizeof(options_rows[0]) - 1)

_Static_assert(ROWS < ROWS_MAX, "struct reading has a flag for each row");

#define OWN_MAX 16 /* rows of a program's own */

/* The state of options_read. */
struct reading {
	struct options *o;
	const struct options_program *program;
	bool on_line[ROWS_MAX]; /* on the command line, which wins */
	bool in_file[ROWS_MAX];
	char problem[512];
};

static const char *set_string(const struct options_row *row, const char **to,
                              const char *value)
{
	const char *problem;

	problem = row->problem ? row->problem(value) : NULL;
	if (!problem)
		*to = value;
	return problem;
}

static const char *set_number(const struct options_row *row, int *to,
                              const char *value)
{
	static char problem[64];
	uint32_t n;

	if (decimal_get(value, &n) < 0 || n < (uint32_t)row->least ||
	    n > (uint32_t)row->most) {
		(void)snprintf(problem, sizeof(problem),
		               "must be a number from %d to %d%s", row->least,
		               row->most,
		               row->kind == OPTIONS_SECONDS ? " (seconds)"
		                                            : "");
		return problem;
	}
	*to = (int)n;
	return NULL;
}

static const char *list_words(const char *const *words)
{
	static char problem[128];
	size_t n;

	(void)snprintf(problem, sizeof(problem), "must be one of:");
	for (; *words; words++) {
		n = strlen(problem);
		(void)snprintf(problem + n, sizeof(problem) - n, " %s", *words);
	}
	return problem;
}

static const char *set_word(const struct options_row *row, int *to,
                            const char *value)
{
	int i;

	for (i = 0; row->words[i]; i++)
		if (strcmp(row->words[i], value) == 0) {
			*to = i;
			return NULL;
		}
	return list_words(row->words);
}

const char *options_set(const struct options_row *row, void *to,
                        const char *value)
{
	void *at = (char *)to + row->at;

	if (row->kind == OPTIONS_FLAG) {
		if (value)
			return "takes no value";
		*(bool *)at = true;
		return NULL;
	}
	if (!value)
		return "needs a value";
	switch (row->kind) {
	case OPTIONS_SECONDS:
	case OPTIONS_COUNT:
		return set_number(row, at, value);
	case OPTIONS_WORD:
		return set_word(row, at, value);
	default:
		return set_string(row, at, value);
	}
}

const char *options_get(const struct options_row *row, const void *from,
                        char text[static OPTIONS_NUMBER])
{
	const void *at = (const char *)from + row->at;

	if (row->kind == OPTIONS_STRING)
		return *(const char *const *)at;
	if (row->kind == OPTIONS_WORD)
		return row->words[*(const int *)at];
	if (row->kind == OPTIONS_FLAG)
		return *(const bool *)at ? "" : NULL;
	(void)snprintf(text, OPTIONS_NUMBER, "%d", *(const int *)at);
	return text;
}

/*
 * Copies the first of the directories that systemd has made for a unit to at.
 * Returns at, or NULL where there is none.
 */
static const char *copy_directory(const char *name, char at[static PATH_MAX])
{
	const char *all;
	size_t n;

	all = getenv(name);
	if (!all || *all != '/')
		return NULL;
	n = strcspn(all, ":");
	if (n >= PATH_MAX)
		return NULL;
	memcpy(at, all, n);
	at[n] = '\0';
	return at;
}

/* Each start does it: a test has looked whether the text is valid. */
static void set_fallback(const struct options_row *row, struct options *o)
{
	if (row->kind == OPTIONS_STRING)
		*(const char **)((char *)o + row->at) = row->fallback;
	else
		(void)options_set(row, o, row->fallback);
}

static void set_defaults(struct options *o)
{
	static char state_dir[PATH_MAX], run_dir[PATH_MAX];
	const char *dir;
	size_t i;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < ROWS; i++)
		if (options_rows[i].fallback)
			set_fallback(&options_rows[i], o);
	dir = copy_directory("STATE_DIRECTORY", state_dir);
	if (dir)
		o->state_dir = dir;
	dir = copy_directory("RUNTIME_DIRECTORY", run_dir);
	o->run_dir = dir ? dir : OPTIONS_RUN;
	o->unit = getenv("INVOCATION_ID");
	if (o->unit && options_unit_problem(o->unit))
		o->unit = NULL;
}

static int refuse_usage(struct reading *r, const char *option,
                        const char *reason)
{
	(void)snprintf(r->problem, sizeof(r->problem), "%.64s: %s", option,
	               reason);
	return EX_USAGE;
}

/* Returns a row of options_rows, or behind these of the program's own. */
static const struct options_row *row_at(const struct reading *r, size_t i)
{
	static const struct options_row none = {.name = NULL};

	if (i < ROWS)
		return &options_rows[i];
	return r->program->rows ? &r->program->rows[i - ROWS] : &none;
}

static void fill_long_options(const struct reading *r,
                              struct option *long_options)
{
	const struct options_row *row;
	size_t i;

	for (i = 0; i < ROWS + OWN_MAX; i++) {
		row = row_at(r, i);
		if (!row->name)
			break;
		long_options[i].name = row->name;
		long_options[i].has_arg = row->kind == OPTIONS_FLAG
		                                  ? no_argument
		                                  : required_argument;
		long_options[i].flag = NULL;
		long_options[i].val = VAL_FIRST + (int)i;
	}
	memset(&long_options[i], 0, sizeof(long_options[i]));
}

static int refuse_option(struct reading *r, int val, char **argv)
{
	char letter[3] = {'-', (char)optopt, '\0'};

	if (val == ':')
		return refuse_usage(r, argv[optind - 1], "needs a value");
	if (optopt == 0)
		return refuse_usage(r, argv[optind - 1], "no such option");
	if (optopt >= VAL_FIRST)
		return refuse_usage(r, argv[optind - 1], "takes no value");
	return refuse_usage(r, letter, "no such option");
}

static int set_option(struct reading *r, int val)
{
	const size_t i = (size_t)(val - VAL_FIRST);
	const struct options_row *row = row_at(r, i);
	const char *problem;
	char name[64];

	if (i < ROWS)
		r->on_line[i] = true;
	problem =
		options_set(row, i < ROWS ? r->o : r->program->values, optarg);
	if (!problem)
		return 0;
	(void)snprintf(name, sizeof(name), "--%s", row->name);
	return refuse_usage(r, name, problem);
}

static int read_command_line(struct reading *r, int argc, char **argv)
{
	const char *letters = r->program->words ? ":" : "+:"; /* none */
	struct option long_options[ROWS + OWN_MAX + 1];
	int val, status = 0;

	fill_long_options(r, long_options);
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while (status == 0) {
		val = getopt_long(argc, argv, letters, long_options, NULL);
		if (val == -1)
			break;
		status = val < VAL_FIRST ? refuse_option(r, val, argv)
		                         : set_option(r, val);
	}
	r->o->words = argv + optind;
	if (status == 0 && optind < argc && !r->program->words)
		return refuse_usage(r, argv[optind], "not an option");
	return status;
}

static size_t find_row(const char *name)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (strcmp(options_rows[i].name, name) == 0)
			break;
	return i;
}

/* Cuts "name value" in two; *value is NULL where there is none. */
static char *split_line(char *line, char **value)
{
	char *end, *name;

	name = line + strspn(line, " \t");
	end = name + strlen(name);
	while (end > name && strchr(" \t\r", end[-1]))
		*--end = '\0';
	*value = name + strcspn(name, " \t");
	if (**value == '\0') {
		*value = NULL;
		return name;
	}
	*(*value)++ = '\0';
	*value += strspn(*value, " \t");
	return name;
}

static const char *set_pair(struct reading *r, const char *name,
                            const char *value)
{
	struct options unused;
	size_t i;

	i = find_row(name);
	if (i == ROWS)
		return "no such option";
	if (options_rows[i].line_only)
		return "may stand on the command line only";
	if (r->in_file[i])
		return "stands twice in this file";
	r->in_file[i] = true;
	return options_set(&options_rows[i], r->on_line[i] ? &unused : r->o,
	                   value);
}

/* A line of n octets, ended by a NUL.  *name becomes the option's name. */
static const char *read_file_line(struct reading *r, char *line, size_t n,
                                  const char **name)
{
	char *value;

	*name = "line";
	if (strlen(line) != n)
		return "has a NUL in it";
	if (n > LINE_MAX_OCTETS)
		return "is longer than 1024 octets";
	*name = split_line(line, &value);
	if (**name == '\0' || **name == '#')
		return NULL;
	return set_pair(r, *name, value);
}

static int read_file_lines(struct reading *r, const char *file, char *text,
                           size_t n)
{
	const char *problem, *name;
	char *line, *end;
	int number = 0;

	for (line = text; line < text + n; line = end + 1) {
		end = memchr(line, '\n', (size_t)(text + n - line));
		if (!end)
			end = text + n;
		*end = '\0';
		number++;
		problem = read_file_line(r, line, (size_t)(end - line), &name);
		if (problem) {
			(void)snprintf(r->problem, sizeof(r->problem),
			               "%s:%d: %.64s: %s", file, number, name,
			               problem);
			return EX_CONFIG;
		}
	}
	return 0;
}

static int read_file(struct reading *r)
{
	static char text[TEXTFILE_MAX + 1];
	const char *file, *problem;
	size_t n;

	file = r->o->config ? r->o->config : OPTIONS_FILE;
	problem = textfile_read(file, text, &n);
	if (problem && errno == ENOENT && !r->o->config)
		return 0;
	if (problem) {
		(void)snprintf(r->problem, sizeof(r->problem), "%s: %s", file,
		               problem);
		return EX_CONFIG;
	}
	return read_file_lines(r, file, text, n);
}

static void print_row(const struct options_row *row)
{
	const char *fallback = row->fallback ? row->fallback : row->unset;
	char left[64];

	(void)snprintf(left, sizeof(left), "--%s %s", row->name,
	               row->argument ? row->argument : "");
	(void)printf("  %-24s %s", left, row->help);
	if (fallback)
		(void)printf(" (%s)", fallback);
	(void)putchar('\n');
}

static void print_help(const struct options_program *program)
{
	size_t i;

	program->print_usage();
	for (i = 0; i < ROWS; i++)
		print_row(&options_rows[i]);
	(void)printf("\n" OPTIONS_FILE " may hold these, one a line, without "
	             "the dashes;\nnot:");
	for (i = 0; i < ROWS; i++)
		if (options_rows[i].line_only)
			(void)printf(" %s", options_rows[i].name);
	(void)printf(".\nSee %s and onepop.conf(5).\n", program->page);
}

static int print_answer(struct reading *r)
{
	if (r->o->help)
		print_help(r->program);
	else
		(void)printf("%s %s\n", r->program->name, ONEPOP_VERSION);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return OPTIONS_DONE;
	(void)snprintf(r->problem, sizeof(r->problem), "standard output: %s",
	               strerror(errno));
	return EX_IOERR;
}

int options_read(struct options *o, const struct options_program *program,
                 int argc, char **argv, const char **problem)
{
	static struct reading r;
	int status;

	r = (struct reading){.o = o, .program = program};
	*problem = r.problem;
	set_defaults(o);
	status = read_command_line(&r, argc, argv);
	if (status)
		return status;
	if (o->help || o->version)
		return print_answer(&r);
	return read_file(&r);
}
