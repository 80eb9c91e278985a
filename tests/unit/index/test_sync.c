/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <errno.h>
#include <time.h>

#include "base/fileio.h"
#include "index/sync.h"
#include "maildrop/mboxfile.h"
#include "maildrop/mboxopen.h"
#include "maildrop/mboxread.h"
#include "maildrop/mboxremove.h"
#include "state.h"
#include "update/journal.h"
#include "update/record.h"

#define F     "From a@b Thu Jan  2 03:04:05 2020\n"
#define ONE   F "Subject: one\n\nfirst\n\n"
#define TWO   F "Subject: two\n\nsecond\n\n"
#define THREE F "Subject: three\n\nthird\n\n"
#define PSEUDO                                                                 \
	"From MAILER-DAEMON Thu Jan  2 03:04:05 2020\n"                        \
	"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\n"         \
	"X-IMAP: 1 2\n\ndo not delete\n\n"
#define LONG_AGO 1000 /* seconds since 1970 */

static char *path; /* of a directory */
static struct index ix;
static int box = -1;
static unsigned int version; /* of the mailbox, which its ctime tells */
static struct fileio real;
static size_t taken; /* octets read of the mailbox */
static ino_t inode;
static time_t now; /* seconds since 1970 */

/* They replace libc's. */
int clock_gettime(clockid_t clock, struct timespec *ret)
{
	(void)clock;
	*ret = (struct timespec){now, 0};
	return 0;
}

/* Lets a second pass. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until,
                    struct timespec *left)
{
	(void)clock;
	(void)flags;
	(void)until;
	(void)left;
	now++;
	return 0;
}

static ssize_t counting_pread(int fd, void *buf, size_t n, off_t at)
{
	struct stat st;

	if (real.fstat(fd, &st) == 0 && st.st_ino == inode)
		taken += n;
	return real.pread(fd, buf, n, at);
}

/* Sets the mailbox's times to those of its version. */
static int versioned_fstat(int fd, struct stat *st)
{
	if (real.fstat(fd, st) < 0)
		return -1;
	if (st->st_ino == inode)
		st->st_mtim = st->st_ctim =
			(struct timespec){LONG_AGO + version, 0};
	return 0;
}

static int begin(void **state)
{
	(void)state;
	path = support_directory("/dev/shm"); /* a sync costs no time there */
	real = fileio;
	fileio.pread = counting_pread;
	fileio.fstat = versioned_fstat;
	version = 0;
	now = LONG_AGO * 1000;
	sync_small = 0; /* a sample of any mailbox is compared */
	return 0;
}

static int end(void **state)
{
	(void)state;
	fileio = real;
	if (box >= 0)
		(void)close(box);
	box = -1;
	support_remove(path);
	return 0;
}

static void name_of(const char *file, char ret[static 128])
{
	(void)snprintf(ret, 128, "%s/%s", path, file);
}

