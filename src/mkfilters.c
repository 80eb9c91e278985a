/*
 * mkfilters [BUILD]...: makes seccomp programs of src/syscalls.tab.  A BUILD
 * is "sanitizer" or "faults", where that is built.
 *
 * Reads the table on standard input and writes a C header.  Runs when onepop
 * is built, and is the only thing that needs libseccomp.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_OCTETS 256
#define CONDITIONS  6
#define RULES       128
#define ODD         4          /* as libseccomp has it */
#define NUMBERS     1024       /* of calls that libseccomp may know */
#define X32         0x40000000 /* another way to number them on x86 */
#define EACH_NEW                                                               \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |         \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* FS_IOC_FIEMAP without its header, which defines too much. */
#define FIEMAP 0xC020660BU

/* Of Linux 6.11, and of later headers than Debian 12's. */
#define DROPPABLE 0x08

static const struct {
	const char *name;
	uint64_t value;
} constants[] = {
	{"AF_NETLINK", AF_NETLINK},
	{"AT_EMPTY_PATH", AT_EMPTY_PATH},
	{"CLONE_NEW", EACH_NEW},
	{"FS_IOC_FIEMAP", FIEMAP},
	{"FUTEX_WAKE_PRIVATE", FUTEX_WAKE_PRIVATE},
	{"F_OFD_SETLK", F_OFD_SETLK},
	{"MAP_ANONYMOUS", MAP_ANONYMOUS},
	{"MAP_DROPPABLE", DROPPABLE},
	{"MAP_PRIVATE", MAP_PRIVATE},
	{"NETLINK_AUDIT", NETLINK_AUDIT},
	{"PROT_EXEC", PROT_EXEC},
	{"PROT_READ", PROT_READ},
	{"PROT_WRITE", PROT_WRITE},
	{"SYNC_FILE_RANGE_WRITE", SYNC_FILE_RANGE_WRITE},
	{NULL, 0},
};

/* What a filter does with a call beside what it does with all others. */
#define OTHERWISE 0
#define ALLOW     SCMP_ACT_ALLOW
#define ABSENT    SCMP_ACT_ERRNO(ENOSYS)
#define NO_AUDIT  SCMP_ACT_ERRNO(EPROTONOSUPPORT)
#define FAIL      SCMP_ACT_ERRNO(EPERM)
#define BY_RULES  1 /* it depends on the arguments, too */

/* Where a program ends, in this order; BY_RULES goes on. */
static const uint32_t ends[] = {ALLOW, ABSENT, FAIL, BY_RULES};

/* What is done when; none is allowed after login only. */
static const struct {
	const char *when;
	uint32_t login, audited, mail;
	bool build; /* only where that is built */
} stages[] = {
	{"always", ALLOW, ALLOW, ALLOW, false},
	{"login", ALLOW, ALLOW, OTHERWISE, false},
	{"audited", NO_AUDIT, ALLOW, OTHERWISE, false},
	{"absent", ABSENT, ABSENT, OTHERWISE, false},
	{"sanitizer", ALLOW, ALLOW, ALLOW, true},
	{"faults", ALLOW, ALLOW, ALLOW, true},
	{NULL, OTHERWISE, OTHERWISE, OTHERWISE, false},
};

/* A line of the table. */
struct row {
	const char *call, *when;
	char *arguments;
	int number;
	struct scmp_arg_cmp conditions[CONDITIONS];
	unsigned int n;
};

/* Calls from that number on, to the next run's. */
struct run {
	unsigned int first;
	uint32_t action;
};

struct filter {
	const char *name;
	uint32_t otherwise;
	bool numbers;              /* many are allowed: see print_numbers */
	uint32_t actions[NUMBERS]; /* then, by the call's number */
	struct rule {
		struct row row;
		uint32_t action;
	} rules[RULES]; /* all, or where arguments matter */
	size_t n;
};

/* What is being made. */
struct filters {
	struct filter login, audited, mail;
	char **builds; /* the words for calls that only some builds need */
	int line;
};

static void die(const struct filters *f, const char *what, const char *word)
{
	(void)fprintf(stderr, "syscalls.tab:%d: %s: %s\n", f->line, word, what);
	exit(1);
}

static uint64_t constant(const struct filters *f, const char *word)
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
static uint64_t value(const struct filters *f, char *words)
{
	uint64_t ret = 0;
	char *rest, *word;

	for (word = strtok_r(words, "|", &rest); word;
	     word = strtok_r(NULL, "|", &rest))
		ret |= constant(f, word);
	return ret;
}

/* Takes "ARGUMENT=VALUE", "ARGUMENT!=VALUE" or "ARGUMENT&MASK=VALUE". */
static struct scmp_arg_cmp condition(const struct filters *f, char *text)
{
	struct scmp_arg_cmp ret = {.op = SCMP_CMP_EQ};
	char *equals;

