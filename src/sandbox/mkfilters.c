/*
 * mkfilters [BUILD]...: makes seccomp programs of src/sandbox/syscalls.tab.  A
 * BUILD is "sanitizer" or "faults", where that is built.
 *
 * Reads the table on standard input and writes a C header, for the processor
 * that SHOWN names, wherever it runs.  Runs when onepop is built, and is the
 * only thing that needs libseccomp, which knows the numbers of the calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/filter.h"

#define LINE_OCTETS 256
#define CONDITIONS  6
#define RULES       128
#define ODD         4          /* numbers that are compared one by one */
#define STEPS       128        /* for one call */
#define NUMBERS     1024       /* of calls that libseccomp may know */
#define X32         0x40000000 /* another way to number them on x86 */
#define SKIPPED     UINT32_MAX /* what a debugger makes of a call to skip it */
#define EACH_NEW                                                               \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |         \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/*
 * The processor that the table was shown right on.  Another one has other
 * calls, and numbers of its own for the same ones.
 */
#define SHOWN      SCMP_ARCH_X86_64
#define SHOWN_TEST "!defined(__x86_64__) || defined(__ILP32__)"
#define SHOWN_NAME "x86_64"

/* FS_IOC_FIEMAP without its header, which defines too much. */
#define FIEMAP 0xC020660BU

/* Of Linux 6.11, and of later headers than Debian 12's. */
#define DROPPABLE 0x08

/* What stands for a number that only the process itself knows: as C has it. */
#define SELF      0xffffff01
#define MOST_HIGH 0xffffff02
#define MOST_LOW  0xffffff03

static const struct {
	uint32_t value;
	const char *text;
} numbers[] = {
	{SELF, "numbers->self"},
	{MOST_HIGH, "numbers->most_high"},
	{MOST_LOW, "numbers->most_low"},
	{0, NULL},
};

static const struct {
	const char *name;
	uint32_t value;
} constants[] = {
	{"-1", UINT32_MAX},
	{"AF_INET", AF_INET},
	{"AF_INET6", AF_INET6},
	{"AF_NETLINK", AF_NETLINK},
	{"AF_UNIX", AF_UNIX},
	{"AT_EMPTY_PATH", AT_EMPTY_PATH},
	{"BEYOND_0660", (uint32_t)~0660},
	{"BEYOND_0666", (uint32_t)~0666},
	{"CLONE_NEW", EACH_NEW},
	{"CLONE_THREAD", CLONE_THREAD},
	{"FIOSETOWN", FIOSETOWN},
	{"FS_IOC_FIEMAP", FIEMAP},
	{"FUTEX_WAKE_PRIVATE", FUTEX_WAKE_PRIVATE},
	{"F_OFD_SETLK", F_OFD_SETLK},
	{"F_SETOWN", F_SETOWN},
	{"F_SETOWN_EX", F_SETOWN_EX},
	{"F_SETSIG", F_SETSIG},
	{"INDEX", FILTER_INDEX},
	{"JOURNAL", FILTER_JOURNAL},
	{"MAP_ANONYMOUS", MAP_ANONYMOUS},
	{"MAP_DROPPABLE", DROPPABLE},
	{"MAP_PRIVATE", MAP_PRIVATE},
	{"NETLINK_AUDIT", NETLINK_AUDIT},
	{"O_TRUNC", O_TRUNC},
	{"PRIO_PROCESS", PRIO_PROCESS},
	{"PROT_EXEC", PROT_EXEC},
	{"PROT_READ", PROT_READ},
	{"PROT_WRITE", PROT_WRITE},
	{"SELF", SELF},
	{"SIOCSPGRP", SIOCSPGRP},
	{"SYNC_FILE_RANGE_WRITE", SYNC_FILE_RANGE_WRITE},
	{NULL, 0},
};

/* What a filter does with a call beside what it does with all others. */
#define OTHERWISE 0
#define ALLOW     SECCOMP_RET_ALLOW
#define KILL      SECCOMP_RET_KILL_PROCESS
#define ABSENT    (SECCOMP_RET_ERRNO | ENOSYS)
#define NO_AUDIT  (SECCOMP_RET_ERRNO | EPROTONOSUPPORT)
#define FAIL      (SECCOMP_RET_ERRNO | EPERM)
#define BY_RULES  1 /* it depends on the arguments, too */

