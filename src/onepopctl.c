/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "admin/deleted.h"
#include "admin/prune.h"
#include "admin/recover.h"
#include "admin/undelete.h"
#include "adopt/adopt.h"
#include "base/log.h"
#include "check/check.h"
#include "config/options.h"
#include "sandbox/startuser.h"
#include "usage/usage.h"

/* A row of the table: all that is known of a command. */
struct command {
	const char *name;
	const char *argument;                 /* its name in --help */
	const char *help;                     /* one line */
	const char *options;                  /* of own_rows: " a b " */
	options_problem_fn *argument_problem; /* of each argument; or NULL */
	/* Of all arguments together, and the command's own options. */
	const char *(*own_problem)(char *const *arguments);
	/* Is called before the process becomes the start user; or NULL. */
	void (*begin)(void);
	/* argument may be NULL.  Returns an exit status. */
	int (*run)(const struct options *o, const char *argument);
	/*
	 * Reports a problem that keeps the command from running, and returns
	 * an exit status; or NULL: the problem is logged.
	 */
	int (*fail)(const char *problem, const char *fix);
};

/* What the commands' own options say.  Rows have their places in it. */
static struct own {
	struct adopt adopt;
	struct undelete undelete;
	struct usage usage;
	const char *since;
	bool json;
} own;

/* clang-format off */
static const struct options_row own_rows[] = {
	{"format", OPTIONS_STRING, offsetof(struct own, adopt.format), "FORMAT",
	 NULL, "whose ids they are, as onepopctl(8) lists", .line_only = true},
	{"from-file", OPTIONS_STRING, offsetof(struct own, adopt.from_file), "FILE",
	 NULL, "a list of users and ids, as onepopctl(8) says",
	 .line_only = true},
	{"from", OPTIONS_STRING, offsetof(struct own, adopt.from), "URL", NULL,
	 "ask the old server at pop3s://HOST[:PORT] for the ids",
	 .line_only = true},
	{"verify", OPTIONS_STRING, offsetof(struct own, adopt.verify), "URL", NULL,
	 "compare the ids of that server with onepop's", .line_only = true},
	{"user-form", OPTIONS_STRING, offsetof(struct own, adopt.user_form),
	 "PATTERN", NULL, "name of a user at that server, such as %u*master",
	 .line_only = true},
	{"password-file", OPTIONS_STRING, offsetof(struct own, adopt.password_file),
	 "FILE", NULL, "passwords for that server, as onepopctl(8) says",
	 .line_only = true},
	{"all", OPTIONS_FLAG, offsetof(struct own, adopt.all), NULL, NULL,
	 "all users that have a mailbox", .line_only = true},
	{"dry-run", OPTIONS_FLAG, offsetof(struct own, adopt.dry_run), NULL, NULL,
	 "say what would be done, and write nothing", .line_only = true},
	{"drop", OPTIONS_STRING, offsetof(struct own, adopt.drop), "USER", NULL,
	 "forget the ids adopted for USER", .line_only = true,
	 .problem = options_name_problem},
	{"since", OPTIONS_STRING, offsetof(struct own, since), "TIME", NULL,
	 "begin at 2026-11-28, 2026-11-28T14:30 or 7d ago", .line_only = true},
	{"file", OPTIONS_STRING, offsetof(struct own, usage.file), "FILE", NULL,
	 "syslog lines, in place of the journal", .line_only = true},
	{"json", OPTIONS_FLAG, offsetof(struct own, json), NULL, NULL,
	 "print for programs: JSON, as onepopctl(8) says", .line_only = true},
	{.name = NULL},
};
/* clang-format on */

static void begin_check(void)
{
	check_begin(own.json);
}

static void begin_adopt(void)
{
	adopt_begin(&own.adopt);
}

static int run_adopt(const struct options *o, const char *argument)
{
	(void)argument;
	return adopt_run(o, &own.adopt);
}

static void begin_report(void)
{
	usage_begin(&own.usage);
}

static int run_report(const struct options *o, const char *argument)
{
	(void)argument;
	return usage_run(o, &own.usage);
}

static int run_undelete(const struct options *o, const char *argument)
{
	(void)argument;
	return undelete_run(o, &own.undelete);
}

static const char *find_adopt_problem(char *const *arguments)
{
	own.adopt.users = arguments;
	return adopt_problem(&own.adopt);
}

static const char *find_undelete_problem(char *const *arguments)
{
	own.undelete.words = arguments;
	own.undelete.since = own.since;
	return undelete_problem(&own.undelete);
}

static const char *find_usual_problem(char *const *arguments)
{
	return arguments[0] && arguments[1] ? "takes one argument" : NULL;
}

static const char *find_report_problem(char *const *arguments)
{
	own.usage.user = arguments[0];
	own.usage.since = own.since;
	own.usage.json = own.json;
	return arguments[0] && arguments[1] ? "takes one argument"
	                                    : usage_problem(&own.usage);
}

static const char *find_deleted_problem(char *const *arguments)
{
	return arguments[0] ? find_usual_problem(arguments) : "needs a user";
}

static const char *refuse_argument(const char *argument)
{
	(void)argument;
	return "takes no argument";
}

