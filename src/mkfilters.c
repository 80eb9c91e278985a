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
#define NUMBERS     1024       /* of calls that libseccomp may know */
#define X32         0x40000000 /* another way to number them on x86 */
#define EACH_NEW                                                               \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |         \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* FS_IOC_FIEMAP without its header, which defines too much. */
#define FIEMAP 0xC020660BU

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
	{"MAP_PRIVATE", MAP_PRIVATE},
	{"NETLINK_AUDIT", NETLINK_AUDIT},
	{"PROT_EXEC", PROT_EXEC},
	{"SYNC_FILE_RANGE_WRITE", SYNC_FILE_RANGE_WRITE},
	{NULL, 0},
};

/* What a filter does with a call beside what it does with all others. */
#define OTHERWISE 0
#define ALLOW     SCMP_ACT_ALLOW
#define ABSENT    SCMP_ACT_ERRNO(ENOSYS)
#define NO_AUDIT  SCMP_ACT_ERRNO(EPROTONOSUPPORT)

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

/* What is being made. */
struct filters {
	scmp_filter_ctx login, audited, mail;
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
	for (word = strtok_r(r->arguments, ",", &rest);
	     word && r->n < CONDITIONS; word = strtok_r(NULL, ",", &rest))
		r->conditions[r->n++] = condition(f, word);
}

static void add(const struct filters *f, scmp_filter_ctx to, uint32_t action,
                const struct row *r)
{
	int error;

	if (action == OTHERWISE)
		return;
	error = seccomp_rule_add_array(to, action, r->number, r->n,
	                               r->conditions);
	if (error < 0)
		die(f, strerror(-error), r->call);
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
	add(f, f->login, stages[i].login, r);
	add(f, f->audited, stages[i].audited, r);
	add(f, f->mail, stages[i].mail, r);
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

static scmp_filter_ctx begin(struct filters *f, uint32_t otherwise)
{
	scmp_filter_ctx ret;

	ret = seccomp_init(otherwise);
	if (!ret ||
	    seccomp_attr_set(ret, SCMP_FLTATR_ACT_BADARCH,
	                     SCMP_ACT_KILL_PROCESS) < 0 ||
	    seccomp_attr_set(ret, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		die(f, "cannot begin", "libseccomp");
	return ret;
}

static void print_step(struct sock_filter step)
{
	(void)printf("\t{0x%x, %u, %u, 0x%x},\n", step.code, step.jt, step.jf,
	             step.k);
}

/*
 * Calls newer than libseccomp do not exist; libseccomp knows no ranges, and a
 * rule for each older one would make a program that takes the kernel twice
 * as long to compile, in each session.
 */
static void print_newer(void)
{
	const struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	                 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, newest(), 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		print_step(steps[i]);
}

static void print(struct filters *f, scmp_filter_ctx filter, const char *name,
                  void (*print_first)(void))
{
	struct sock_filter step;
	FILE *program;

	program = tmpfile();
	if (!program || seccomp_export_bpf(filter, fileno(program)) < 0)
		die(f, "cannot export", name);
	rewind(program);
	(void)printf("\nstatic struct sock_filter %s[] = {\n", name);
	if (print_first)
		print_first();
	while (fread(&step, sizeof(step), 1, program) == 1)
		print_step(step);
	(void)printf("};\n");
	(void)fclose(program);
	seccomp_release(filter);
}

int main(int argc, char **argv)
{
	static struct filters f;

	(void)argc;
	f.builds = argv + 1;
	f.login = begin(&f, SCMP_ACT_ERRNO(EPERM));
	f.audited = begin(&f, SCMP_ACT_ERRNO(EPERM));
	f.mail = begin(&f, SCMP_ACT_KILL_PROCESS);
	read_table(&f);
	(void)printf("/* Made of src/syscalls.tab by src/mkfilters.c. */\n");
	print(&f, f.login, "login_filter", print_newer);
	print(&f, f.audited, "audited_filter", print_newer);
	print(&f, f.mail, "mail_filter", NULL);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
