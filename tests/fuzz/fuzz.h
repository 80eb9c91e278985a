/* SPDX-License-Identifier: ISC */
/* What the targets share; README.md says how to write a target. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Does what assert(3) does, with NDEBUG, too. */
#define FUZZ_CHECK(what)                                                       \
	do {                                                                   \
		if (!(what))                                                   \
			fuzz_fail(__FILE__, __LINE__, #what);                  \
	} while (0)

__attribute__((noreturn)) static inline void
fuzz_fail(const char *file, int line, const char *what)
{
	(void)fprintf(stderr, "%s:%d: wrong: %s\n", file, line, what);
	abort();
}

/* The rest of the input. */
struct fuzz_input {
	const uint8_t *p;
	size_t n;
};

/* Takes the next octet; returns 0 behind the last. */
static inline uint8_t fuzz_octet(struct fuzz_input *in)
{
	if (in->n == 0)
		return 0;
	in->n--;
	return *in->p++;
}

/* Takes a number of so many octets, the most significant first. */
static inline uint64_t fuzz_number(struct fuzz_input *in, int octets)
{
	uint64_t n = 0;

	for (; octets > 0; octets--)
		n = n << 8 | fuzz_octet(in);
	return n;
}

/* Copies n octets into memory of that size: a step too far is seen. */
static inline char *fuzz_copy(const void *p, size_t n)
{
	char *copy = malloc(n ? n : 1);

	FUZZ_CHECK(copy);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

/* Takes the part of the input before the first such octet, and that octet. */
static inline struct fuzz_input fuzz_part(struct fuzz_input *in, char end)
{
	const uint8_t *at = in->n ? memchr(in->p, end, in->n) : NULL;
	size_t n = at ? (size_t)(at - in->p) : in->n;
	struct fuzz_input part = {in->p, n};

	in->p += n + (at != NULL);
	in->n -= n + (at != NULL);
	return part;
}

/* Takes the same as a string, which the caller frees. */
static inline char *fuzz_string(struct fuzz_input *in, char end)
{
	struct fuzz_input part = fuzz_part(in, end);
	char *copy = malloc(part.n + 1);

	FUZZ_CHECK(copy);
	if (part.n)
		memcpy(copy, part.p, part.n);
	copy[part.n] = '\0';
	return copy;
}

/* Returns a random number that only the seed decides (splitmix64). */
static inline uint64_t fuzz_random(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

#define FUZZ_ROUNDS 3

/*
 * Returns the size of the next piece of n octets, at least one: all of them in
 * round 0, one octet in round 1 unless that would take too long, and otherwise
 * a short or a long piece.
 */
static inline size_t fuzz_piece(uint64_t *seed, int round, size_t n)
{
	uint64_t r = fuzz_random(seed);

	if (round == 0)
		return n;
	if (round == 1 && n < 256)
		return 1;
	return 1 + (size_t)(r >> 8) % (r % 4 == 0 || n < 9 ? n : 9);
}

/* Makes a file in memory that has no name. */
static inline int fuzz_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0);
	return fd;
}

/* Makes the file hold these octets and no others. */
static inline void fuzz_fill(int fd, const void *p, size_t n)
{
	FUZZ_CHECK(ftruncate(fd, 0) == 0);
	FUZZ_CHECK(n == 0 || pwrite(fd, p, n, 0) == (ssize_t)n);
}

/* Does it hold these octets and no others? */
static inline bool fuzz_holds(int fd, const void *p, size_t n)
{
	struct stat st;
	bool same;
	char *have;

	FUZZ_CHECK(fstat(fd, &st) == 0);
	if (st.st_size != (off_t)n)
		return false;
	have = malloc(n + 1);
	FUZZ_CHECK(have);
	same = pread(fd, have, n, 0) == (ssize_t)n &&
	       (n == 0 || memcmp(have, p, n) == 0);
	free(have);
	return same;
}

#endif
