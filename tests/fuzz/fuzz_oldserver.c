/* SPDX-License-Identifier: ISC */
/*
 * Input: what a POP3 server answers, which comes in pieces.  It is asked until
 * it ends or fails; however the pieces are cut, the same is told.  Ids are
 * those that RFC 1939 allows, there is a key for each if all went well, and the
 * words of a problem are printable ASCII, of a login without the password.
 */
#include "fuzz.h"

#include "adopt/oldserver.h"

#define PASSWORD "secret"

/* A server that answers, and what was told of it. */
struct server {
	struct fuzz_input left;
	uint64_t seed;
	int round;
	uint32_t ids, keys;
	uint64_t sum; /* of all that was told */
};

static ssize_t read_answer(void *connection, void *buf, size_t n)
{
	struct server *s = connection;
	size_t piece;

	if (s->left.n == 0)
		return 0;
	piece = fuzz_piece(&s->seed, s->round, s->left.n);
	if (piece > n)
		piece = n;
	memcpy(buf, s->left.p, piece);
	s->left.p += piece;
	s->left.n -= piece;
	return (ssize_t)piece;
}

static ssize_t take_command(void *connection, const void *buf, size_t n)
{
	(void)connection;
	FUZZ_CHECK(n > 0 && memchr(buf, '\0', n) == NULL);
	return (ssize_t)n;
}

static void add(struct server *s, const void *p, size_t n)
{
	const unsigned char *octets = p;

	for (; n > 0; n--)
		s->sum = s->sum * 31 + *octets++ + 1;
}

static int take_id(void *to, const char *id, size_t n)
{
	struct server *s = to;
	size_t i;

	FUZZ_CHECK(n <= 70 && s->keys == 0);
	for (i = 0; i < n; i++)
		FUZZ_CHECK(id[i] > ' ' && id[i] <= '~');
	s->ids++;
	add(s, id, n);
	return 0;
}

static int take_key(void *to, const struct headerkey *key)
{
	struct server *s = to;

	s->keys++;
	FUZZ_CHECK(s->keys <= s->ids);
	add(s, &key->digest.low, sizeof(key->digest.low));
	return 0;
}

static void check_problem(const char *problem)
{
	FUZZ_CHECK(strlen(problem) < OLDSERVER_PROBLEM);
	FUZZ_CHECK(strncmp(problem, "login: ", 7) != 0 ||
	           !strstr(problem, PASSWORD));
	for (; *problem; problem++)
		FUZZ_CHECK(*problem >= ' ' && *problem <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oldserver_told told = {take_id, take_key, NULL};
	struct oldserver_wire wire = {read_answer, take_command, NULL};
	enum oldserver_end end, first = OLDSERVER_DONE;
	char problem[OLDSERVER_PROBLEM];
	uint64_t sum = 0;
	int round;

	for (round = 0; round < FUZZ_ROUNDS; round++) {
		struct oldserver_login login = {"alice", PASSWORD};
		struct server s = {.left = {data, size}, .round = round};

		wire.connection = told.to = &s;
		end = oldserver_ask(&wire, &login, &told, problem);
		if (end == OLDSERVER_DONE)
			FUZZ_CHECK(s.keys == s.ids);
		else
			check_problem(problem);
		if (round == 0) {
			sum = s.sum;
			first = end;
		}
		FUZZ_CHECK(s.sum == sum && end == first);
	}
	return 0;
}
