/* SPDX-License-Identifier: ISC */
#include "box.h"

static const struct {
	uint8_t gone;
	const char *left;
} removals[] = {
	{0, ALL},
	{1, LEADING TWO THREE},
	{2, LEADING ONE THREE},
	{4, LEADING ONE TWO},
	{3, LEADING THREE},
	{5, LEADING TWO},
	{6, LEADING ONE},
	{7, LEADING},
};

static void each_removal_leaves_the_other_messages(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(removals); i++) {
		scan_box(ALL);
		assert_int_equal(try_remove(removals[i].gone), MBOX_OK);
		box_holds(removals[i].left);
		mbox_close(&m);
	}
}

/* Starts a message only behind a blank line, for no field follows. */
#define BARE F "\nno field\n\n"

static const struct {
	const char *box;
	uint8_t gone;
	const char *left;
} unblanked[] = {
	{F "S: x\n\na\n" ONE BARE, 2, F "S: x\n\na\n\n" BARE},
	{F "S: x\n\na\n" ONE "\n\n" BARE, 2, F "S: x\n\na\n\n" BARE},
	{F "S: x\n\na\n" F "S: y\r\n\r\n" BARE, 2, F "S: x\n\na\n\r\n" BARE},
	{F "S: x\n\na\n" F "S: y\n\n" ONE BARE, 6, F "S: x\n\na\n\n" BARE},
	{F "S: x\n\na\n" ONE BARE, 1, ONE BARE},
	{F "S: x\n\na\n" ONE BARE, 3, BARE},
	{F "S: x\n\na\n" ONE, 2, F "S: x\n\na\n"},
	{F "S: x\n\na\n" F "S: y\n\nb\n" ONE, 2, F "S: x\n\na\n" ONE},
	{F "S: x\n\na\n\n" ONE BARE, 2, F "S: x\n\na\n\n" BARE},
};

/* A message that needs the blank line before it keeps that line. */
static void no_message_is_lost_with_the_one_before_it(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(unblanked); i++) {
		scan_box(unblanked[i].box);
		assert_int_equal(try_remove(unblanked[i].gone), MBOX_OK);
		box_holds(unblanked[i].left);
		mbox_close(&m);
	}
}

static void mail_that_came_meanwhile_is_kept(void **state)
{
	char want[512];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(removals); i++) {
		scan_box(ALL "\n");
		deliver(F "\nnew\n\n", O_APPEND);
		assert_int_equal(m.index.count, 3);
		message_is(2, "Subject: three\n\nthird\n");
		assert_int_equal(try_remove(removals[i].gone), MBOX_OK);
		(void)snprintf(want, sizeof(want), "%s%s%s", removals[i].left,
		               removals[i].gone & 4 ? "" : "\n", F "\nnew\n\n");
		box_holds(want);
		mbox_close(&m);
	}
}

static void changed_by(const char *text, uint8_t gone)
{
	scan_box(ALL);
	deliver(text, O_TRUNC);
	assert_int_equal(try_remove(gone), MBOX_CHANGED);
	box_holds(text);
	mbox_close(&m);
}

/* If a marked message is not what was listed, nothing is removed. */
static void foreign_changes_are_seen(void **state)
{
	(void)state;
	changed_by("", 1);
	changed_by(LEADING ONE TWO, 4);
	changed_by(LEADING ONE THREE TWO, 2);
	changed_by(LEADING TWO THREE ONE ONE, 1);
	changed_by(LEADING F "Subject: One\n\nfirst\n\n" TWO THREE, 1);
	changed_by(LEADING F "Subject: one\n\nfirst\n\nx" TWO THREE, 1);
	changed_by(LEADING ONE TWO THREE "more\n", 4);
	scan_box(ALL);
	deliver(LEADING F "Subject: One\n\nfirst\n\n" TWO THREE, O_TRUNC);
	assert_int_equal(try_read(0), MBOX_CHANGED);
	assert_int_equal(try_read(1), MBOX_OK);
	deliver(LEADING ONE TWO, O_TRUNC);
	assert_int_equal(try_read(0), MBOX_CHANGED);
	assert_int_equal(try_read(2), MBOX_CHANGED);
}

static void a_mailbox_put_in_its_place_is_seen(void **state)
{
	(void)state;
	scan_box(ALL);
	assert_int_equal(renameat(dir, "box", dir, "old"), 0);
	assert_int_equal(try_read(0),
	                 MBOX_OK); /* the open file is still linked */
	assert_int_equal(unlinkat(dir, "old", 0), 0);
	deliver(ALL, 0);
	assert_int_equal(try_read(0), MBOX_CHANGED);
	assert_int_equal(try_remove(1), MBOX_CHANGED);
	box_holds(ALL);
}

/* Size and header are the same, but the body holds another message. */
static void mail_within_what_is_to_go_is_seen(void **state)
{
	static const char split[] = F "Subject: one\n\n" F "\nkept\n\n";
	char whole[sizeof(split)];

	(void)state;
	memset(whole, 'x', sizeof(whole));
	memcpy(whole, F "Subject: one\n\n", sizeof(F "Subject: one\n\n") - 1);
	memcpy(whole + sizeof(whole) - 3, "\n\n", 3);
	scan_box(whole);
	assert_int_equal(m.index.count, 1);
	deliver(split, 0);
	assert_int_equal(try_remove(1), MBOX_CHANGED);
	box_holds(split);
}

static void a_million_messages_work(void **state)
{
	static const char one[] = F "\n";
	const size_t count = 1000000, n = sizeof(one) - 1;
	char *text = malloc(count * n);
	uint8_t *gone;
	size_t i;
	int fd;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < count; i++)
		memcpy(text + i * n, one, n);
	fd = openat(dir, "box", O_WRONLY | O_CREAT, 0600);
	support_write(fd, text, count * n);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
	assert_int_equal(m.index.count, count);
	assert_int_equal(message(count - 1).duplicate, count);
	gone = calloc(1, count / 8 + 1);
	assert_non_null(gone);
	memset(gone, 0x55, count / 8); /* every second one */
	assert_int_equal(mbox_remove(&m, &journal, gone, NULL), MBOX_OK);
	free(gone);
	assert_int_equal(close(fd), 0);
	fd = openat(dir, "box", O_RDONLY | O_CLOEXEC);
	support_holds(fd, text, count / 2 * n);
	assert_int_equal(close(fd), 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOX_TEST(each_removal_leaves_the_other_messages),
		BOX_TEST(no_message_is_lost_with_the_one_before_it),
		BOX_TEST(mail_that_came_meanwhile_is_kept),
		BOX_TEST(foreign_changes_are_seen),
		BOX_TEST(a_mailbox_put_in_its_place_is_seen),
		BOX_TEST(mail_within_what_is_to_go_is_seen),
		BOX_TEST(a_million_messages_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
