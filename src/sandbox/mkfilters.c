/* SPDX-License-Identifier: ISC */
/*
 * mkfilters [BUILD]...: makes seccomp programs of src/sandbox/syscalls.tab.  A
 * BUILD is "sanitizer" or "faults"; without it, the table's lines for that
 * build are left out.
 *
 * Reads the table on standard input and writes a C header, in which the
 * compiler finds the programs of its processor.  Runs while onepop is built and
 * alone needs libseccomp, which makes all of each program but the numbers that
 * only the process itself knows: these stand in it as constants (numbers[]), in
 * whose place C reads a variable.
 *
 * libseccomp compares 64 bits of an argument, or those of a mask.  Of an int
 * the kernel reads 32, so all conditions are masked but NULL and those of MOST.
 * There is no masked "is not": each stage therefore has two programs, one of
 * what is allowed and one of what is denied, and the kernel obeys the stricter.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
#define EACH_NEW                                                               \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |         \
	 CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/*
 * The processors that the table was tried on (make check-cross), and how the
 * compiler tells each: x32 is not x86_64.  Another one has other calls, and
 * numbers of its own for the same ones.
 */
static const struct processor {
	const char *name;
	uint32_t token;
	bool wide; /* its arguments have 64 bits */
	bool big;  /* it has the highest octet of a number first */
	const char *test;
} processors[] = {
	{"x86_64", SCMP_ARCH_X86_64, true, false,
         "defined(__x86_64__) && !defined(__ILP32__)"},
	{"i386", SCMP_ARCH_X86, false, false, "defined(__i386__)"},
	{"aarch64", SCMP_ARCH_AARCH64, true, false,
         "defined(__aarch64__) && defined(__AARCH64EL__) && "
         "!defined(__ILP32__)"},
	{"arm", SCMP_ARCH_ARM, false, false,
         "defined(__ARM_PCS_VFP) && !defined(__ARM_BIG_ENDIAN)"},
	{"riscv64", SCMP_ARCH_RISCV64, true, false,
         "defined(__riscv) && __riscv_xlen == 64"},
	{"ppc64le", SCMP_ARCH_PPC64LE, true, false,
         "defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)"},
	{"s390x", SCMP_ARCH_S390X, true, true, "defined(__s390x__)"},
};

#define PROCESSORS (sizeof(processors) / sizeof(processors[0]))

/* FS_IOC_FIEMAP without its header, which defines too much. */
#define FIEMAP 0xC020660BU

/* Of Linux 6.11; the headers of Debian 12 are older. */
#define DROPPABLE 0x08

#define API 3 /* of libseccomp: with SCMP_ACT_KILL_PROCESS */

#define LOW 0xffffffff /* the half of an argument that an int has */

/* Numbers that only the process knows, and what C has in their place. */
#define SELF      0xffffff01
#define MOST_HIGH 0xffffff02
#define MOST_LOW  0xffffff03
#define MOST      ((uint64_t)MOST_HIGH << 32 | MOST_LOW)

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
	{"IPPROTO_TCP", IPPROTO_TCP},
	{"JOURNAL", FILTER_JOURNAL},
	{"KEPT", FILTER_KEPT},
	{"MAP_ANONYMOUS", MAP_ANONYMOUS},
	{"MAP_DROPPABLE", DROPPABLE},
	{"MAP_PRIVATE", MAP_PRIVATE},
	{"MOST_HIGH", MOST_HIGH},
	{"MOST_LOW", MOST_LOW},
	{"NETLINK_AUDIT", NETLINK_AUDIT},
	{"O_TRUNC", O_TRUNC},
	{"PRIO_PROCESS", PRIO_PROCESS},
	{"PROT_EXEC", PROT_EXEC},
	{"PROT_READ", PROT_READ},
	{"PROT_WRITE", PROT_WRITE},
	{"SELF", SELF},
	{"SIOCSPGRP", SIOCSPGRP},
	{"SYNC_FILE_RANGE_WRITE", SYNC_FILE_RANGE_WRITE},
	{"TCP_INFO", TCP_INFO},
	{NULL, 0},
};

