/* SPDX-License-Identifier: ISC */
#include "support.h"

#include <endian.h>
#include <errno.h>

#include "base/digest.h"
#include "base/fileio.h"
#include "update/record.h"

/* The places of a record's members, and of its digest. */
enum {
	SEQUENCE = 8,
	KIND = 16,
	AREA = 24,
	TO = 32,
	END = 40,
	WINDOW = 48,
	RANGES = 144,
	PAYLOAD = 152,
	PAYLOAD_DIGEST = 160,
	DIGEST = 168,
	HEADER = 176
};

#define LARGE ((int64_t)1 << 62)
#define FAR   ((int64_t)1 << 40) /* beyond the end of the file */

static const char text[1000];
static struct range kept[] = {{300, 400}, {500, 600}};
static char header[HEADER];
static off_t slot;

/* Makes a journal with one record: a window moves into a gap. */
static struct journal write_one(void)
{
	struct record r = {.kind = RECORD_GAP,
	                   .to = 100,
	                   .size = 1000,
	                   .window = 100,
	                   .kept = kept,
	                   .n = 2};
	struct journal j = {.fd = support_file("", 0)};
	int mailbox = support_file(text, sizeof(text));

	assert_int_equal(record_prepare(&j), 0);
	assert_int_equal(record_write(&j, &r, mailbox), 0);
	assert_int_equal(close(mailbox), 0);
	slot = (off_t)(j.sequence % 2) * JOURNAL_SLOT;
	assert_int_equal(pread(j.fd, header, HEADER, slot), HEADER);
	return j;
}

/* Files have the lowest octet first. */
static void set_number(int at, uint64_t number)
{
	number = htole64(number);
	memcpy(header + at, &number, sizeof(number));
}

static void sign(const struct journal *j)
{
	set_number(DIGEST, digest_of(header, DIGEST));
	assert_int_equal(pwrite(j->fd, header, HEADER, slot), HEADER);
}

/* It counts as none, and the one before it, which is idle, counts. */
static void refuses(struct journal *j)
{
	struct record r;

	assert_int_equal(record_read(j, &r), 0);
	assert_int_equal(r.kind, RECORD_IDLE);
	assert_int_equal(r.n, 0);
	assert_int_equal(j->data, 0);
	assert_int_equal(close(j->fd), 0);
}

static void a_sound_record_is_read(void **state)
{
	struct journal j = write_one();
	struct record r;

	(void)state;
	sign(&j);
	assert_int_equal(record_read(&j, &r), 0);
	assert_int_equal(r.kind, RECORD_GAP);
	assert_int_equal(r.n, 2);
	assert_memory_equal(r.kept, kept, sizeof(kept));
	free(r.kept);
	assert_int_equal(close(j.fd), 0);
}

static void numbers_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		int at;
		int64_t value;
	} rows[] = {
		{SEQUENCE, -1},      {KIND, 0},          {KIND, 5},
		{AREA, -1},          {AREA, LARGE},      {TO, -1},
		{TO, 1001},          {TO, 301},          {TO, 300},
		{END, 99},           {END, LARGE},       {END, 599},
		{WINDOW, -1},        {WINDOW, 0},        {WINDOW, 201},
		{WINDOW, LARGE},     {RANGES, 0},        {RANGES, 2000},
		{RANGES, -1},        {PAYLOAD, -1},      {PAYLOAD, LARGE},
		{PAYLOAD_DIGEST, 1}, {KIND, RECORD_CUT}, {PAYLOAD, FAR},
	};
	struct journal j;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		j = write_one();
		set_number(rows[i].at, (uint64_t)rows[i].value);
		sign(&j);
		refuses(&j);
	}
}

static void ranges_that_make_no_sense_are_refused(void **state)
{
	static const struct range rows[][2] = {
		{{300, 300}, {500, 600}},  {{300, 400}, {399, 600}},
		{{400, 300}, {500, 600}},  {{300, 400}, {500, 1001}},
		{{100, 400}, {500, 600}},  {{90, 400}, {500, 600}},
		{{110, 500}, {501, 1000}},
	};
	struct journal j;
	uint64_t digest;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(rows); i++) {
		j = write_one();
		digest = digest_of(rows[i], sizeof(rows[i]));
		set_number(PAYLOAD_DIGEST, digest);
		assert_int_equal(
			pwrite(j.fd, rows[i], sizeof(rows[i]), slot + HEADER),
			sizeof(rows[i]));
		sign(&j);
		refuses(&j);
	}
}

/* Only its sequence counts. */
static void numbers_of_an_idle_record_are_left_alone(void **state)
{
	struct journal j = write_one();

	(void)state;
	set_number(KIND, RECORD_IDLE);
	set_number(RANGES, LARGE);
	memset(header + PAYLOAD, 0x7f, 8);
	sign(&j);
	refuses(&j);
}