/* Where the search for a number ends, in this order; BY_RULES goes on. */
static const uint32_t ends[] = {ALLOW, ABSENT, FAIL, KILL, BY_RULES};

/* What a filter is for. */
enum { LOGIN = 1, HELPER = 2, ROOT = 4, MAIL = 8, ALL = LOGIN | MAIL };

static const struct {
	const char *when;
	unsigned int where; /* in filters for one of these: */
	uint32_t action;
	uint32_t login; /* in others before login */
	bool build;     /* only where that is built */
} stages[] = {
	{"always", ALL, ALLOW, OTHERWISE, false},
	{"login", LOGIN, ALLOW, OTHERWISE, false},
	{"helper", HELPER, ALLOW, OTHERWISE, false},
	{"root", ROOT, ALLOW, OTHERWISE, false},
	{"audited", ROOT, ALLOW, NO_AUDIT, false},
	{"absent", LOGIN, ABSENT, OTHERWISE, false},
	{"sanitizer", ALL, ALLOW, OTHERWISE, true},
	{"faults", ALL, ALLOW, OTHERWISE, true},
	{NULL, 0, OTHERWISE, OTHERWISE, false},
};

/* Of an argument. */
struct condition {
	enum { EQUAL, UNEQUAL, MASKED, NULL_POINTER, AT_MOST } kind;
	unsigned int argument;
	uint32_t value, mask;
};

/* A line of the table. */
struct row {
	const char *call, *when;
	char *arguments;
	int number;
	struct condition conditions[CONDITIONS];
	unsigned int n;
};

/* Calls from that number on, to the next run's. */
struct run {
	unsigned int first;
	uint32_t action;
};

struct program {
	const char *name;
	unsigned int where;
	uint32_t otherwise;
	uint32_t actions[NUMBERS]; /* by the call's number */
	struct rule {
		struct row row;
		uint32_t action;
	} rules[RULES]; /* where arguments matter */
	size_t n;
};

/* What is being made. */
struct filters {
	struct program *filter; /* up to one without a name */
	char **builds; /* the words for calls that only some builds need */
	int line;
};

static void die(const struct filters *f, const char *what, const char *word)
{
	(void)fprintf(stderr, "syscalls.tab:%d: %s: %s\n", f->line, word, what);
	exit(1);
}

static uint32_t constant(const struct filters *f, const char *word)
{
	size_t i;

	for (i = 0; constants[i].name; i++)
		if (strcmp(constants[i].name, word) == 0)
			return constants[i].value;
	if (strcmp(word, "0") != 0)
		die(f, "no such constant in mkfilters.c", word);
	return 0;
}

/* The value of "A|B". */
static uint32_t value(const struct filters *f, char *words)
{
	uint32_t ret = 0;
	char *rest, *word;

	for (word = strtok_r(words, "|", &rest); word;
	     word = strtok_r(NULL, "|", &rest))
		ret |= constant(f, word);
	return ret;
}

/*
 * Takes "ARGUMENT=VALUE", "ARGUMENT!=VALUE", "ARGUMENT&MASK=VALUE",
 * "ARGUMENT=NULL" or "ARGUMENT<=MOST".
 */
static struct condition condition(const struct filters *f, char *text)
{
	struct condition ret = {.kind = EQUAL};
	char *equals;

	equals = strchr(text, '=');
	if (*text < '0' || *text > '5' || !equals || !strchr("=!&<", text[1]))
		die(f, "no condition", text);
	*equals = '\0';
	ret.argument = (unsigned int)(*text - '0');
	if (text[1] == '\0' && strcmp(equals + 1, "NULL") == 0) {
		ret.kind = NULL_POINTER;
		return ret;
	}
	if (text[1] == '<' && strcmp(equals + 1, "MOST") == 0) {
		ret.kind = AT_MOST;
		return ret;
	}
	ret.value = value(f, equals + 1);
	if (text[1] == '!')
		ret.kind = UNEQUAL;
	if (text[1] != '&')
		return ret;
	ret.kind = MASKED;
	ret.mask = value(f, text + 2);
	return ret;
}