#define ALLOW    SCMP_ACT_ALLOW
#define KILL     SCMP_ACT_KILL_PROCESS
#define FAIL     SCMP_ACT_ERRNO(EPERM)
#define NO_AUDIT SCMP_ACT_ERRNO(EPROTONOSUPPORT)
#define ABSENT   SCMP_ACT_ERRNO(ENOSYS)

/* What the words for when in the table do. */
static const struct when {
	const char *word;
	uint32_t action;
	bool build; /* only where that is built */
} whens[] = {
	{"always", ALLOW, false},
	{"login", ALLOW, false},
	{"helper", ALLOW, false},
	{"root", ALLOW, false},
	{"sanitizer", ALLOW, true},
	{"faults", ALLOW, true},
	{"fail", FAIL, false},
	{"fail-user", FAIL, false},
	{"no-audit", NO_AUDIT, false},
	{"kill", KILL, false},
	{NULL, 0, false},
};

#define ALWAYS "always", "sanitizer", "faults"

static struct program {
	const char *name;
	uint32_t otherwise;   /* what it does with a call without a line */
	const char *words[8]; /* of its lines */
	scmp_filter_ctx ctx[PROCESSORS];
} programs[] = {
	{"login", ABSENT, {ALWAYS, "login"}, {NULL}},
	{"login_helper", ABSENT, {ALWAYS, "login", "helper"}, {NULL}},
	{"root", ABSENT, {ALWAYS, "login", "root"}, {NULL}},
	{"root_helper", ABSENT, {ALWAYS, "login", "root", "helper"}, {NULL}},
	{"mail", KILL, {ALWAYS}, {NULL}},
	{"login_denied", ALLOW, {"fail", "fail-user", "no-audit"}, {NULL}},
	{"root_denied", ALLOW, {"fail"}, {NULL}},
	{"mail_denied", ALLOW, {"kill"}, {NULL}},
	{NULL, 0, {NULL}, {NULL}},
};

/* What is being read. */
static const char *const *builds; /* those asked for */
static int line_number;
static const char *const all[] = {"all", NULL};
static const char *section[PROCESSORS + 1]; /* the words between brackets */

static void die(const char *problem, const char *word)
{
	(void)fprintf(stderr, "syscalls.tab:%d: %s: %s\n", line_number, word,
	              problem);
	exit(1);
}

static uint32_t find_constant(const char *word)
{
	size_t i;

	for (i = 0; constants[i].name; i++)
		if (strcmp(constants[i].name, word) == 0)
			return constants[i].value;
	if (strcmp(word, "0") != 0)
		die("no such constant in mkfilters.c", word);
	return 0;
}

/* The value of "A|B". */
static uint32_t read_value(char *words)
{
	uint32_t ret = 0;
	char *rest, *word;

	for (word = strtok_r(words, "|", &rest); word;
	     word = strtok_r(NULL, "|", &rest))
		ret |= find_constant(word);
	return ret;
}

/*
 * Reads "ARGUMENT=VALUE", "ARGUMENT&MASK=VALUE", "ARGUMENT=NULL",
 * "ARGUMENT>MOST", "ARGUMENT>MOST_HIGH" or "ARGUMENT>MOST_LOW".
 */
static struct scmp_arg_cmp read_condition(char *text)
{
	const unsigned int argument = (unsigned int)(*text - '0');
	char *equals = strchr(text, '=');

	if (argument >= CONDITIONS)
		die("no condition", text);
	if (strcmp(text + 1, "=NULL") == 0)
		return SCMP_CMP(argument, SCMP_CMP_EQ, 0, 0);
	if (strcmp(text + 1, ">MOST") == 0)
		return SCMP_CMP(argument, SCMP_CMP_GT, MOST, 0);
	if (strncmp(text + 1, ">MOST_", 6) == 0)
		return SCMP_CMP(argument, SCMP_CMP_GT, find_constant(text + 2),
		                0);
	if (!equals || (text[1] != '&' && equals != text + 1))
		die("no condition", text);
	*equals = '\0';
	return SCMP_CMP(argument, SCMP_CMP_MASKED_EQ,
	                text[1] == '&' ? read_value(text + 2) : LOW,
	                read_value(equals + 1));
}

