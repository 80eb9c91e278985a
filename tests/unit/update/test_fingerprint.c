/* SPDX-License-Identifier: ISC */
#include "support.h"

#include "update/fingerprint.h"

#define MESSAGE 1024
#define COUNT   60

/* Messages of one size that differ only in a number. */
static int equal_messages(unsigned int first, size_t *size)
{
	static char text[COUNT * MESSAGE];
	char *p = text;
	unsigned int i;
	int n;

	memset(text, 'x', sizeof(text));
	for (i = first; i < COUNT; i++, p += MESSAGE) {
		n = snprintf(p, MESSAGE,
		             "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n"
		             "Message-ID: <%06u@example.org>\n\n",
		             i);
		p[n] = 'x';
		memcpy(p + MESSAGE - 2, "\n\n", 2);
	}
	*size = (size_t)(p - text);
	return support_file(text, *size);
}

#define MOVED (32 * MESSAGE - 200) /* in the middle of one */

/* The first message goes; 31 others and a part of one were moved. */
static int half_moved(struct record *r, struct range *kept)
{
	size_t size;
	int before = equal_messages(0, &size), moved = equal_messages(1, &size);
	char text[MOVED];

	size += MESSAGE;
	assert_int_equal(pread(moved, text, sizeof(text), 0), sizeof(text));
	assert_int_equal(pwrite(before, text, sizeof(text), 0), sizeof(text));
	(void)close(moved);
	*kept = (struct range){MOVED + MESSAGE, (off_t)size};
	*r = (struct record){.kind = RECORD_COPY,
	                     .to = sizeof(text),
	                     .size = (off_t)size,
	                     .window = MESSAGE,
	                     .kept = kept,
	                     .n = 1};
	return before;
}

static void a_mailbox_is_known_by_what_was_moved(void **state)
{
	struct range kept;
	struct record r;
	int fd = half_moved(&r, &kept), backup;
	size_t size;
	bool fits;

	(void)state;
	assert_int_equal(fingerprint_take(fd, &r), 0);
	assert_int_equal(fingerprint_fits(fd, &r, r.size, &fits), 0);
	assert_true(fits);
	backup = equal_messages(0, &size);
	assert_int_equal(size, r.size);
	assert_int_equal(fingerprint_fits(backup, &r, r.size, &fits), 0);
	assert_false(fits);
	(void)close(fd);
	(void)close(backup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mailbox_is_known_by_what_was_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