/* Rewrites the mailbox, in place unless how is O_EXCL, or appends to it. */
static void put(const char *text, size_t n, int how)
{
	char name[128];
	struct stat st;

	name_of("box", name);
	if (how == O_EXCL)
		(void)unlink(name);
	if (box < 0 || how == O_EXCL) {
		if (box >= 0)
			(void)close(box);
		box = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
	assert_true(box >= 0);
	if (how == O_TRUNC)
		assert_int_equal(ftruncate(box, 0), 0);
	assert_true(lseek(box, 0, how == O_APPEND ? SEEK_END : SEEK_SET) >= 0);
	support_write(box, text, n);
	assert_int_equal(real.fstat(box, &st), 0);
	inode = st.st_ino;
	version++;
}

static void write_box(const char *text)
{
	put(text, strlen(text), O_TRUNC);
}

static void append(const char *text)
{
	put(text, strlen(text), O_APPEND);
}

static enum sync list_as(const struct stat *st, enum sync_trust trust)
{
	taken = 0;
	open_index(&ix, path, "box");
	return sync_make(&ix, box, st, trust);
}

/* Makes the index that a whole scan makes. */
static void scan_afresh(struct index *ret)
{
	struct stat st;

	index_init(ret);
	assert_int_equal(fileio.fstat(box, &st), 0);
	assert_int_equal(sync_make(ret, box, &st, SYNC_NOTHING), SYNC_OK);
}

static void is_alike(const struct mbox_message *a, const struct mbox_message *b)
{
	assert_int_equal(a->start, b->start);
	assert_int_equal(a->text, b->text);
	assert_int_equal(a->body, b->body);
	assert_int_equal(a->end, b->end);
	assert_int_equal(a->octets, b->octets);
	assert_int_equal(a->digest, b->digest);
	assert_int_equal(a->uidl.high, b->uidl.high);
	assert_int_equal(a->uidl.low, b->uidl.low);
	assert_int_equal(a->internal, b->internal);
	assert_int_equal(a->flagged, b->flagged);
}

static void holds_what_is_there(struct index *a)
{
	struct mbox_message one, other;
	struct index fresh;
	uint32_t i;

	scan_afresh(&fresh);
	assert_int_equal(a->count, fresh.count);
	assert_int_equal(a->hidden, fresh.hidden);
	assert_int_equal(a->octets, fresh.octets);
	for (i = 0; i < a->count; i++) {
		assert_int_equal(index_get(a, i, &one), 0);
		assert_int_equal(index_get(&fresh, i, &other), 0);
		is_alike(&one, &other);
	}
	index_close(&fresh);
}

/* Brings the index up to date.  Returns the octets of the mailbox read. */
static size_t session(enum sync_trust trust)
{
	size_t n;
	struct stat st;

	assert_int_equal(fileio.fstat(box, &st), 0);
	assert_int_equal(list_as(&st, trust), SYNC_OK);
	n = taken;
	holds_what_is_there(&ix);
	index_close(&ix);
	return n;
}

/* Replaces the mailbox by one with this text. */
static void becomes(const char *before, const char *after, int how)
{
	write_box(before);
	(void)session(SYNC_TIMES);
	put(after, strlen(after), how);
	(void)session(SYNC_TIMES);
	assert_int_equal(session(SYNC_TIMES), 0);
}

#define MANY 4000 /* messages */
#define FEW  8192 /* octets of a sample of them */

/* Makes a mailbox so large that most of it is not read. */
static char *many_messages(void)
{
	char *text = malloc(MANY * 1100UL + 100), *p = text;
	int i;

	assert_non_null(text);
	for (i = 0; i < MANY; i++)
		p += sprintf(p, F "Subject: %05d\n\n%01000d\n\n", i, i);
	return text;
}

static void an_unchanged_mailbox_is_not_read(void **state)
{
	(void)state;
	write_box(ONE TWO THREE);
	assert_true(session(SYNC_TIMES) > 0);
	assert_int_equal(session(SYNC_TIMES), 0);
	assert_int_equal(session(SYNC_TIMES), 0);
}

static void an_empty_mailbox_is_not_read_again_either(void **state)
{
	(void)state;
	write_box("");
	(void)session(SYNC_TIMES);
	assert_int_equal(session(SYNC_TIMES), 0);
}

static void each_of_its_times_counts(void **state)
{
	struct stat st, changed;
	int i;

	(void)state;
	write_box(ONE TWO);
	(void)session(SYNC_TIMES);
	assert_int_equal(fileio.fstat(box, &st), 0);
	for (i = 0; i < 5; i++) { /* the whole mailbox is read */
		changed = st;
		changed.st_mtim.tv_nsec += i == 0;
		changed.st_ctim.tv_nsec += i == 1;
		changed.st_mtim.tv_sec -= i == 2;
		changed.st_ctim.tv_sec -= i == 3;
		changed.st_ino += i == 4;
		assert_int_equal(list_as(&changed, SYNC_TIMES), SYNC_OK);
		assert_true(taken >= sizeof(ONE TWO) - 1);
		index_close(&ix);
		(void)session(SYNC_TIMES);
		assert_int_equal(session(SYNC_TIMES), 0);
	}
}

/* Another change, which we have not seen, may have given it that ctime. */
static void a_mailbox_that_has_just_changed_is_read(void **state)
{
	struct stat st;
	int age, again;

	(void)state;
	write_box(ONE TWO);
	for (age = -100; age <= 2; age++) {
		assert_int_equal(fileio.fstat(box, &st), 0);
		st.st_ctim = (struct timespec){now - age, 0};
		for (again = 0; again < 2; again++) {
			assert_int_equal(list_as(&st, SYNC_TIMES), SYNC_OK);
			assert_true(taken > 0);
			index_close(&ix);
		}
	}
}

/* Time passes while the mailbox is read. */
static ssize_t slow_pread(int fd, void *buf, size_t n, off_t at)
{
	now += 3;
	return counting_pread(fd, buf, n, at);
}

/*
 * A program that ignores our lock may write to what has been read already, so
 * the time when reading began counts.
 */
static void the_time_that_reading_takes_settles_nothing(void **state)
{
	struct stat st;

	(void)state;
	write_box(ONE TWO);
	assert_int_equal(fileio.fstat(box, &st), 0);
	st.st_ctim.tv_sec = now;
	fileio.pread = slow_pread;
	assert_int_equal(list_as(&st, SYNC_TIMES), SYNC_OK);
	index_close(&ix);
	assert_int_equal(list_as(&st, SYNC_TIMES), SYNC_OK);
	assert_true(taken > 0);
	index_close(&ix);
}

/* A clock that is set back or forward makes nothing look settled. */
static void a_clock_that_is_set_back_costs_only_time(void **state)
{
	(void)state;
	write_box(ONE TWO);
	now = LONG_AGO - 10;
	assert_true(session(SYNC_TIMES) > 0);
	assert_true(session(SYNC_TIMES) > 0);
	now = LONG_AGO + 10;
	assert_true(session(SYNC_TIMES) > 0);
	assert_int_equal(session(SYNC_TIMES), 0);
	now = LONG_AGO - 10;
	assert_int_equal(session(SYNC_TIMES), 0);
	write_box(TWO ONE);
	assert_true(session(SYNC_TIMES) > 0);
}

/* Equal times prove nothing there, so a sample is compared. */
static void the_times_of_a_network_file_system_are_not_trusted(void **state)
{
	char *text = many_messages();

	(void)state;
	write_box(text);
	(void)session(SYNC_CONTENT);
	assert_in_range(session(SYNC_CONTENT), 1, FEW);
	assert_int_equal(session(SYNC_TIMES), 0);
	version++;
	assert_true(session(SYNC_CONTENT) > MANY * 1000UL);
	free(text);
}

/* As after recovery, the whole mailbox is scanned. */
static void nothing_is_trusted_if_the_caller_says_so(void **state)
{
	struct mbox_message m;
	struct stat st;

	(void)state;
	write_box(ONE TWO);
	(void)session(SYNC_TIMES);
	open_index(&ix, path, "box");
	assert_int_equal(index_load(&ix), 0);
	assert_int_equal(index_get(&ix, 1, &m), 0);
	m.octets++; /* only a scan finds this */
	assert_int_equal(index_put(&ix, 1, &m), 0);
	index_save(&ix);
	index_close(&ix);
	assert_int_equal(fileio.fstat(box, &st), 0);
	assert_int_equal(list_as(&st, SYNC_TIMES), SYNC_OK);
	assert_int_equal(index_get(&ix, 1, &m), 0);
	assert_int_equal(m.octets, sizeof("Subject: two\r\n\r\nsecond\r\n"));
	index_close(&ix);
	(void)session(SYNC_NOTHING);
	assert_int_equal(session(SYNC_TIMES), 0);
}

static void only_the_new_part_of_a_grown_mailbox_is_read(void **state)
{
	static const char *const more[] = {
		ONE,
		ONE TWO THREE,
		F "Subject: x\n\nno blank line at its end",
		"\n\n" ONE,
		"text of the last",
	};
	char *text = many_messages();
	size_t all;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * LENGTH(more); i++) {
		if (i == LENGTH(more)) /* without a blank line at the end */
			text[strlen(text) - 1] = '\0';
		write_box(text);
		all = session(SYNC_NOTHING);
		append(more[i % LENGTH(more)]);
		assert_true(session(SYNC_TIMES) < FEW);
		assert_true(session(SYNC_TIMES) == 0);
		append(TWO);
		assert_true(session(SYNC_TIMES) < FEW);
	}
	assert_true(all > MANY * 1000UL);
	free(text);
}