/* Reads conditions joined by commas.  Returns their number. */
static unsigned int read_conditions(char *words, struct scmp_arg_cmp *ret)
{
	unsigned int n = 0;
	char *rest, *word;

	if (strcmp(words, "any") == 0)
		return 0;
	for (word = strtok_r(words, ",", &rest); word;
	     word = strtok_r(NULL, ",", &rest)) {
		if (n == CONDITIONS)
			die("too many conditions", word);
		ret[n++] = read_condition(word);
	}
	return n;
}

static const struct when *find_when(const char *word)
{
	const struct when *w;

	for (w = whens; w->word; w++)
		if (strcmp(w->word, word) == 0)
			return w;
	die("no such stage", word);
	return NULL;
}

/* Is the word among the words, which end with NULL? */
static bool has_word(const char *const *words, const char *word)
{
	while (*words && strcmp(*words, word) != 0)
		words++;
	return *words;
}

/* Is the processor among those between the last brackets? */
static bool is_chosen(const struct processor *p)
{
	return has_word(section, p->name) || has_word(section, *all) ||
	       (p->wide && has_word(section, "64"));
}

/* Calls of other processors have negative numbers. */
static bool has_call(const struct processor *p, const char *call)
{
	return seccomp_syscall_resolve_name_rewrite(p->token, call) >= 0;
}

/* Adds a line to the programs for processor i. */
static void add_rule(size_t i, const struct when *when, const char *call,
                     unsigned int n, const struct scmp_arg_cmp *conditions)
{
	/* libseccomp takes this processor's number, and finds the other's. */
	const int number = seccomp_syscall_resolve_name(call);
	const struct program *p;

	for (p = programs; p->name; p++)
		if (has_word(p->words, when->word) &&
		    seccomp_rule_add_exact_array(p->ctx[i], when->action,
		                                 number, n, conditions) < 0)
			die("libseccomp takes no such line", call);
}

static void add_rules(const struct when *when, const char *call, unsigned int n,
                      const struct scmp_arg_cmp *conditions)
{
	bool found = false;
	size_t i;

	for (i = 0; i < PROCESSORS; i++) {
		if (!is_chosen(&processors[i]))
			continue;
		if (has_call(&processors[i], call)) {
			found = true;
			if (!when->build || has_word(builds, when->word))
				add_rule(i, when, call, n, conditions);
		} else if (!has_word(section, *all)) {
			die("no such system call there", call);
		}
	}
	if (!found)
		die("no such system call on any processor", call);
}

/* Reads the words between brackets. */
static void read_section(char *words)
{
	static char copy[LINE_OCTETS];
	size_t i, n = 0;
	char *rest, *word;

	(void)snprintf(copy, sizeof(copy), "%s", words);
	for (word = strtok_r(copy, " ]\n", &rest); word;
	     word = strtok_r(NULL, " ]\n", &rest)) {
		for (i = 0; i < PROCESSORS; i++)
			if (strcmp(processors[i].name, word) == 0)
				break;
		if (i == PROCESSORS && strcmp(word, "64") != 0 &&
		    strcmp(word, *all) != 0)
			die("no such processor in mkfilters.c", word);
		if (n == PROCESSORS)
			die("too many processors", word);
		section[n++] = word;
	}
	section[n] = NULL;
}

