/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/landlock.h"

/* The kernel's attribute; the headers of this machine may be older. */
struct ruleset {
	uint64_t fs, net, scoped;
};

#define ACCESS_TRUNCATE  (1ULL << 14)
#define ACCESS_IOCTL_DEV (1ULL << 15)

#define READS  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITES (LANDLOCK_ACCESS_FS_WRITE_FILE | ACCESS_TRUNCATE)
#define CREATES                                                                \
	(LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |        \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR)
#define ON_FILES                                                               \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE | WRITES)

/* How many access bits of each kind each version of Landlock has. */
static const struct {
	int fs, net, scoped;
} versions[] = {{0, 0, 0},  {13, 0, 0}, {14, 0, 0}, {15, 0, 0},
                {15, 2, 0}, {16, 2, 0}, {16, 2, 2}};

#define LATEST ((long)(sizeof(versions) / sizeof(versions[0])) - 1)

static uint64_t low_bits(int n)
{
	return (1ULL << n) - 1;
}

/* Finds all that this kernel can restrict.  Returns 0, or -1 with errno. */
static int find_restrictable(struct ruleset *ret)
{
	long version;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	                  LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		return -1;
	if (version > LATEST)
		version = LATEST;
	ret->fs = low_bits(versions[version].fs);
	ret->net = low_bits(versions[version].net);
	ret->scoped = low_bits(versions[version].scoped);
	return 0;
}

/* The kernel's bits for ours. */
static uint64_t kernel_access(unsigned int access)
{
	uint64_t ret = 0;

	if (access & LANDLOCK_READ)
		ret |= READS;
	if (access & LANDLOCK_WRITE)
		ret |= WRITES;
	if (access & LANDLOCK_CREATE)
		ret |= CREATES;
	if (access & LANDLOCK_EXECUTE)
		ret |= LANDLOCK_ACCESS_FS_EXECUTE;
	return access & LANDLOCK_FILE ? ret & ON_FILES : ret;
}

/* Descriptors with consecutive numbers, which one call can close. */
struct run {
	int first, last; /* last < first: none */
};

static void close_run(struct run *r)
{
	if (r->last >= r->first)
		(void)close_range((unsigned int)r->first, (unsigned int)r->last,
		                  0);
	*r = (struct run){0, -1};
}

static void add_to_run(struct run *r, int fd)
{
	if (fd != r->last + 1) {
		close_run(r);
		r->first = fd;
	}
	r->last = fd;
}

/* Returns 1, or 0 if the rule's path is missing, or -1 with errno. */
static int add_path(int ruleset, uint64_t restricted,
                    const struct landlock_rule *rule, struct run *used)
{
	struct landlock_path_beneath_attr beneath = {0};
	int flags = O_PATH | O_CLOEXEC;

	if (!(rule->access & LANDLOCK_FILE))
		flags |= O_DIRECTORY;
	if (rule->access & LANDLOCK_NO_LINK)
		flags |= O_NOFOLLOW;
	beneath.parent_fd = open(rule->path, flags);
	if (beneath.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES
		               ? 0
		               : -1;
	add_to_run(used, beneath.parent_fd);
	beneath.allowed_access = kernel_access(rule->access) & restricted;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
	            &beneath, 0) < 0)
		return -1;
	return 1;
}

static int add_paths(int ruleset, uint64_t restricted,
                     const struct landlock_rule *rules, size_t n,
                     struct run *used)
{
	int added = 0;
	size_t i;

	for (i = 0; i < n && added >= 0; i++)
		if (added == 0 || !(rules[i].access & LANDLOCK_ELSE))
			added = add_path(ruleset, restricted, &rules[i], used);
	return added < 0 ? -1 : 0;
}

int landlock_restrict(const struct landlock_rule *rules, size_t n)
{
	struct run used = {0, -1};
	struct ruleset all;
	int fd, saved, ret;

	if (find_restrictable(&all) < 0)
		return -1;
	if (n > 0)
		all.net = 0;
	/* An older kernel takes the longer attribute if the rest is 0. */
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (fd < 0)
		return -1;
	ret = add_paths(fd, all.fs, rules, n, &used);
	if (ret == 0)
		ret = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	saved = errno;
	if (used.first == fd + 1)
		used.first = fd; /* the usual case: one call closes all */
	else
		(void)close(fd);
	close_run(&used);
	errno = saved;
	return ret;
}