static const struct {
	const char *before, *more;
} growths[] = {
	{ONE, TWO},
	{ONE, TWO THREE TWO},
	{ONE, "text of the first\n\n"},
	{ONE, "From hell\n\n" TWO},
	{ONE, "F"},
	{ONE, "\n" TWO},
	{ONE, "\n\n\n"},
	{ONE, "\r\n"},
	{ONE, "\0\0"},
	{F "\n", TWO},
	{F "\n\n\n\n", TWO},
	{F, TWO},
	{F "Subject: x\n", TWO},
	{F "Subject: x\n\ntext\n", TWO},
	{F "Subject: x\n\ntext\n", F "\nno field"},
	{F "Subject: x\n\ntext\n" F, "Subject: x\n"},
	{F "Subject: x\n\ntext\n" F "Sub", "ject: x\n"},
	{F "Subject: x\n\ntext\nFrom a Thu Jan  2 03:04", ":05 2020\nTo: x\n"},
	{PSEUDO F, "Subject: x\n"},
	{ONE ONE F "Subject: one\n\nfirst\n", TWO ONE},
	{ONE ONE F "Subject: one\n\nfirst", "\n" TWO ONE},
	{ONE ONE F "Subject: one\n\nfirs", "t\n" TWO ONE},
	{F "\nno blank line at its end\n", TWO},
	{F "\nno blank line at its end\n", "\n" TWO},
	{F "\nno line end", "\n\n" TWO},
	{F "\nno line end", TWO},
	{F "\nx\n\r", "\n" TWO},
	{F "\nx\r\n\r\n", TWO},
	{F "\r\n\r\nx\r\n\r\n", F "\r\n\r\ny\r\n"},
	{F "\nx\r\r\n", TWO},
	{"", ONE},
	{"", "\n" ONE},
	{"", PSEUDO ONE},
	{"\n", ONE},
	{"\n\n", ONE},
	{"\n\n", PSEUDO ONE},
	{"\n\n\n", PSEUDO},
	{PSEUDO, ONE},
	{PSEUDO ONE, TWO},
	{PSEUDO, PSEUDO},
	{ONE, PSEUDO TWO},
	{ONE, ONE},
	{ONE ONE, ONE TWO ONE},
};

static void however_it_grows_the_index_is_right(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(growths); i++) {
		write_box(growths[i].before);
		(void)session(SYNC_TIMES);
		append(growths[i].more);
		(void)session(SYNC_TIMES);
		assert_int_equal(session(SYNC_TIMES), 0);
	}
}

static const struct {
	const char *before, *after;
	int how;
} rewrites[] = {
	{ONE TWO THREE, ONE TWO, O_TRUNC},
	{ONE TWO THREE, ONE, O_TRUNC},
	{ONE TWO THREE, "", O_TRUNC},
	{ONE TWO THREE, "\n", O_TRUNC},
	{ONE TWO THREE, ONE F "Subject: tw", O_TRUNC},
	{ONE TWO THREE, TWO ONE THREE, O_TRUNC},
	{ONE TWO THREE, TWO ONE THREE THREE, O_TRUNC},
	{ONE TWO THREE, TWO THREE ONE ONE, O_TRUNC},
	{ONE TWO THREE, ONE TWO THREE, O_EXCL},
	{ONE TWO THREE, ONE TWO THREE THREE, O_EXCL},
	{ONE TWO THREE, THREE TWO ONE TWO ONE, O_EXCL},
	{ONE TWO THREE, ONE TWO F "Subject: three\n\nth\nrd\n\n", O_TRUNC},
	{ONE TWO THREE, TWO ONE THREE, 0},
	{ONE TWO THREE, ONE THREE TWO, 0},
	{ONE TWO THREE, ONE TWO THREE, 0},
	{ONE TWO THREE, ONE F "Subject: two\n\nsec\nnd\n\n" THREE, 0},
	{ONE TWO THREE, ONE F "Subject: tw\n\n\nsecond\n\n" THREE, 0},
	{ONE TWO THREE, ONE "f" TWO THREE, 0},
	{ONE TWO, PSEUDO ONE TWO, O_TRUNC},
	{PSEUDO ONE TWO, ONE TWO, O_TRUNC},
	{PSEUDO ONE TWO, PSEUDO TWO, O_TRUNC},
};

