/* SPDX-License-Identifier: ISC */
/*
 * Parts are taken out of a mailbox while calls fail, mail arrives, and the
 * update is tried again and again: in the end it is the old mailbox or the new
 * one, with the mail that arrived.
 *
 * Input: which call fails, in two octets, 0 for none; the mailbox's size, in
 * units of 16 octets; then the ranges, each as two octets: what stays before
 * it, and its length; 0; and an octet for each attempt to recover, whose low
 * bit says that mail has arrived, and the rest which call fails.
 */
#include "fuzz.h"

#include "files.h"
#include "update/recovery.h"
#include "update/update.h"

#define RANGES 200

static int mailbox, journal;
static struct range gone[RANGES];
static size_t gone_n;
static struct files_text old, new, now;

/* Makes every octet differ from those near it, and parts look like mail. */
static void make_mailbox(size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		old.s[i] = (char)('A' + (i * 7 + i / 64) % 59);
	for (i = 0; i + 8 < n; i += 64)
		memcpy(old.s + i, "\nFrom ", 6);
	old.n = n;
	fuzz_fill(mailbox, old.s, n);
}

static void make_ranges(struct fuzz_input *in)
{
	off_t at = 0, length;
	size_t before;

	for (gone_n = 0; gone_n < RANGES; gone_n++) {
		before = fuzz_octet(in);
		length = (off_t)fuzz_octet(in) * 4 + RECORD_NONCE;
		if (in->n == 0 || before == 0)
			break;
		at += (off_t)before * 4 - (gone_n == 0 ? 4 : 0);
		if (at + length > (off_t)old.n)
			break;
		gone[gone_n] = (struct range){at, at + length};
		at += length;
	}
}

static void expect(void)
{
	size_t i, at = 0, start;

	new.n = 0;
	for (i = 0; i <= gone_n; i++) {
		start = i < gone_n ? (size_t)gone[i].start : old.n;
		memcpy(new.s + new.n, old.s + at, start - at);
		new.n += start - at;
		at = i < gone_n ? (size_t)gone[i].end : at;
	}
}

/* Adds mail to the file, and to the expected mailbox. */
static void add_mail(void)
{
	static const char mail[] = "\nFrom later\n";
	const size_t n = sizeof(mail) - 1;
	struct stat st;

	FUZZ_CHECK(fstat(mailbox, &st) == 0);
	FUZZ_CHECK(pwrite(mailbox, mail, n, st.st_size) == (ssize_t)n);
	memcpy(old.s + old.n, mail, n);
	memcpy(new.s + new.n, mail, n);
	old.n += n;
	new.n += n;
}

static bool is_old_or_new(void)
{
	files_read(mailbox, &now);
	return files_same(&now, &old) || files_same(&now, &new);
}

/* Recovers as the next login does.  Returns whether nothing is left to do. */
static bool recover(void)
{
	struct journal j = {.fd = journal};
	enum recovery result;

	if (record_idle(&j) && !files_failed)
		return true;
	result = recovery_run(&j, mailbox);
	FUZZ_CHECK(result != RECOVERY_FOREIGN);
	FUZZ_CHECK(result != RECOVERY_ERROR || files_failed);
	return result != RECOVERY_ERROR;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	files_init();
	mailbox = fuzz_file("mailbox");
	journal = fuzz_file("journal");
	return 0;
}

static void update(int fail)
{
	struct journal j = {.fd = journal};
	int done;

	FUZZ_CHECK(record_prepare(&j) == 0 && record_idle(&j));
	files_fail = fail;
	done = update_remove(&j, mailbox, gone, gone_n, (off_t)old.n);
	files_fail = 0;
	FUZZ_CHECK(done == 0 || files_failed);
	if (done == 0) {
		files_read(mailbox, &now);
		FUZZ_CHECK(files_same(&now, &new));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	int fail = (int)fuzz_number(&in, 2);
	uint8_t event;
	bool finished;

	files_reset();
	make_mailbox((size_t)fuzz_octet(&in) * 16);
	fuzz_fill(journal, NULL, 0);
	make_ranges(&in);
	if (gone_n == 0)
		return 0;
	expect();
	update(fail);
	do {
		event = fuzz_octet(&in);
		if (event & 1 && old.n < 8192)
			add_mail();
		files_failed = false;
		files_fail = in.n > 0 ? event >> 1 : 0;
		finished = recover();
		files_fail = 0;
	} while (!finished || in.n > 0);
	FUZZ_CHECK(is_old_or_new());
	return 0;
}