static const struct command commands[] = {
	{"check", "[USER]", "check the set-up, and the mailbox of USER",
         " json ", options_name_problem, find_usual_problem, begin_check,
         check_all, check_failed},
	{"report", "[USER]", "say who used onepop, and what failed",
         " since file json ", options_name_problem, find_report_problem,
         begin_report, run_report, NULL},
	{"recover", "[ID]", "finish interrupted updates, or one session's", "",
         options_unit_problem, find_usual_problem, NULL, recover_all, NULL},
	{"adopt", "[USER]...", "keep the unique-ids of an old server",
         " format from-file from verify user-form password-file all dry-run "
         "drop ",
         options_name_problem, find_adopt_problem, begin_adopt, run_adopt,
         NULL},
	{"deleted", "USER", "list the copies of the user's deleted messages",
         "", options_name_problem, find_deleted_problem, NULL, deleted_run,
         NULL},
	{"undelete", "USER [UID]...", "put copies back into the mailbox",
         " since ", NULL, find_undelete_problem, NULL, run_undelete, NULL},
	{"prune", "", "remove the copies that are older than --keep-deleted",
         "", refuse_argument, find_usual_problem, NULL, prune_run, NULL},
	{.name = NULL},
};

static bool takes_option(const struct command *c, const char *name)
{
	char word[64];

	(void)snprintf(word, sizeof(word), " %s ", name);
	return strstr(c->options, word);
}

static void print_own_options(const struct command *c)
{
	const struct options_row *row;
	char left[64];

	(void)printf("\nOptions of %s:\n", c->name);
	for (row = own_rows; row->name; row++) {
		(void)snprintf(left, sizeof(left), "--%s %s", row->name,
		               row->argument ? row->argument : "");
		if (takes_option(c, row->name))
			(void)printf("  %-24s %s\n", left, row->help);
	}
}

static void print_commands(void)
{
	const struct command *c;
	char left[64];

	(void)printf("Usage: onepopctl [--OPTION [VALUE]]... COMMAND "
	             "[ARGUMENT]...\n"
	             "Checks and repairs what onepop works with.\n\n"
	             "Commands:\n");
	for (c = commands; c->name; c++) {
		(void)snprintf(left, sizeof(left), "%s %s", c->name,
		               c->argument);
		(void)printf("  %-24s %s\n", left, c->help);
	}
	for (c = commands; c->name; c++)
		if (*c->options)
			print_own_options(c);
	(void)printf("\nOptions, which are those of onepop:\n");
}

static const struct options_program program = {.name = "onepopctl",
                                               .print_usage = print_commands,
                                               .page = "onepopctl(8)",
                                               .words = true,
                                               .rows = own_rows,
                                               .values = &own};

static int print_wrong_usage(const char *problem)
{
	(void)fprintf(stderr,
	              "onepopctl: %s\nonepopctl --help names commands and "
	              "options.\n",
	              problem);
	return EX_USAGE;
}

/* Returns NULL, or what is wrong with the options that were given. */
static const char *own_options_problem(const struct command *c)
{
	static char problem[64];
	char number[OPTIONS_NUMBER];
	const struct options_row *row;

	for (row = own_rows; row->name; row++)
		if (!takes_option(c, row->name) &&
		    options_get(row, &own, number)) {
			(void)snprintf(problem, sizeof(problem),
			               "has no option --%s", row->name);
			return problem;
		}
	return NULL;
}

/* Returns NULL, or what is wrong with the arguments and own options. */
static const char *arguments_problem(const struct command *c,
                                     char *const *words, const char **word)
{
	const char *problem = own_options_problem(c);
	size_t i = 0;

	*word = NULL;
	if (problem)
		return problem;
	for (; c->argument_problem && words[i] && !problem; i++) {
		*word = words[i];
		problem = c->argument_problem(words[i]);
	}
	if (problem)
		return problem;
	*word = NULL;
	return c->own_problem(words);
}

/* Returns NULL, or what is wrong with the words of the command line. */
static const char *find_command(char *const *words, const struct command **ret)
{
	static char problem[256];
	const struct command *c = commands;
	const char *wrong = "no such command", *word = NULL;

	if (!words[0])
		return "a command is missing";
	while (c->name && strcmp(c->name, words[0]) != 0)
		c++;
	*ret = c;
	if (c->name)
		wrong = arguments_problem(c, words + 1, &word);
	if (!wrong)
		return NULL;
	if (word)
		(void)snprintf(problem, sizeof(problem), "%s: %.64s: %s",
		               c->name, word, wrong);
	else
		(void)snprintf(problem, sizeof(problem), "%.64s: %s", words[0],
		               wrong);
	return problem;
}

static int report_failure(const struct command *c, int status,
                          const char *problem, const char *fix)
{
	if (c->fail)
		return c->fail(problem, fix);
	log_error(LOG_SETUP_ERROR, "%s", problem);
	return status;
}

/* Runs the command as the start user, which owns the state. */
static int run_command(const struct command *c, const struct options *o)
{
	const char *step;
	char problem[512];

	if (c->begin)
		c->begin();
	step = startuser_become(o);
	if (!step)
		return c->run(o, o->words[1]);
	(void)snprintf(problem, sizeof(problem), "%s %s: %s", step,
	               o->start_user, strerror(errno));
	return report_failure(
		c, EX_OSERR, problem,
		"make it with useradd --system, or set --start-user");
}

int main(int argc, char **argv)
{
	static struct options options;
	const struct command *c;
	const char *problem, *wrong;
	int status;

	status = options_read(&options, &program, argc, argv, &problem);
	if (status == OPTIONS_DONE)
		return EX_OK;
	if (status != EX_OK && status != EX_CONFIG) {
		(void)print_wrong_usage(problem);
		return status;
	}
	wrong = find_command(options.words, &c);
	if (wrong)
		return print_wrong_usage(wrong);
	log_open(-1);
	if (status == EX_CONFIG)
		return report_failure(c, status, problem,
		                      "correct that line of the options");
	return run_command(c, &options);
}