static void however_it_is_rewritten_the_index_is_right(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rewrites); i++)
		becomes(rewrites[i].before, rewrites[i].after, rewrites[i].how);
}

static void the_first_and_the_last_are_always_compared(void **state)
{
	static const char *const headers[] = {"Subject: 00000",
	                                      "Subject: 03999"};
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(headers); i++) {
		text = many_messages();
		write_box(text);
		(void)session(SYNC_TIMES);
		*strstr(text, headers[i]) = 's';
		put(text, strlen(text), 0);
		(void)session(SYNC_TIMES);
		free(text);
	}
}

#define MARK   "Status: R\n"
#define MARK_N (sizeof(MARK) - 1)

/* Takes the mark of a message away, or gives it one. */
static void mark(char *text, unsigned int message, bool gets)
{
	char subject[32], *p;

	(void)sprintf(subject, "Subject: %05u", message);
	p = strstr(text, subject);
	assert_non_null(p);
	if (gets) {
		memmove(p + MARK_N, p, strlen(p) + 1);
		memcpy(p, MARK, MARK_N);
	} else {
		memmove(p - MARK_N, p, strlen(p) + 1);
	}
}

/*
 * One of many messages loses its mark, and another gets one, as Dovecot does
 * with X-UID and its padding, and mutt with read messages.  Only the messages
 * between the two move.
 */
static void a_mark_that_moves_is_seen(void **state)
{
	unsigned int i, from, to;
	uint64_t random = 18;
	char *text;

	(void)state;
	for (i = 0; i < 60; i++) {
		text = many_messages();
		from = (unsigned int)support_below(&random, MANY);
		to = (unsigned int)support_below(&random, MANY);
		if (i % 2)
			to = (from + 1) % MANY;
		mark(text, from, true);
		write_box(text);
		(void)session(SYNC_TIMES);
		mark(text, from, false);
		mark(text, to, true);
		put(text, strlen(text), 0);
		if (i % 3)
			append(ONE);
		(void)session(SYNC_TIMES);
		assert_int_equal(session(SYNC_TIMES), 0);
		free(text);
	}
}

/* A sender of a marked message does not make each login read all headers. */
static void a_mark_costs_one_comparison(void **state)
{
	char *text = many_messages();

	(void)state;
	mark(text, 2000, true);
	write_box(text);
	(void)session(SYNC_TIMES);
	append(ONE);
	assert_true(session(SYNC_TIMES) < FEW);
	free(text);
}

/* The sample does not compare bodies. */
static void a_small_mailbox_is_scanned_when_it_grows(void **state)
{
	static const char edited[] = F "Subject: one\n\nfi\nst\n\n";
	char *text = many_messages();

	(void)state;
	sync_small = 1 << 20;
	text[(1 << 20) - (sizeof(ONE) - 1) - 1] = '\0'; /* grown: as large */
	write_box(text);
	append("\n");
	(void)session(SYNC_TIMES);
	*strstr(text, "Subject: 00300\n\n0") = 's';
	put(text, strlen(text), 0);
	append(edited);
	(void)session(SYNC_TIMES);
	assert_int_equal(session(SYNC_TIMES), 0);
	append(ONE); /* no longer small */
	assert_in_range(session(SYNC_TIMES), 1, FEW);
	free(text);
}

static bool is_sure(uint32_t i)
{
	struct stat st;
	bool sure;

	assert_int_equal(fileio.fstat(box, &st), 0);
	assert_int_equal(list_as(&st, SYNC_TIMES), SYNC_OK);
	sure = sync_is_sure(&ix, i, &st);
	st.st_mtim.tv_nsec++;
	assert_false(sync_is_sure(&ix, i, &st));
	index_close(&ix);
	return sure;
}

/* They are not sure until the whole mailbox is scanned again. */
static void after_a_sample_the_messages_are_not_sure(void **state)
{
	(void)state;
	write_box(ONE TWO);
	assert_true(is_sure(0));
	assert_true(is_sure(1));
	append(THREE);
	assert_false(is_sure(1));
	assert_true(is_sure(2));
	append(ONE);
	assert_false(is_sure(0));
	assert_false(is_sure(2));
	assert_true(is_sure(3));
	version++;
	assert_true(is_sure(0));
	assert_true(is_sure(3));
}

static void a_foreign_file_is_not_an_mbox(void **state)
{
	struct stat st;

	(void)state;
	write_box(ONE);
	(void)session(SYNC_TIMES);
	write_box("hello\n" ONE TWO);
	assert_int_equal(fileio.fstat(box, &st), 0);
	assert_int_equal(list_as(&st, SYNC_TIMES), SYNC_NOT_MBOX);
	index_close(&ix);
	write_box(ONE TWO);
	(void)session(SYNC_TIMES);
}

static unsigned int fail_at, call;

static ssize_t failing_pread(int fd, void *buf, size_t n, off_t at)
{
	if (++call == fail_at) {
		errno = EIO;
		return -1;
	}
	return real.pread(fd, buf, n, at);
}