static void read_conditions(const struct filters *f, struct row *r)
{
	char *rest, *word;

	r->n = 0;
	if (strcmp(r->arguments, "any") == 0)
		return;
	for (word = strtok_r(r->arguments, ",", &rest); word;
	     word = strtok_r(NULL, ",", &rest)) {
		if (r->n == CONDITIONS)
			die(f, "too many conditions", r->call);
		r->conditions[r->n++] = condition(f, word);
	}
}

static void add(const struct filters *f, struct program *to, uint32_t action,
                const struct row *r)
{
	uint32_t *now = &to->actions[r->number];

	if (action == OTHERWISE)
		return;
	if (r->n == 0) {
		*now = action;
		return;
	}
	if (*now != ALLOW)
		*now = BY_RULES;
	if (to->n == RULES)
		die(f, "too many rules", r->call);
	to->rules[to->n++] = (struct rule){*r, action};
}

static bool is_built(const struct filters *f, const char *build)
{
	char **word;

	for (word = f->builds; *word; word++)
		if (strcmp(*word, build) == 0)
			return true;
	return false;
}

/* Does in each filter what a row says. */
static void take(struct filters *f, const struct row *r)
{
	struct program *to;
	size_t i = 0;

	while (stages[i].when && strcmp(stages[i].when, r->when) != 0)
		i++;
	if (!stages[i].when)
		die(f, "no such stage", r->when);
	if (stages[i].build && !is_built(f, r->when))
		return;
	for (to = f->filter; to->name; to++)
		if (to->where & stages[i].where)
			add(f, to, stages[i].action, r);
		else if (to->where & LOGIN)
			add(f, to, stages[i].login, r);
}

/* libseccomp has negative numbers for the calls of other processors. */
static void find_call(const struct filters *f, struct row *r)
{
	r->number = seccomp_syscall_resolve_name_arch(SHOWN, r->call);
	if (r->number < 0 || r->number >= NUMBERS)
		die(f, "no such system call on " SHOWN_NAME, r->call);
}

static void read_row(struct filters *f, char *line)
{
	struct row r;
	char *rest;

	r.call = strtok_r(line, " \t\n", &rest);
	if (!r.call || *r.call == '#')
		return;
	r.when = strtok_r(NULL, " \t\n", &rest);
	r.arguments = strtok_r(NULL, " \t\n", &rest);
	if (!r.when || !r.arguments || !strtok_r(NULL, "\n", &rest))
		die(f, "not name, when, arguments, why", r.call);
	find_call(f, &r);
	read_conditions(f, &r);
	take(f, &r);
}

static void read_table(struct filters *f)
{
	char line[LINE_OCTETS];

	while (fgets(line, sizeof(line), stdin)) {
		f->line++;
		read_row(f, line);
	}
}

/* The highest number that has a name. */
static unsigned int newest(void)
{
	char *name = NULL;
	int number;

	for (number = NUMBERS; !name && number > 0; number--)
		name = seccomp_syscall_resolve_num_arch(SHOWN, number - 1);
	free(name);
	return (unsigned int)number;
}

/*
 * Other calls fail before login, and those newer than libseccomp do not exist;
 * after it each kills.
 */
static void begin(struct program *f)
{
	unsigned int i, known = newest();

	f->otherwise = f->where & LOGIN ? FAIL : KILL;
	for (i = 0; i < NUMBERS; i++)
		f->actions[i] =
			f->where & LOGIN && i > known ? ABSENT : f->otherwise;
}

static void print_step(struct sock_filter step)
{
	size_t i = 0;

	while (numbers[i].text && numbers[i].value != step.k)
		i++;
	(void)printf("\t\t{0x%x, %u, %u, ", step.code, step.jt, step.jf);
	if (numbers[i].text)
		(void)printf("%s},\n", numbers[i].text);
	else
		(void)printf("0x%x},\n", step.k);
}

static struct sock_filter load(size_t at)
{
	return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	                                    (uint32_t)at);
}