static void space_that_is_there_is_enough(void **state)
{
	struct journal j = {.fd = support_file("", 0)};
	struct stat before, after;

	(void)state;
	assert_int_equal(record_reserve(&j, RECORD_AREA_MIN * 2, 1), 0);
	assert_true(j.area >= RECORD_AREA_MIN * 2);
	assert_int_equal(fstat(j.fd, &before), 0);
	assert_int_equal(record_reserve(&j, RECORD_AREA_MIN, 1), 0);
	assert_true(j.area >= RECORD_AREA_MIN * 2);
	assert_int_equal(fstat(j.fd, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(close(j.fd), 0);
}

/* More octets move in windows: a journal does not grow with the mailbox. */
static void space_is_never_more_than_the_most(void **state)
{
	struct journal j = {.fd = support_file("", 0)};
	struct stat file;

	(void)state;
	assert_int_equal(record_reserve(&j, RECORD_AREA_MAX * 2, 1), 0);
	assert_int_equal(j.area, RECORD_AREA_MAX);
	assert_true(record_space(&j, 1) < RECORD_AREA_MAX);
	assert_int_equal(record_reserve(&j, 0, (size_t)RECORD_AREA_MAX), 0);
	assert_int_equal(j.area, RECORD_AREA_MAX);
	assert_true(record_ranges(&j) < (size_t)RECORD_AREA_MAX);
	assert_int_equal(fstat(j.fd, &file), 0);
	assert_int_equal(file.st_size, 2 * (JOURNAL_SLOT + RECORD_AREA_MAX));
	assert_int_equal(close(j.fd), 0);
}

static void is_long(const struct journal *j, off_t want)
{
	struct stat st;

	assert_int_equal(fstat(j->fd, &st), 0);
	assert_int_equal(st.st_size, want);
}

/* A session that dies before its first record leaves the areas. */
static void space_of_a_session_that_died_is_given_back(void **state)
{
	struct journal j = {.fd = support_file("", 0)}, next = {.fd = j.fd};
	const off_t size = 2 * (JOURNAL_SLOT + RECORD_AREA_MIN);

	(void)state;
	assert_int_equal(record_reserve(&j, RECORD_AREA_MIN / 2, 1), 0);
	next.size = size;
	record_trim(&next); /* it has not been read yet */
	is_long(&next, size);
	assert_true(record_idle(&next));
	record_trim(&next);
	is_long(&next, 2 * JOURNAL_SLOT);
	record_trim(&next);
	is_long(&next, 2 * JOURNAL_SLOT);
	assert_int_equal(close(j.fd), 0);
}

static off_t allocated(const struct journal *j)
{
	struct stat st;

	assert_int_equal(fstat(j->fd, &st), 0);
	return (off_t)st.st_blocks * 512;
}

/* The same record in the first area, and in the second. */
static void a_journal_set_aside_has_the_space_it_needs(void **state)
{
	const off_t window = 100000;
	struct range all = {(off_t)1 << 20, (off_t)2 << 20};
	struct record r = {.kind = RECORD_COPY,
	                   .size = all.end + RECORD_NONCE,
	                   .window = window,
	                   .kept = &all,
	                   .n = 1};
	char *octets = calloc(1, (size_t)r.size), was[100000], is[100000];
	int mailbox, times;
	struct journal j;

	(void)state;
	memset(octets, 'x', (size_t)r.size);
	mailbox = support_file(octets, (size_t)r.size);
	for (times = 1; times <= 2; times++) {
		struct record found;
		int i;

		j = (struct journal){.fd = support_file("", 0)};
		assert_int_equal(record_reserve(&j, 1 << 20, 1), 0);
		for (i = 0; i < times; i++)
			assert_int_equal(record_write(&j, &r, mailbox), 0);
		assert_true(allocated(&j) >= 2 << 20);
		assert_int_equal(record_read(&j, &found), 0);
		assert_int_equal(pread(j.fd, was, sizeof(was), j.data), window);
		record_set_aside(&j, &found);
		assert_true(allocated(&j) <= 2 * JOURNAL_SLOT + window + 8192);
		assert_int_equal(pread(j.fd, is, sizeof(is), j.data), window);
		assert_memory_equal(was, is, sizeof(is));
		assert_true(journal_is_aside(j.fd));
		free(found.kept);
		assert_int_equal(record_read(&j, &found), 0);
		assert_int_equal(found.kind, RECORD_COPY);
		free(found.kept);
		assert_int_equal(close(j.fd), 0);
	}
	assert_int_equal(close(mailbox), 0);
	free(octets);
}

static void a_journal_without_a_record_is_cut_to_the_most(void **state)
{
	struct journal j = {.fd = support_file("", 0), .size = LARGE};
	struct stat st;

	(void)state;
	assert_int_equal(ftruncate(j.fd, (off_t)1 << 40), 0);
	record_set_aside(&j, NULL);
	assert_int_equal(fstat(j.fd, &st), 0);
	assert_int_equal(st.st_size, RECORD_JOURNAL_MOST);
	assert_int_equal(close(j.fd), 0);
}

static ssize_t no_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	(void)fd;
	(void)buf;
	(void)n;
	(void)at;
	errno = ENOSPC;
	return -1;
}

/* The disk is full, and overwriting needs space there. */
static void space_is_given_back_if_nothing_can_be_written(void **state)
{
	struct journal j = {.fd = support_file("", 0)};
	struct fileio saved = fileio;

	(void)state;
	assert_int_equal(record_reserve(&j, RECORD_AREA_MIN, 1), 0);
	fileio.pwrite = no_pwrite;
	record_clear(&j);
	fileio = saved;
	is_long(&j, 2 * JOURNAL_SLOT);
	assert_int_equal(j.area, 0);
	assert_int_equal(close(j.fd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_journal_set_aside_has_the_space_it_needs),
		cmocka_unit_test(a_journal_without_a_record_is_cut_to_the_most),
		cmocka_unit_test(a_sound_record_is_read),
		cmocka_unit_test(numbers_that_make_no_sense_are_refused),
		cmocka_unit_test(ranges_that_make_no_sense_are_refused),
		cmocka_unit_test(numbers_of_an_idle_record_are_left_alone),
		cmocka_unit_test(space_that_is_there_is_enough),
		cmocka_unit_test(space_is_never_more_than_the_most),
		cmocka_unit_test(space_of_a_session_that_died_is_given_back),
		cmocka_unit_test(space_is_given_back_if_nothing_can_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
