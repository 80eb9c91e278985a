/* SPDX-License-Identifier: ISC */
/* What several unit tests need. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The next of a row of numbers that the seed alone decides (splitmix64). */
static inline uint64_t support_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* A number below limit, which is at least 1. */
static inline size_t support_below(uint64_t *seed, size_t limit)
{
	return (size_t)(support_random(seed) % limit);
}

/*
 * How the next piece of n octets is cut: all of it, one octet, or a random
 * part, as the round says.
 */
static inline size_t support_piece(uint64_t *seed, unsigned int round, size_t n)
{
	if (round == 0 || n == 0)
		return n;
	return round == 1 ? 1 : 1 + support_below(seed, n < 9 ? n : 9);
}

/* A new, empty directory in that one; support_remove ends it. */
static inline char *support_directory(const char *where)
{
	char *path;

	assert_true(asprintf(&path, "%s/onepop-test-XXXXXX", where) > 0);
	assert_non_null(mkdtemp(path));
	return path;
}

static inline void support_remove(char *directory)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	assert_int_equal(system(command), 0);
	free(directory);
}

static inline void support_write(int fd, const void *buf, size_t n)
{
	const char *p = buf;
	ssize_t put;

	for (; n; p += put, n -= (size_t)put) {
		put = write(fd, p, n);
		assert_true(put > 0);
	}
}

/* A file that has no name, with that content. */
static inline int support_file(const void *buf, size_t n)
{
	char path[] = "/tmp/onepop-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(unlink(path), 0);
	support_write(fd, buf, n);
	return fd;
}

/* Is that all there is in the file? */
static inline void support_holds(int fd, const void *buf, size_t n)
{
	struct stat st;
	char *have;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, n);
	have = malloc(n + 1);
	assert_non_null(have);
	assert_int_equal(pread(fd, have, n + 1, 0), n);
	if (n)
		assert_memory_equal(have, buf, n);
	free(have);
}

/* As fork(2), with a pipe between the two; both have both ends. */
static inline pid_t support_fork(int ends[2])
{
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	return child;
}

/* A child has ended with that status. */
static inline void support_reap(pid_t child, int want)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), want);
}

#endif