/* Any call fails for a grown mailbox: an error, or the right index. */
static void each_read_that_fails_is_told_or_made_good(void **state)
{
	enum sync result;
	struct stat st;

	(void)state;
	for (fail_at = 1;; fail_at++) {
		write_box(ONE TWO ONE);
		(void)session(SYNC_TIMES);
		append(ONE TWO);
		assert_int_equal(fileio.fstat(box, &st), 0);
		call = 0;
		fileio.pread = failing_pread;
		result = list_as(&st, SYNC_TIMES);
		fileio.pread = counting_pread;
		if (result == SYNC_OK)
			holds_what_is_there(&ix);
		else
			assert_int_equal(result, SYNC_ERROR);
		index_close(&ix);
		if (call < fail_at)
			break;
		(void)session(SYNC_TIMES);
	}
	assert_true(fail_at > 8);
}

/* The index is damaged in one octet, or cut. */
static ssize_t full_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	if (at == 0)
		return real.pwrite(fd, buf, n, at);
	errno = ENOSPC;
	return -1;
}

/* The file then has messages that are gone, and their numbers. */
static void a_removal_that_cannot_be_saved_voids_the_index(void **state)
{
	struct mbox_message m;
	const struct range range = {0, sizeof(ONE) - 1};
	const uint8_t gone[1] = {1};
	const struct sync_removed removed = {gone, &range, 1};
	struct stat st, before;

	(void)state;
	write_box(ONE ONE TWO);
	(void)session(SYNC_TIMES);
	assert_int_equal(fileio.fstat(box, &st), 0);
	assert_int_equal(list_as(&st, SYNC_TIMES), SYNC_OK);
	before = st;
	write_box(ONE TWO);
	assert_int_equal(fileio.fstat(box, &st), 0);
	fileio.pwrite = full_pwrite;
	sync_remove(&ix, box, &st, &before, &removed);
	fileio.pwrite = real.pwrite;
	index_close(&ix);
	open_index(&ix, path, "box");
	assert_int_equal(index_load(&ix), 0);
	assert_int_equal(ix.count, 3);
	assert_int_equal(ix.seen.inode, 0);
	index_close(&ix);
	assert_int_equal(list_as(&st, SYNC_TIMES), SYNC_OK);
	assert_int_equal(ix.count, 2);
	assert_int_equal(index_get(&ix, 0, &m), 0);
	assert_int_equal(m.duplicate, 3);
	index_close(&ix);
}

/* For a grown mailbox it is still right: only the new part is read again. */
static void growth_that_cannot_be_saved_leaves_the_index(void **state)
{
	struct stat st;

	(void)state;
	write_box(ONE TWO);
	(void)session(SYNC_TIMES);
	append(THREE);
	assert_int_equal(fileio.fstat(box, &st), 0);
	fileio.pwrite = full_pwrite;
	assert_int_equal(list_as(&st, SYNC_TIMES), SYNC_OK);
	assert_int_equal(ix.count, 3);
	fileio.pwrite = real.pwrite;
	index_close(&ix);
	open_index(&ix, path, "box");
	assert_int_equal(index_load(&ix), 0);
	assert_int_equal(ix.count, 2);
	assert_int_equal(ix.seen.inode, st.st_ino);
	index_close(&ix);
}

