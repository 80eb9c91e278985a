/* SPDX-License-Identifier: ISC */
/* An mbox in a directory of its own, which tests open, change and read. */
#ifndef ONEPOP_TESTS_BOX_H
#define ONEPOP_TESTS_BOX_H

#include "support.h"

#include "maildrop/mboxfile.h"
#include "maildrop/mboxopen.h"
#include "maildrop/mboxread.h"
#include "maildrop/mboxremove.h"
#include "state.h"

#define F "From a@b Thu Jan  2 03:04:05 2020\n"

/* Three messages, and a blank line before them */
#define LEADING "\n"
#define ONE     F "Subject: one\n\nfirst\n\n"
#define OWN     F "Subject: own\n\nother\n\n"
#define TWO     F "Subject: two\n\nsecond\n\n"
#define THREE   F "Subject: three\n\nthird\n"
#define ALL     LEADING ONE TWO THREE

static char *path; /* of a directory */
static int dir;
static struct mbox m;
static struct journal journal;

static inline int begin_in(const char *where)
{
	path = support_directory(where);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	mbox_init(&m, 0, false);
	assert_int_equal(open_journal(&journal, path, "box", 0), 0);
	return dir < 0;
}

static inline int begin(void **state)
{
	(void)state;
	return begin_in("/tmp");
}

/* In memory, where a hole of 5 GiB is read quickly. */
static inline int begin_in_memory(void **state)
{
	(void)state;
	return begin_in("/dev/shm");
}

static inline int end(void **state)
{
	(void)state;
	mbox_close(&m);
	journal_close(&journal);
	(void)close(dir);
	support_remove(path);
	return 0;
}

/* Writes text to the mailbox; flag is O_TRUNC, O_APPEND or 0. */
static inline void deliver(const char *text, int flag)
{
	int fd = openat(dir, "box", O_WRONLY | O_CREAT | flag, 0600);

	assert_true(fd >= 0);
	support_write(fd, text, strlen(text));
	assert_int_equal(close(fd), 0);
}

static inline void box_holds(const char *text)
{
	int fd = openat(dir, "box", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	support_holds(fd, text, strlen(text));
	assert_int_equal(close(fd), 0);
}

static inline enum mbox_status open_box(const char *name)
{
	m.lock_timeout = 0;
	return mbox_open(&m, dir, name, geteuid());
}

static inline void scan_box(const char *text)
{
	deliver(text, O_TRUNC);
	assert_int_equal(open_box("box"), MBOX_OK);
	assert_int_equal(mbox_scan(&m, false), MBOX_OK);
}

static inline struct mbox_message message(uint32_t i)
{
	struct mbox_message ret;

	assert_int_equal(mbox_message(&m, i, &ret), MBOX_OK);
	return ret;
}

/* Looks the message up and reads on with it. */
static inline enum mbox_status read_on(uint32_t i, off_t *at,
                                       struct mbox_window *ret)
{
	struct mbox_message found;
	enum mbox_status status = mbox_message(&m, i, &found);

	return status == MBOX_OK ? mbox_read(&m, i, &found, at, ret) : status;
}

/* Reads a message to its end, and compares it with text. */
static inline void message_is(uint32_t i, const char *text)
{
	struct mbox_window w;
	off_t at = 0;
	size_t n = strlen(text);

	for (;;) {
		assert_int_equal(read_on(i, &at, &w), MBOX_OK);
		if (w.n == 0)
			break;
		assert_true(w.n <= n);
		assert_memory_equal(w.buf, text, w.n);
		text += w.n;
		n -= w.n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(read_on(i, &at, &w), MBOX_OK);
	assert_int_equal(w.n, 0);
}

static inline enum mbox_status try_read(uint32_t i)
{
	struct mbox_window w;
	off_t at = 0;

	return read_on(i, &at, &w);
}

static inline enum mbox_status try_remove(uint8_t gone)
{
	return mbox_remove(&m, &journal, &gone, NULL);
}

/* Another program writes, and the mailbox gets other times. */
static inline void change(const char *text, int flag)
{
	const struct timespec times[] = {{1, 0}, {2, 0}};

	deliver(text, flag);
	assert_int_equal(utimensat(dir, "box", times, 0), 0);
}

#define BOX_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

#endif
