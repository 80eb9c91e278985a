/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "random.h"
#include "trace.h"
#include "update/journal.h"
#include "update/record.h"
#include "update/recovery.h"
#include "update/update.h"

#define MOST_RANGES 40

/* A case: an update, which may be killed, mail that arrives, a recovery. */
static struct {
	struct range gone[MOST_RANGES];
	size_t n;
	off_t size, arrives;
	long kill; /* before the call of that number; 0: not at all */
} now;

static struct journal journal;

/* model.py makes the same text. */
static void write_text(off_t size)
{
	char *text = malloc((size_t)size + 1);
	off_t i;

	if (!text)
		abort();
	for (i = 0; i < size; i++)
		text[i] = (char)('!' + i * (i / 97 + 7) % 90);
	disk_set(&machine.mailbox, text, size);
	free(text);
}

static void append_mail(void)
{
	char text[256] = "From ";

	if (now.arrives == 0)
		return;
	memset(text + 5, '+', sizeof(text) - 5);
	disk_write(&machine.mailbox, text, (size_t)now.arrives,
	           machine.mailbox.cache.size);
	disk_sync(&machine.mailbox);
}

static void choose_case(uint64_t *seed)
{
	static const size_t sizes[] = {200, 3000, 40000, 150000};
	off_t at, most = (off_t)sizes[below(seed, 4)];

	now.size = 100 + (off_t)below(seed, (size_t)most);
	at = (off_t)below(seed, 3) * (off_t)below(seed, 25);
	for (now.n = 0; now.n < MOST_RANGES && at + 40 < now.size; now.n++) {
		now.gone[now.n].start = at;
		at += 20 + (off_t)below(seed, 1 + (size_t)most / 10);
		now.gone[now.n].end = at < now.size ? at : now.size;
		at = now.gone[now.n].end + 1 +
		     (off_t)below(seed, 1 + (size_t)most / 10);
		if (below(seed, 8) == 0)
			at = now.size;
	}
	now.arrives = below(seed, 2) ? 0 : 6 + (off_t)below(seed, 200);
	now.kill = 0;
}

/* Makes an empty journal, and a machine with some disk space. */
static void prepare_machine(uint64_t *seed)
{
	static const off_t limits[] = {2 * JOURNAL_SLOT,
	                               (2 * JOURNAL_SLOT) + (1 << 20),
	                               (off_t)1 << 40};

	disk_set(&machine.journal, "", 0);
	machine.journal_limit = limits[below(seed, 3)];
	machine.mailbox_limit = (off_t)1 << 40;
	machine.copies_on_write = below(seed, 4) == 0;
	write_text(now.size);
}

static void open_journal(void)
{
	memset(&journal, 0, sizeof(journal));
	journal.fd = JOURNAL;
	journal.size = machine.journal.cache.size;
	(void)record_prepare(&journal);
	(void)record_idle(&journal);
}

static void prepare_journal(void *ctx)
{
	(void)ctx;
	open_journal();
}

static void update(void *ctx)
{
	int *done = ctx;

	open_journal();
	*done = update_remove(&journal, MAILBOX, now.gone, now.n, now.size);
}

static void recover(void *ctx)
{
	enum recovery *result = ctx;

	open_journal();
	*result = recovery_run(&journal, MAILBOX);
}

/* Is the call shown, since it changes or syncs a file? */
static bool is_shown(const struct machine_event *e)
{
	return e->call == PWRITE ||
	       (e->call >= FDATASYNC && e->call <= FALLOCATE);
}

static void print_events(long n)
{
	const struct machine_event *e;
	long i;

	for (i = 0; i < n; i++) {
		e = &machine.events[i];
		if (is_shown(e))
			printf("%s %s %jd %jd\n",
			       e->fd == MAILBOX ? "mailbox" : "journal",
			       machine_call_names[e->call], (intmax_t)e->at,
			       (intmax_t)e->n);
	}
}

/* Chooses a call to be killed at, among those of a run without a fault. */
static long choose_kill(uint64_t *seed)
{
	long at;

	do
		at = 1 + (long)below(seed, (size_t)machine.calls);
	while (!is_shown(&machine.events[at - 1]));
	return at;
}

static long shown_before(long at)
{
	long i, n = 0;

	for (i = 0; i < at - 1; i++)
		n += is_shown(&machine.events[i]);
	return n;
}

static void print_case(uint64_t nonces)
{
	size_t i;

	printf("case seed=%ju size=%jd limit=%jd cow=%d kill=%ld arrives=%jd "
	       "gone=",
	       (uintmax_t)nonces, (intmax_t)now.size,
	       (intmax_t)machine.journal_limit, machine.copies_on_write,
	       now.kill ? shown_before(now.kill) : -1, (intmax_t)now.arrives);
	for (i = 0; i < now.n; i++)
		printf("%s%jd-%jd", i ? "," : "", (intmax_t)now.gone[i].start,
		       (intmax_t)now.gone[i].end);
	putchar('\n');
}

/* Adler-32, as Python's zlib has it. */
static unsigned long checksum(const char *text, off_t n)
{
	unsigned long a = 1, b = 0;
	off_t i;

	for (i = 0; i < n; i++) {
		a = (a + (unsigned char)text[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

static void run_case(uint64_t *seed)
{
	struct fault f = {.kind = NO_FAULT};
	enum recovery result = RECOVERY_NOTHING;
	static struct machine start;
	uint64_t nonces;
	int done;

	choose_case(seed);
	prepare_machine(seed);
	(void)machine_run(&f, prepare_journal, NULL);
	nonces = machine.seed = next_random(seed);
	machine_save(&start);
	(void)machine_run(&f, update, &done);
	if (below(seed, 4))
		f.at = now.kill = choose_kill(seed);
	print_case(nonces);
	if (f.at) {
		f.kind = KILL;
		f.times = 1;
		machine_restore(&start);
		(void)machine_run(&f, update, &done);
		machine.calls--; /* the last one was not done */
	}
	print_events(machine.calls);
	append_mail();
	f.kind = NO_FAULT;
	(void)machine_run(&f, recover, &result);
	printf("recover\n");
	print_events(machine.calls);
	printf("end size=%jd sum=%lu\n", (intmax_t)machine.mailbox.cache.size,
	       checksum(machine.mailbox.cache.text,
	                machine.mailbox.cache.size));
}

int trace(long cases, uint64_t seed)
{
	for (; cases > 0; cases--)
		run_case(&seed);
	return 0;
}