	equals = strchr(text, '=');
	if (*text < '0' || *text > '5' || !equals || !strchr("=!&", text[1]))
		die(f, "no condition", text);
	*equals = '\0';
	ret.arg = (unsigned int)(*text - '0');
	ret.datum_a = value(f, equals + 1);
	if (text[1] == '!')
		ret.op = SCMP_CMP_NE;
	if (text[1] != '&')
		return ret;
	ret.op = SCMP_CMP_MASKED_EQ;
	ret.datum_b = ret.datum_a;
	ret.datum_a = value(f, text + 2);
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

static void add(const struct filters *f, struct filter *to, uint32_t action,
                const struct row *r)
{
	uint32_t *now = &to->actions[r->number];

	if (action == OTHERWISE)
		return;
	if (to->numbers && r->n == 0) {
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
	size_t i = 0;

	while (stages[i].when && strcmp(stages[i].when, r->when) != 0)
		i++;
	if (!stages[i].when)
		die(f, "no such stage", r->when);
	if (stages[i].build && !is_built(f, r->when))
		return;
	add(f, &f->login, stages[i].login, r);
	add(f, &f->audited, stages[i].audited, r);
	add(f, &f->mail, stages[i].mail, r);
}

/* Returns false where this machine has no call of that name. */
static bool find_call(const struct filters *f, struct row *r)
{
	r->number =
		seccomp_syscall_resolve_name_rewrite(SCMP_ARCH_NATIVE, r->call);
	if (r->number == __NR_SCMP_ERROR)
		die(f, "no such system call", r->call);
	return r->number >= 0 && r->number < NUMBERS;
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
	if (!find_call(f, &r))
		return;
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
		name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE,
		                                        number - 1);
	free(name);
	return (unsigned int)number;
}

/* Other calls fail; those newer than libseccomp do not exist. */
static void begin_login(struct filter *f, const char *name)
{
	unsigned int i, known = newest();

	f->name = name;
	f->otherwise = FAIL;
	f->numbers = true;
	for (i = 0; i < NUMBERS; i++)
		f->actions[i] = i <= known ? f->otherwise : ABSENT;
}

static void begin_mail(struct filter *f, const char *name)
{
	f->name = name;
	f->otherwise = SCMP_ACT_KILL_PROCESS;
}

/* libseccomp's part. */
static scmp_filter_ctx make_rules(const struct filters *f,
                                  const struct filter *filter)
{
	const struct rule *r;
	scmp_filter_ctx ret;
	int error = 0;

	ret = seccomp_init(filter->otherwise);
	if (!ret ||
	    seccomp_attr_set(ret, SCMP_FLTATR_ACT_BADARCH,
	                     SCMP_ACT_KILL_PROCESS) < 0 ||
	    seccomp_attr_set(ret, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		die(f, "cannot begin", "libseccomp");
	for (r = filter->rules; r < filter->rules + filter->n && !error; r++)
		if (filter->actions[r->row.number] == BY_RULES)
			error = seccomp_rule_add_array(ret, r->action,
			                               r->row.number, r->row.n,
			                               r->row.conditions);
	if (error < 0)
		die(f, strerror(-error), "rule");
	return ret;
}

static void print_step(struct sock_filter step)
{
	(void)printf("\t{0x%x, %u, %u, 0x%x},\n", step.code, step.jt, step.jf,
	             step.k);
}

/* Numbers that follow each other, for which the same is done. */
static size_t find_runs(const struct filter *f, struct run runs[NUMBERS + 1])
{
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < NUMBERS; i++)
		if (n == 0 || f->actions[i] != runs[n - 1].action)
			runs[n++] = (struct run){i, f->actions[i]};
	runs[n++] = (struct run){X32, BY_RULES};
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
	print_step((struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JGE | BPF_K, half->first,
		high ? (uint8_t)low : jump(f, half->action, behind + low),
		low ? 0 : jump(f, runs->action, behind + high)));
	print_steps(f, runs, n / 2, behind + high);
	print_steps(f, half, n - n / 2, behind);
}

/*
 * Before libseccomp's program, which makes a step for each call and knows no
 * ranges: one half as long that finds what depends on the number alone.  The
 * kernel compiles it anew for each session.  The rest, and the numbers of
 * another architecture, is left to the rules.
 */
static void print_numbers(const struct filters *f, const struct filter *filter)
{
	static struct run runs[NUMBERS + 1];
	size_t n = find_runs(filter, runs), steps = steps_of(runs, n), i;

	print_step((struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
	print_step((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
	                                        seccomp_arch_native(), 0,
	                                        jump(f, BY_RULES, steps + 1)));
	print_step((struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	print_steps(f, runs, n, 0);
	for (i = 0; ends[i] != BY_RULES; i++)
		print_step(
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, ends[i]));
}

static void print(const struct filters *f, const struct filter *filter)
{
	scmp_filter_ctx rules = make_rules(f, filter);
	struct sock_filter step;
	FILE *program;

	program = tmpfile();
	if (!program || seccomp_export_bpf(rules, fileno(program)) < 0)
		die(f, "cannot export", filter->name);
	rewind(program);
	(void)printf("\nstatic struct sock_filter %s[] = {\n", filter->name);
	if (filter->numbers)
		print_numbers(f, filter);
	while (fread(&step, sizeof(step), 1, program) == 1)
		print_step(step);
	(void)printf("};\n");
	(void)fclose(program);
	seccomp_release(rules);
}

int main(int argc, char **argv)
{
	static struct filters f;

	(void)argc;
	f.builds = argv + 1;
	begin_login(&f.login, "login_filter");
	begin_login(&f.audited, "audited_filter");
	begin_mail(&f.mail, "mail_filter");
	read_table(&f);
	(void)printf("/* Made of src/syscalls.tab by src/mkfilters.c. */\n");
	print(&f, &f.login);
	print(&f, &f.audited);
	print(&f, &f.mail);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