/* Numbers that follow each other, for which the same is done. */
static size_t find_runs(const struct program *f, struct run runs[NUMBERS + 2])
{
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < NUMBERS; i++)
		if (n == 0 || f->actions[i] != runs[n - 1].action)
			runs[n++] = (struct run){i, f->actions[i]};
	runs[n++] = (struct run){X32, KILL};
	runs[n++] = (struct run){SKIPPED, f->otherwise};
	return n;
}

/* Are they single numbers in what is otherwise one run, and but a few? */
static bool are_odd(const struct run *runs, size_t n)
{
	size_t i;

	for (i = 1; i + 1 < n; i += 2)
		if (runs[i + 1].first != runs[i].first + 1 ||
		    runs[i + 1].action != runs[0].action)
			return false;
	return n % 2 == 1 && n <= 2 * ODD + 1;
}

/* The steps that find the run of a number, by halves. */
static size_t steps_of(const struct run *runs, size_t n)
{
	if (are_odd(runs, n))
		return n / 2;
	return 1 + steps_of(runs, n / 2) + steps_of(runs + n / 2, n - n / 2);
}

/* How far it is to an end, with so many steps that look for numbers between. */
static uint8_t jump(const struct filters *f, uint32_t action, size_t between)
{
	size_t i = 0;

	while (ends[i] != BY_RULES && ends[i] != action)
		i++;
	if (ends[i] != action || between + i > UINT8_MAX)
		die(f, "cannot jump", "filter");
	return (uint8_t)(between + i);
}

/* Prints steps_of, which have so many more behind them. */
static void print_steps(const struct filters *f, const struct run *runs,
                        size_t n, size_t behind)
{
	const struct run *half = runs + n / 2;
	size_t i, low, high;

	if (are_odd(runs, n)) {
		for (i = 1; i < n; i += 2)
			print_step((struct sock_filter)BPF_JUMP(
				BPF_JMP | BPF_JEQ | BPF_K, runs[i].first,
				jump(f, runs[i].action,
			             behind + (n - i) / 2 - 1),
				i + 2 < n ? 0
					  : jump(f, runs[0].action, behind)));
		return;
	}
	low = steps_of(runs, n / 2);
	high = steps_of(half, n - n / 2);
	if (low > UINT8_MAX)
		die(f, "cannot jump", "filter");
	print_step((struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JGE | BPF_K, half->first,
		high ? (uint8_t)low : jump(f, half->action, behind + low),
		low ? 0 : jump(f, runs->action, behind + high)));
	print_steps(f, runs, n / 2, behind + high);
	print_steps(f, half, n - n / 2, behind);
}

/*
 * Finds what depends on the number alone, for which the kernel looks only once,
 * when the filter is there.  It compiles all of it anew for each session, so
 * it is to be short.
 */
static void print_numbers(const struct filters *f, const struct program *filter)
{
	static struct run runs[NUMBERS + 2];
	size_t n = find_runs(filter, runs), steps = steps_of(runs, n), i;

	print_step(load(offsetof(struct seccomp_data, arch)));
	print_step((struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JEQ | BPF_K, SHOWN, 0, jump(f, KILL, steps + 1)));
	print_step(load(offsetof(struct seccomp_data, nr)));
	print_steps(f, runs, n, 0);
	for (i = 0; ends[i] != BY_RULES; i++)
		print_step(
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, ends[i]));
}

/* The steps that look at the arguments of one call. */
struct block {
	struct sock_filter steps[STEPS];
	size_t n;
};

#define NEXT_RULE                                                              \
	UINT8_MAX /* a jump there, until it is known how far it is             \
	           */

static void put(const struct filters *f, struct block *b,
                struct sock_filter step)
{
	if (b->n == STEPS)
		die(f, "too many conditions", "a call");
	b->steps[b->n++] = step;
}

/* Goes on where the half of an argument that was loaded is that. */
static void put_equal(const struct filters *f, struct block *b, uint32_t k)
{
	put(f, b,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0,
	                                 NEXT_RULE));
}

