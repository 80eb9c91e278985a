#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "admin/check.h"
#include "admin/recover.h"
#include "base/log.h"
#include "config/options.h"
#include "sandbox/startuser.h"

/* A row of the table: all there is to know of a command. */
struct command {
	const char *name;
	const char *argument; /* what --help calls it */
	const char *help;     /* one line */
	options_problem_fn *argument_problem;
	/* Before the start user is become, or NULL */
	void (*begin)(void);
	/* argument may be NULL.  Returns an exit status. */
	int (*run)(const struct options *o, const char *argument);
	/* Reports what keeps the command from running, or NULL: the log has
	   it.  Returns an exit status. */
	int (*fail)(const char *problem, const char *fix);
};

static const struct command commands[] = {
	{"check", "[USER]", "check the set-up, and the mailbox of USER",
         options_name_problem, check_begin, check_all, check_failed},
	{"recover", "[ID]", "finish interrupted updates, or one session's",
         options_unit_problem, NULL, recover_all, NULL},
	{.name = NULL},
};

static void print_usage(void)
{
	const struct command *c;
	char left[64];

	(void)printf("Usage: onepopctl [--OPTION [VALUE]]... COMMAND "
	             "[ARGUMENT]\n"
	             "Checks and repairs what onepop works with.\n\n"
	             "Commands:\n");
	for (c = commands; c->name; c++) {
		(void)snprintf(left, sizeof(left), "%s %s", c->name,
		               c->argument);
		(void)printf("  %-24s %s\n", left, c->help);
	}
	(void)printf("\nOptions, which are those of onepop:\n");
}

static const struct options_program program = {.name = "onepopctl",
                                               .print_usage = print_usage,
                                               .page = "onepopctl(8)",
                                               .words = true};

static int wrong_usage(const char *problem)
{
	(void)fprintf(stderr,
	              "onepopctl: %s\nonepopctl --help names commands and "
	              "options.\n",
	              problem);
	return EX_USAGE;
}

/* Finds the command that words begin with.  Returns NULL where one of them is
   wrong; then problem has it in words. */
static const struct command *find_command(char *const *words, char *problem,
                                          size_t size)
{
	const struct command *c;
	const char *wrong = NULL;

	for (c = commands; c->name && words[0]; c++)
		if (strcmp(c->name, words[0]) == 0)
			break;
	if (!words[0])
		(void)snprintf(problem, size, "a command is missing");
	else if (!c->name)
		(void)snprintf(problem, size, "%.64s: no such command",
		               words[0]);
	else if (words[1] && words[2])
		(void)snprintf(problem, size, "%.64s: takes one argument",
		               c->name);
	else if (words[1] && (wrong = c->argument_problem(words[1])))
		(void)snprintf(problem, size, "%s: %.64s: %s", c->name,
		               words[1], wrong);
	else
		return c;
	return NULL;
}

static int fail(const struct command *c, int status, const char *problem,
                const char *fix)
{
	if (c->fail)
		return c->fail(problem, fix);
	log_error(LOG_SETUP_ERROR, "%s", problem);
	return status;
}

/* Runs it as the start user, to whom the state belongs. */
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
	return fail(c, EX_OSERR, problem,
	            "make it with useradd --system, or set --start-user");
}

int main(int argc, char **argv)
{
	static struct options options;
	const struct command *c;
	const char *problem;
	char words_problem[256];
	int status;

	status = options_read(&options, &program, argc, argv, &problem);
	if (status == OPTIONS_DONE)
		return EX_OK;
	if (status != EX_OK && status != EX_CONFIG) {
		(void)wrong_usage(problem);
		return status;
	}
	c = find_command(options.words, words_problem, sizeof(words_problem));
	if (!c)
		return wrong_usage(words_problem);
	log_open(-1);
	if (status == EX_CONFIG)
		return fail(c, status, problem,
		            "correct that line of the options");
	return run_command(c, &options);
}