static void read_row(char *line)
{
	struct scmp_arg_cmp conditions[CONDITIONS];
	const struct when *when;
	const char *call, *word;
	char *rest, *arguments;
	unsigned int n;

	if (*line == '[') {
		read_section(line + 1);
		return;
	}
	call = strtok_r(line, " \t\n", &rest);
	if (!call || *call == '#')
		return;
	word = strtok_r(NULL, " \t\n", &rest);
	arguments = strtok_r(NULL, " \t\n", &rest);
	if (!word || !arguments || !strtok_r(NULL, "\n", &rest))
		die("not name, when, arguments, why", call);
	when = find_when(word);
	n = read_conditions(arguments, conditions);
	add_rules(when, call, n, conditions);
}

/* For a processor, wherever this runs. */
static scmp_filter_ctx make_context(uint32_t otherwise, uint32_t token)
{
	scmp_filter_ctx ctx = seccomp_init(otherwise);

	if (!ctx || seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE) < 0 ||
	    seccomp_arch_add(ctx, token) < 0 ||
	    seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	                     SCMP_ACT_KILL_PROCESS) < 0 ||
	    seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		die("libseccomp fails", "filter");
	return ctx;
}

static void make_contexts(void)
{
	struct program *p;
	size_t i;

	/* Whatever the kernel knows on which this runs. */
	if (seccomp_api_set(API) < 0)
		die("libseccomp is too old", "filter");
	for (p = programs; p->name; p++)
		for (i = 0; i < PROCESSORS; i++)
			p->ctx[i] =
				make_context(p->otherwise, processors[i].token);
}

static bool is_action(uint32_t k)
{
	return k == ALLOW || k == KILL || k >> 16 == FAIL >> 16;
}

/*
 * libseccomp has the octets of a number in the order of the processor, but
 * leaves some actions in the order of this machine.
 */
static void print_step(const struct sock_filter *step, bool big)
{
	const uint16_t code = big ? be16toh(step->code) : le16toh(step->code);
	uint32_t k = big ? be32toh(step->k) : le32toh(step->k);
	size_t i = 0;

	if (code == (BPF_RET | BPF_K) && !is_action(k))
		k = step->k;
	if (code == (BPF_RET | BPF_K) && !is_action(k))
		die("libseccomp made another action", "filter");
	while (numbers[i].text && numbers[i].value != k)
		i++;
	(void)printf("\t\t{0x%x, %u, %u, ", code, step->jt, step->jf);
	if (numbers[i].text)
		(void)printf("%s},\n", numbers[i].text);
	else
		(void)printf("0x%x},\n", k);
}

static void print_program(const struct program *p, size_t i)
{
	struct sock_filter step;
	FILE *f = tmpfile();

	if (!f || seccomp_export_bpf(p->ctx[i], fileno(f)) < 0)
		die("libseccomp fails", p->name);
	rewind(f);
	(void)printf("\nstatic int %s(const struct numbers *numbers)\n{\n"
	             "\tstruct sock_filter steps[] = {\n",
	             p->name);
	while (fread(&step, sizeof(step), 1, f) == 1)
		print_step(&step, processors[i].big);
	(void)printf("\t};\n\n\t(void)numbers;\n"
	             "\treturn install(steps, LENGTH(steps));\n}\n");
	(void)fclose(f);
}

static void print_all(void)
{
	const struct program *p;
	size_t i;

	(void)printf(
		"/* Made of src/sandbox/syscalls.tab by mkfilters.c. */\n");
	for (i = 0; i < PROCESSORS; i++) {
		(void)printf("\n#%sif %s /* %s */\n", i ? "el" : "",
		             processors[i].test, processors[i].name);
		for (p = programs; p->name; p++)
			print_program(p, i);
	}
	(void)printf("\n#else\n"
	             "#error On this processor the table of system calls has "
	             "not been tried.  onepop runs on");
	for (i = 0; i < PROCESSORS; i++)
		(void)printf(" %s", processors[i].name);
	(void)printf("\n#endif\n");
}

int main(int argc, char **argv)
{
	char line[LINE_OCTETS];

	(void)argc;
	builds = (const char *const *)argv + 1;
	section[0] = *all;
	make_contexts();
	while (fgets(line, sizeof(line), stdin)) {
		line_number++;
		read_row(line);
	}
	print_all();
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