/* Goes on where an argument of 64 bits is no greater. */
static void put_at_most(const struct filters *f, struct block *b, size_t low)
{
	put(f, b, load(low + sizeof(uint32_t)));
	put(f, b,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, MOST_HIGH,
	                                 NEXT_RULE, 0));
	put(f, b,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MOST_HIGH,
	                                 0, 2));
	put(f, b, load(low));
	put(f, b,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, MOST_LOW,
	                                 NEXT_RULE, 0));
}

/*
 * Of what is no pointer the lower half is looked at: of an int the kernel
 * looks at no more.
 */
static void put_condition(const struct filters *f, struct block *b,
                          const struct condition *c)
{
	const size_t low = offsetof(struct seccomp_data, args) +
	                   c->argument * sizeof(uint64_t);

	if (c->kind != AT_MOST)
		put(f, b, load(low));
	switch (c->kind) {
	case EQUAL:
		put_equal(f, b, c->value);
		break;
	case UNEQUAL:
		put(f, b,
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		                                 c->value, NEXT_RULE, 0));
		break;
	case MASKED:
		put(f, b,
		    (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K,
		                                 c->mask));
		put_equal(f, b, c->value);
		break;
	case NULL_POINTER:
		put_equal(f, b, 0);
		put(f, b, load(low + sizeof(uint32_t)));
		put_equal(f, b, 0);
		break;
	case AT_MOST:
		put_at_most(f, b, low);
		break;
	}
}

static void put_rule(const struct filters *f, struct block *b,
                     const struct rule *r)
{
	size_t i = b->n;
	unsigned int c;

	for (c = 0; c < r->row.n; c++)
		put_condition(f, b, &r->row.conditions[c]);
	put(f, b, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, r->action));
	for (; i < b->n; i++) {
		if (b->steps[i].jt == NEXT_RULE)
			b->steps[i].jt = (uint8_t)(b->n - i - 1);
		if (b->steps[i].jf == NEXT_RULE)
			b->steps[i].jf = (uint8_t)(b->n - i - 1);
	}
}

/* The call's number is loaded.  The first rule that matches counts. */
static void print_call(const struct filters *f, const struct program *filter,
                       int number)
{
	struct block b = {.n = 0};
	const struct rule *r;
	size_t i;

	for (r = filter->rules; r < filter->rules + filter->n; r++)
		if (r->row.number == number)
			put_rule(f, &b, r);
	put(f, &b,
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, filter->otherwise));
	print_step((struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, (uint8_t)b.n));
	for (i = 0; i < b.n; i++)
		print_step(b.steps[i]);
}

static void print(const struct filters *f, const struct program *filter)
{
	int number;

	(void)printf("\nstatic int %s(const struct numbers *numbers)\n{\n"
	             "\tstruct sock_filter steps[] = {\n",
	             filter->name);
	print_numbers(f, filter);
	for (number = 0; number < NUMBERS; number++)
		if (filter->actions[number] == BY_RULES)
			print_call(f, filter, number);
	print_step((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, KILL));
	(void)printf("\t};\n\n\t(void)numbers;\n"
	             "\treturn install(steps, LENGTH(steps));\n}\n");
}

static void print_processor(void)
{
	(void)printf("#if " SHOWN_TEST "\n"
	             "#error onepop runs on " SHOWN_NAME " only: on no other "
	             "processor has its table of system calls been tried\n"
	             "#endif\n");
}

int main(int argc, char **argv)
{
	static struct program all[] = {
		{.name = "login", .where = LOGIN},
		{.name = "login_helper", .where = LOGIN | HELPER},
		{.name = "root", .where = LOGIN | ROOT},
		{.name = "root_helper", .where = LOGIN | ROOT | HELPER},
		{.name = "mail", .where = MAIL},
		{.name = NULL},
	};
	struct filters f = {.filter = all, .builds = argv + 1};
	struct program *filter;

	(void)argc;
	for (filter = all; filter->name; filter++)
		begin(filter);
	read_table(&f);
	(void)printf(
		"/* Made of src/sandbox/syscalls.tab by src/sandbox/mkfilters.c. */\n");
	print_processor();
	for (filter = all; filter->name; filter++)
		print(&f, filter);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