static void a_damaged_index_is_never_believed(void **state)
{
	uint64_t seed = 1;
	struct stat st;
	char name[128], octet;
	int fd, round;
	off_t at;

	(void)state;
	name_of("box.index", name);
	for (round = 0; round < 300; round++) {
		write_box(ONE TWO ONE THREE);
		(void)session(SYNC_NOTHING);
		append(TWO ONE);
		fd = open(name, O_RDWR | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		at = (off_t)support_below(&seed, (size_t)st.st_size);
		if (round % 3 == 0)
			at = (off_t)support_below(&seed, 128);
		assert_int_equal(pread(fd, &octet, 1, at), 1);
		octet ^= (char)(1 << support_below(&seed, 8));
		assert_int_equal(pwrite(fd, &octet, 1, at), 1);
		if (round % 5 == 0)
			assert_int_equal(ftruncate(fd, at), 0);
		assert_int_equal(close(fd), 0);
		(void)session(SYNC_TIMES);
	}
}

/* Removes mail as mboxremove.h does. */
struct visit {
	struct mbox m;
	struct journal journal;
	int dir;
};

static void begin_visit(struct visit *v, const char *file)
{
	v->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	mbox_init(&v->m, 0, false);
	assert_int_equal(open_journal(&v->journal, path, file, 0), 0);
	open_index(&v->m.index, path, file);
	assert_int_equal(mbox_open(&v->m, v->dir, "box", geteuid()), MBOX_OK);
	assert_int_equal(mbox_scan(&v->m, false), MBOX_OK);
}

static void end_visit(struct visit *v)
{
	mbox_close(&v->m);
	journal_close(&v->journal);
	assert_int_equal(close(v->dir), 0);
}

static enum mbox_status read_message(struct visit *v, uint32_t i)
{
	struct mbox_message m;
	struct mbox_window w;
	off_t at = 0;

	if (mbox_message(&v->m, i, &m) != MBOX_OK)
		return MBOX_ERROR;
	return mbox_read(&v->m, i, &m, &at, &w);
}

static void after_a_removal_nothing_is_scanned(void **state)
{
	char *text = many_messages();
	uint8_t gone[MANY / 8];
	struct visit v;

	(void)state;
	memset(gone, 0, sizeof(gone));
	gone[3] = gone[70] = gone[MANY / 8 - 1] = 0x81;
	write_box(text);
	begin_visit(&v, "box");
	append(ONE); /* it arrives meanwhile */
	assert_int_equal(mbox_remove(&v.m, &v.journal, gone, NULL), MBOX_OK);
	end_visit(&v);
	version++;
	assert_true(session(SYNC_TIMES) < FEW);
	assert_int_equal(session(SYNC_TIMES), 0);
	free(text);
}

/* Mail that looks like the pseudo message counts as it once it is first. */
static void what_becomes_the_first_is_looked_at(void **state)
{
	static const uint8_t gone[] = {1};
	struct visit v;

	(void)state;
	write_box(ONE PSEUDO TWO);
	begin_visit(&v, "box");
	assert_int_equal(mbox_remove(&v.m, &v.journal, gone, NULL), MBOX_OK);
	end_visit(&v);
	version++;
	(void)session(SYNC_TIMES);
	assert_int_equal(session(SYNC_TIMES), 0);
}

/* The next session scans the whole mailbox, whatever this one did later. */
static void what_was_found_to_be_changed_stays_in_doubt(void **state)
{
	char *text = many_messages();
	uint8_t gone[MANY / 8] = {1};
	struct visit v;

	(void)state;
	write_box(text);
	begin_visit(&v, "box");
	*strstr(text, "Subject: 02000") = 's';
	put(text, strlen(text), 0);
	assert_int_equal(read_message(&v, 2000), MBOX_CHANGED);
	assert_int_equal(mbox_remove(&v.m, &v.journal, gone, NULL), MBOX_OK);
	end_visit(&v);
	version++;
	(void)session(SYNC_TIMES);
	free(text);
}

/* The size is the same: only the times of the update can tell. */
static void a_removal_does_not_hide_a_change_before_it(void **state)
{
	static const uint8_t gone[] = {1};
	struct visit v;

	(void)state;
	write_box(ONE TWO THREE);
	begin_visit(&v, "box");
	put(ONE TWO F "Subject: three\n\nth\nrd\n\n", sizeof(ONE TWO THREE) - 1,
	    0);
	assert_int_equal(mbox_remove(&v.m, &v.journal, gone, NULL), MBOX_OK);
	end_visit(&v);
	version++;
	(void)session(SYNC_TIMES);
	assert_int_equal(session(SYNC_TIMES), 0);
}

/* The update itself does not count as a change. */
static void a_removal_waits_until_changes_show(void **state)
{
	static const uint8_t gone[] = {1};
	struct visit v;

	(void)state;
	write_box(ONE TWO THREE);
	begin_visit(&v, "box");
	now = LONG_AGO + version;
	assert_int_equal(mbox_remove(&v.m, &v.journal, gone, NULL), MBOX_OK);
	assert_true(now > LONG_AGO + version);
	end_visit(&v);
}

/* A body was edited, and mail arrived: the sample is unchanged. */
static void what_was_edited_is_not_sent_and_then_listed(void **state)
{
	char *text = many_messages();
	struct visit v;

	(void)state;
	write_box(text);
	(void)session(SYNC_TIMES);
	strstr(text, "Subject: 02000\n\n0")[30] = '\n';
	put(text, strlen(text), 0);
	append(ONE);
	begin_visit(&v, "box");
	assert_int_equal(read_message(&v, 1999), MBOX_OK);
	assert_int_equal(read_message(&v, 2000), MBOX_CHANGED);
	end_visit(&v);
	(void)session(SYNC_TIMES);
	assert_int_equal(session(SYNC_TIMES), 0);
	free(text);
}

/* It goes on where the next message began. */
static void what_goes_on_further_is_not_sent(void **state)
{
	uint8_t gone[MANY / 8] = {0};
	char *text = many_messages();
	struct visit v;

	(void)state;
	write_box(text);
	(void)session(SYNC_TIMES);
	*(strstr(text, "Subject: 02001") - (sizeof(F) - 1)) = '>';
	put(text, strlen(text), 0);
	append(ONE);
	begin_visit(&v, "box");
	assert_int_equal(read_message(&v, 2000), MBOX_CHANGED);
	gone[2000 / 8] = 1 << 2000 % 8;
	assert_int_equal(mbox_remove(&v.m, &v.journal, gone, NULL),
	                 MBOX_CHANGED);
	end_visit(&v);
	(void)session(SYNC_TIMES);
	free(text);
}

/* The mailbox was shorter for a while, and has changed. */
static void a_removal_that_finds_it_shorter_leaves_doubt(void **state)
{
	char *text = many_messages();
	uint8_t gone[MANY / 8] = {1};
	struct visit v;

	(void)state;
	write_box(text);
	begin_visit(&v, "box");
	write_box(ONE);
	assert_int_equal(mbox_remove(&v.m, &v.journal, gone, NULL),
	                 MBOX_CHANGED);
	end_visit(&v);
	*strstr(text, "Subject: 02000") = 's';
	write_box(text);
	(void)session(SYNC_TIMES);
	free(text);
}

/* A blank line that is kept for the next message ends the header before. */
static void a_header_that_gets_its_blank_line_is_read_again(void **state)
{
	static const uint8_t gone = 2;
	struct visit v;

	(void)state;
	write_box(F "Subject: x\n" ONE F "\nno field\n\n");
	begin_visit(&v, "box");
	assert_int_equal(mbox_remove(&v.m, &v.journal, &gone, NULL), MBOX_OK);
	end_visit(&v);
	version++;
	(void)session(SYNC_TIMES);
	begin_visit(&v, "box");
	assert_int_equal(v.m.index.count, 2);
	assert_int_equal(read_message(&v, 0), MBOX_OK);
	assert_int_equal(read_message(&v, 1), MBOX_OK);
	end_visit(&v);
}

static void duplicates_are(const uint32_t *want, size_t n)
{
	struct mbox_message m;
	struct stat st;
	size_t i;

	assert_int_equal(fileio.fstat(box, &st), 0);
	assert_int_equal(list_as(&st, SYNC_TIMES), SYNC_OK);
	assert_int_equal(ix.count, n);
	for (i = 0; i < n; i++) {
		assert_int_equal(index_get(&ix, (uint32_t)i, &m), 0);
		assert_int_equal(m.duplicate, want[i]);
	}
	index_close(&ix);
}

/* The second of two duplicates goes, and something else is in doubt. */
static void duplicates_keep_their_numbers_if_there_is_doubt(void **state)
{
	static const uint32_t want[] = {1, 3, 0, 4};
	uint8_t gone = 2;
	struct visit v;

	(void)state;
	write_box(ONE ONE ONE TWO);
	begin_visit(&v, "box");
	write_box(ONE ONE ONE F "Subject: too\n\nsecond\n\n");
	assert_int_equal(read_message(&v, 3), MBOX_CHANGED);
	assert_int_equal(mbox_remove(&v.m, &v.journal, &gone, NULL), MBOX_OK);
	end_visit(&v);
	append(ONE);
	duplicates_are(want, 4);
	duplicates_are(want, 4);
	version++; /* the whole mailbox is scanned */
	duplicates_are(want, 4);
	duplicates_are(want, 4);
}

/* The last message is a duplicate, and is scanned again. */
static void duplicates_keep_their_numbers_if_the_last_grows(void **state)
{
	static const uint32_t before[] = {1, 2, 3}, same[] = {1, 2, 3, 0},
			      other[] = {1, 2, 0};

	(void)state;
	write_box(ONE ONE F "Subject: one\n\nfirst\n");
	duplicates_are(before, 3);
	append(TWO);
	duplicates_are(same, 4);
	write_box(ONE ONE F "Subject: one\n\nfirst\n");
	duplicates_are(before, 3);
	append("and more\n");
	duplicates_are(other, 3);
}

/* What the random walk knows of the messages that are there. */
#define WALK_MOST 60

static struct letter {
	char text[160];
	char id[UIDL_SIZE]; /* empty: the index does not have it yet */
} letters[WALK_MOST];
static size_t letters_n;
static uint64_t seed;
static unsigned int serial;

static void forget_ids(void)
{
	size_t i;

	for (i = 0; i < letters_n; i++)
		letters[i].id[0] = '\0';
}

/* A new message, or a duplicate; its last line may be unusual. */
static void compose(struct letter *l)
{
	static const char *const ends[] = {"\n\n",     "\n\n",   "\n\n",
	                                   "\r\n\r\n", "\n\n\n", "\n"};
	size_t of = support_below(&seed, WALK_MOST);

	memset(l, 0, sizeof(*l));
	if (of < letters_n && !strstr(letters[of].text, "Status")) {
		memcpy(l->text, letters[of].text, sizeof(l->text));
		return;
	}
	(void)snprintf(l->text, sizeof(l->text), F "Subject: %u\n\n%0*d%s",
	               serial++ % 40, (int)support_below(&seed, 40), 7,
	               ends[support_below(&seed, LENGTH(ends))]);
}

static void walk_deliver(void)
{
	size_t n = 1 + support_below(&seed, 3);

	while (n-- && letters_n < WALK_MOST) {
		compose(&letters[letters_n]);
		append(letters[letters_n++].text);
	}
}

/* Appends text that starts no message. */
static void walk_add_text(void)
{
	struct letter *l;

	if (letters_n == 0 || strlen(letters[letters_n - 1].text) > 140)
		return;
	l = &letters[letters_n - 1];
	(void)strcat(l->text, "Fine\n\n");
	append("Fine\n\n");
	forget_ids(); /* those of its duplicates, too: there are fewer now */
}

static void write_letters(int how)
{
	char *all = calloc(WALK_MOST, sizeof(letters[0].text));
	size_t i;

	assert_non_null(all);
	for (i = 0; i < letters_n; i++)
		(void)strcat(all, letters[i].text);
	put(all, strlen(all), how);
	free(all);
}

/* Gives a message a Status of that many octets instead of its own. */
static void set_status(struct letter *l, size_t octets)
{
	char *header = l->text + sizeof(F) - 1, *next = header;

	if (strncmp(header, "Status: ", 8) == 0)
		next = strchr(header, '\n') + 1;
	memmove(header + 9 + octets, next, strlen(next) + 1);
	memset(header, 'R', 8 + octets);
	memcpy(header, "Status: ", 8);
	header[8 + octets] = '\n';
}

/* Changes all, so that the first and the last certainly differ. */
static void walk_mark(void)
{
	static size_t round;
	size_t i;

	round = round % 7 + 1;
	for (i = 0; i < letters_n; i++)
		if (strlen(letters[i].text) < 130 ||
		    strstr(letters[i].text, "Status"))
			set_status(&letters[i],
			           (i + round) % 8 + (i == 0 ? round : 0));
	write_letters(support_below(&seed, 4) ? O_TRUNC : O_EXCL);
}

/* Returns the octets of its Status, or 0. */
static size_t status_of(const struct letter *l)
{
	const char *header = l->text + sizeof(F) - 1;

	if (strncmp(header, "Status: ", 8) != 0)
		return 0;
	return (size_t)(strchr(header, '\n') - header) - 8;
}

/* Lets two messages exchange theirs: the mailbox's size stays. */
static void walk_exchange(void)
{
	size_t a, b, octets;

	if (letters_n == 0)
		return;
	a = support_below(&seed, letters_n);
	b = support_below(&seed, letters_n);
	octets = status_of(&letters[a]);
	if (!octets || !status_of(&letters[b]))
		return;
	set_status(&letters[a], status_of(&letters[b]));
	set_status(&letters[b], octets);
	write_letters(0);
}

static bool bit(const uint8_t *bits, size_t i)
{
	return bits[i / 8] >> (i % 8) & 1;
}

/* Returns the octets of the blank line that ends a text, or 0. */
static const char *blank_end(const char *text)
{
	size_t n = strlen(text);

	if (n > 2 && strcmp(text + n - 3, "\n\r\n") == 0)
		return text + n - 2;
	return n > 1 && strcmp(text + n - 2, "\n\n") == 0 ? text + n - 1 : "";
}

/* A message that has a blank line before it keeps one. */
static void drop_letters(const uint8_t *gone)
{
	size_t i, to = 0;

	for (i = 0; i < letters_n; i++) {
		if (bit(gone, i))
			continue;
		if (i > 0 && bit(gone, i - 1) && to > 0 &&
		    !*blank_end(letters[to - 1].text))
			(void)strcat(letters[to - 1].text,
			             blank_end(letters[i - 1].text));
		letters[to++] = letters[i];
	}
	letters_n = to;
}

static void walk_remove(void)
{
	uint8_t gone[WALK_MOST / 8 + 1] = {0};
	uint64_t which = support_random(&seed) & support_random(&seed);
	struct visit v;
	size_t i, n;

	begin_visit(&v, "box");
	assert_int_equal(v.m.index.count, letters_n);
	n = letters_n;
	for (i = 0; i < n; i++)
		if (which >> i & 1)
			gone[i / 8] |= (uint8_t)(1 << i % 8);
	if (support_below(&seed, 3) == 0)
		walk_deliver();
	assert_int_equal(mbox_remove(&v.m, &v.journal, gone, NULL), MBOX_OK);
	end_visit(&v);
	version++;
	drop_letters(gone);
}

static void check_id(size_t i, const struct mbox_message *m)
{
	char id[UIDL_SIZE];
	size_t k;

	*uidl_text(m->uidl, m->duplicate, id) = '\0';
	if (letters[i].id[0])
		assert_string_equal(letters[i].id, id);
	memcpy(letters[i].id, id, sizeof(id));
	for (k = 0; k < i; k++)
		assert_string_not_equal(letters[k].id, id);
}

/* Runs a session: the index is right, and each message keeps its id. */
static void walk_list(void)
{
	struct mbox_message m;
	struct stat st;
	size_t i;

	assert_int_equal(fileio.fstat(box, &st), 0);
	if (support_below(&seed, 3) == 0)
		st.st_ctim.tv_sec = now;
	assert_int_equal(list_as(&st, support_below(&seed, 5) ? SYNC_TIMES
	                                                      : SYNC_NOTHING),
	                 SYNC_OK);
	holds_what_is_there(&ix);
	assert_int_equal(ix.count, letters_n);
	for (i = 0; i < letters_n; i++) {
		assert_int_equal(index_get(&ix, (uint32_t)i, &m), 0);
		check_id(i, &m);
	}
	index_close(&ix);
}

static void (*const walks[])(void) = {
	walk_deliver, walk_deliver, walk_remove,   walk_remove,
	walk_list,    walk_mark,    walk_add_text, walk_exchange,
};

static void through_all_changes_the_index_is_right(void **state)
{
	unsigned int step;

	(void)state;
	seed = 4;
	letters_n = 0;
	write_box("");
	for (step = 0; step < 1000; step++) {
		walks[support_below(&seed, LENGTH(walks))]();
		walk_list();
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unchanged_mailbox_is_not_read),
		TEST(an_empty_mailbox_is_not_read_again_either),
		TEST(each_of_its_times_counts),
		TEST(a_mailbox_that_has_just_changed_is_read),
		TEST(the_time_that_reading_takes_settles_nothing),
		TEST(a_clock_that_is_set_back_costs_only_time),
		TEST(the_times_of_a_network_file_system_are_not_trusted),
		TEST(nothing_is_trusted_if_the_caller_says_so),
		TEST(only_the_new_part_of_a_grown_mailbox_is_read),
		TEST(however_it_grows_the_index_is_right),
		TEST(however_it_is_rewritten_the_index_is_right),
		TEST(the_first_and_the_last_are_always_compared),
		TEST(a_mark_that_moves_is_seen),
		TEST(a_mark_costs_one_comparison),
		TEST(a_small_mailbox_is_scanned_when_it_grows),
		TEST(after_a_sample_the_messages_are_not_sure),
		TEST(a_foreign_file_is_not_an_mbox),
		TEST(each_read_that_fails_is_told_or_made_good),
		TEST(a_removal_that_cannot_be_saved_voids_the_index),
		TEST(growth_that_cannot_be_saved_leaves_the_index),
		TEST(a_damaged_index_is_never_believed),
		TEST(after_a_removal_nothing_is_scanned),
		TEST(what_becomes_the_first_is_looked_at),
		TEST(what_was_found_to_be_changed_stays_in_doubt),
		TEST(a_removal_does_not_hide_a_change_before_it),
		TEST(a_removal_waits_until_changes_show),
		TEST(what_was_edited_is_not_sent_and_then_listed),
		TEST(what_goes_on_further_is_not_sent),
		TEST(a_removal_that_finds_it_shorter_leaves_doubt),
		TEST(a_header_that_gets_its_blank_line_is_read_again),
		TEST(duplicates_keep_their_numbers_if_there_is_doubt),
		TEST(duplicates_keep_their_numbers_if_the_last_grows),
		TEST(through_all_changes_the_index_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
