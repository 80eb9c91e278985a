/* SPDX-License-Identifier: ISC */
/* Wraps: getspnam shadowfile_find */
#include "support.h"

#include <shadow.h>

#include "auth/residue.h"
#include "auth/shadowfile.h"

#define MARK "freed, not forgotten"

static struct spwd entry; /* what getspnam returns, if /etc/shadow has it */
static bool in_file;
static int asked;

int __wrap_shadowfile_find(const char *user, struct spwd *ret,
                           struct shadowfile_line *line);
struct spwd *__wrap_getspnam(const char *user);

int __wrap_shadowfile_find(const char *user, struct spwd *ret,
                           struct shadowfile_line *line)
{
	assert_string_equal(user, "alice");
	memset(ret, 0, sizeof(*ret));
	memset(line, 'x', sizeof(*line));
	return in_file ? 0 : -1;
}

struct spwd *__wrap_getspnam(const char *user)
{
	assert_string_equal(user, "alice");
	asked++;
	return &entry;
}

/* Returns how often the mark is on the heap. */
static unsigned int count_marks(void)
{
	unsigned long from, to;
	unsigned int found = 0;
	char line[256];
	const char *p;
	FILE *maps;

	maps = fopen("/proc/self/maps", "r");
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (!strstr(line, "[heap]") ||
		    sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		p = (const char *)from;
		while ((p = memmem(p, to - (unsigned long)p, MARK,
		                   sizeof(MARK) - 1))) {
			found++;
			p++;
		}
	}
	(void)fclose(maps);
	return found;
}

/* As PAM's modules do: chunks of all sizes, freed in another order. */
static void leave_marks(void)
{
	enum { PIECES = 600 };
	static char *pieces[PIECES];
	size_t size, at;
	unsigned int i;

	for (i = 0; i < PIECES; i++) {
		size = 24 + (size_t)i * i % 9000;
		pieces[i] = malloc(size);
		assert_non_null(pieces[i]);
		/* malloc uses the first 16 octets of a free chunk itself. */
		for (at = 0; at < size; at++)
			pieces[i][at] =
				at < 16 ? '-'
					: MARK[(at - 16) % (sizeof(MARK) - 1)];
	}
	for (i = 0; i < PIECES; i++)
		free(pieces[i * 7 % PIECES]);
}

static void what_is_freed_is_overwritten(void **state)
{
	(void)state;
	in_file = false;
	asked = 0;
	residue_begin();
	leave_marks();
	residue_wipe("alice");
	assert_int_equal(count_marks(), 0);
	assert_int_equal(asked, 0);
}

/* A line of the file, and behind it the rest of a longer one. */
static void getspnams_line_is_overwritten(void **state)
{
	static const char line[1000] =
		"alice\0$5$saltsalt$DqpU0mcC\00019000\0"
		"of the hash of somebody whose line is longer";
	char *buf = malloc(sizeof(line));
	size_t i;

	(void)state;
	assert_non_null(buf);
	memcpy(buf, line, sizeof(line));
	entry = (struct spwd){.sp_namp = buf, .sp_pwdp = buf + 6};
	in_file = true;
	residue_begin();
	residue_wipe("alice");
	for (i = 0; i < sizeof(line); i++)
		assert_int_equal(buf[i], 0);
	free(buf);
}

/* In other memory, only the hash may be overwritten. */
static void a_line_of_another_kind_loses_its_hash(void **state)
{
	char name[] = "alice", hash[] = "$5$saltsalt$DqpU0mcC";
	size_t i;

	(void)state;
	entry = (struct spwd){.sp_namp = name, .sp_pwdp = hash};
	in_file = true;
	residue_begin();
	residue_wipe("alice");
	assert_string_equal(name, "alice");
	for (i = 0; i < sizeof(hash); i++)
		assert_int_equal(hash[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_freed_is_overwritten),
		cmocka_unit_test(getspnams_line_is_overwritten),
		cmocka_unit_test(a_line_of_another_kind_loses_its_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
