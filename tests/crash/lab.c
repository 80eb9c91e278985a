/* SPDX-License-Identifier: ISC */
/*
 * The crash laboratory: the real code (src/maildrop, src/update...) over a
 * machine that fails, is killed, or loses power.  Whatever happens, at the end
 * the mailbox must be the old one or the new one, with all mail that arrived.
 *
 * usage: crash-lab [SCENARIOS [SEED]]
 *        crash-lab trace CASES SEED
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "machine.h"
#include "mail.h"
#include "process.h"
#include "random.h"
#include "trace.h"
#include "update/journal.h"

#define MOST_CALLS 60 /* of one run, for each kind of fault */
#define WIDE_EVERY 5  /* scenarios have one wide mailbox */
#define UNLIMITED  ((off_t)1 << 40)
#define SPARE      ((off_t)1 << 20) /* as in space.c */
#define LENGTH(a)  (sizeof(a) / sizeof((a)[0]))

enum kind {
	FAIL_NTH,
	FAIL_ON,
	SHORT_IO,
	MALLOC,
	KILLED,
	KILLED_IN_WRITE,
	POWER_CUT,
	NESTED,
	GARBAGE,
	FOREIGN,
	RESTORED,
	FULL,
	KINDS
};

static struct tally {
	const char *name;
	long cases, lost, doubled, unclear;
} tallies[KINDS] = {
	{.name = "fail-nth"},
	{.name = "fail-nth-persistent"},
	{.name = "short-io"},
	{.name = "malloc"},
	{.name = "kill"},
	{.name = "kill-in-write"},
	{.name = "power-cut"},
	{.name = "nested"},
	{.name = "journal-garbage"},
	{.name = "foreign-rewrite"},
	{.name = "restore"},
	{.name = "full-journal"},
};

/* A mailbox, what is to be deleted in it, and the machine it is on. */
static struct scenario {
	uint64_t number;
	uint64_t seed;
	struct mail mail;
	struct machine machine;
	int arrive;
	bool partly;  /* more ranges than a record holds */
	bool without; /* the journal has no space: -ERR is right */
	/* Of a run without a fault */
	long calls;
	long allocations;
	struct machine_event *events;
	uint64_t cases; /* tried so far */
} scenario;

/* The case that is being tried. */
static struct {
	enum kind kind;
	struct fault fault;
	uint64_t seed;
	struct mail mail;
	enum reply reply;
	bool powerless; /* the power was cut */
	bool told;
} now;

static const struct fault none;

static void complain(const char *what)
{
	static int told;

	if (now.told || told++ > 40)
		return;
	now.told = true;
	fprintf(stderr,
	        "%s %ld: %s: scenario %llu, fault %d at call %ld (%s), times %ld, "
	        "error %d, part %zu, reply %d\n",
	        tallies[now.kind].name, tallies[now.kind].cases, what,
	        (unsigned long long)scenario.number, (int)now.fault.kind,
	        now.fault.at,
	        now.fault.at >= 1 && now.fault.at <= scenario.calls
	                ? machine_call_names[scenario.events[now.fault.at - 1]
	                                             .call]
	                : "none",
	        now.fault.times, now.fault.error, now.fault.part,
	        (int)now.reply);
}

static void count_unclear(const char *what)
{
	tallies[now.kind].unclear++;
	complain(what);
}

/* Counts what is wrong with a mailbox that is neither old nor new. */
static void count_damage(const char *what)
{
	const struct disk_image *box = &machine.mailbox.cache;
	bool lost = false, doubled = false;
	size_t i;
	int n;

	for (i = 0; i < now.mail.count; i++) {
		n = mail_find(&now.mail, i, box->text, box->size);
		doubled |= n > 1;
		lost |= n == 0 && !mail_is_gone(&now.mail, i);
	}
	tallies[now.kind].lost += lost;
	tallies[now.kind].doubled += doubled;
	if (!lost && !doubled)
		tallies[now.kind].unclear++;
	complain(lost ? "lost" : doubled ? "doubled" : what);
}

static enum verdict judge_mailbox(void)
{
	return mail_judge(&now.mail, machine.mailbox.cache.text,
	                  machine.mailbox.cache.size);
}

static void begin_case(enum kind kind, const struct fault *f)
{
	now.kind = kind;
	now.fault = *f;
	now.seed = mix(scenario.number << 32 ^ ++scenario.cases);
	now.powerless = now.told = false;
	tallies[kind].cases++;
	mail_copy(&now.mail, &scenario.mail);
	machine_restore(&scenario.machine);
}

/* Was nothing changed, and did the journal fail? */
static bool harmless_failure(void)
{
	const struct machine_event *e;

	if (!machine.met || now.fault.times != 1 || now.fault.kind != FAIL ||
	    machine.mailbox.writes != machine.modified)
		return false;
	e = &machine.events[now.fault.at - 1];
	return e->fd == JOURNAL && e->call != PREAD;
}

/* Counts a reply that does not fit what became of the mailbox. */
static void check_reply(void)
{
	bool pending = process_pending();
	enum verdict v = judge_mailbox();

	if (now.reply == REPLY_OK && v != NEW_MAIL)
		count_damage("+OK, but it is not done");
	if (now.reply == REPLY_REFUSED && v != OLD_MAIL)
		count_damage("changed at login");
	if (now.reply == REPLY_ERROR && v == WRONG && !pending)
		count_damage("-ERR, half done and given up");
}

/* Did cutting the journal fail? */
static bool cut_failed(void)
{
	const struct machine_event *e;

	if (!machine.met || now.fault.kind != FAIL)
		return false;
	if (now.fault.times == FOR_EVER)
		return true; /* so does each later call */
	e = &machine.events[now.fault.at - 1];
	return e->fd == JOURNAL && e->call == FTRUNCATE;
}

/* Counts a journal that has nothing to finish and keeps disk space. */
static void check_journal_size(void)
{
	if (machine.journal.cache.size > 2 * JOURNAL_SLOT)
		count_unclear("an idle journal keeps its space");
}

#define COPIES 20000

static struct {
	uint64_t digest[COPIES];
	size_t n;
} copies;

static bool has_copy(size_t i)
{
	const char *text = now.mail.text + now.mail.start[i];
	const size_t n = (size_t)(now.mail.start[i + 1] - now.mail.start[i]);
	/* The blank line behind it is no part of a message. */
	const uint64_t all = digest_of(text, n), less = digest_of(text, n - 1);
	size_t k;

	for (k = 0; k < copies.n; k++)
		if (copies.digest[k] == all || copies.digest[k] == less)
			return true;
	return false;
}

/* Counts a message that was removed and has no copy, and nobody was told. */
static void check_copies(void)
{
	const struct disk_image *box = &machine.mailbox.cache;
	bool lost = false;
	size_t i;

	copies.n = process_copies(copies.digest, COPIES);
	if (!machine.keeps || process_missed() > 0)
		return;
	for (i = 0; i < now.mail.count; i++)
		lost |= mail_is_gone(&now.mail, i) && !has_copy(i) &&
		        mail_find(&now.mail, i, box->text, box->size) == 0;
	tallies[now.kind].lost += lost;
	if (lost)
		complain("lost: it has no copy");
}

/* Does the same after the next session, which must leave what was there. */
static void check_more_copies(void)
{
	static uint64_t before[COPIES];
	const size_t n = copies.n;

	memcpy(before, copies.digest, n * sizeof(before[0]));
	check_copies();
	if (copies.n < n ||
	    memcmp(before, copies.digest, n * sizeof(before[0])) != 0) {
		tallies[now.kind].lost++;
		complain("lost: a copy");
	}
}

static void run_session(const struct fault *f)
{
	unsigned long writes = machine.mailbox.writes;
	bool harmless, uncut;

	now.reply = process_session(&now.mail, f, scenario.arrive, &now.seed);
	if (now.reply == REPLY_KILLED)
		return;
	harmless = harmless_failure();
	uncut = cut_failed();
	if (now.reply == REPLY_OK && scenario.without &&
	    writes == machine.mailbox.writes)
		count_unclear("+OK, and nothing done");
	check_reply();
	if (harmless && now.reply == REPLY_ERROR && process_pending())
		count_unclear(
			"-ERR before the commit, but it is to be finished");
	if (!uncut && !process_pending())
		check_journal_size();
}

static void cut_power(void)
{
	machine_cut_power();
	now.powerless = true;
}

static void deliver_some(void)
{
	size_t n = below(&now.seed, 5);

	for (n = n > 2 ? n - 2 : 0; n > 0; n--)
		process_deliver(&now.mail, &now.seed);
}

/* Another session deletes more of what is there now. */
static void check_next_update(enum verdict v)
{
	mail_settle(&now.mail, v);
	if (now.mail.count == 0)
		return;
	mail_choose(&now.mail, &now.seed);
	now.reply = process_session(&now.mail, &none, 0, &now.seed);
	if (now.reply != REPLY_OK && !scenario.without)
		count_unclear("the next session fails");
	if (now.reply == REPLY_OK && judge_mailbox() != NEW_MAIL)
		count_damage("the next session fails");
	check_more_copies();
}

static bool is_allowed(enum verdict v)
{
	switch (v) {
	case NEW_MAIL:
		return now.reply != REPLY_REFUSED;
	case OLD_MAIL:
		return now.reply != REPLY_OK;
	case PARTLY:
		return scenario.partly && now.reply != REPLY_OK;
	default:
		return false;
	}
}

/* Runs the last recovery, which meets no fault. */
static void finish_case(void)
{
	enum recovery r;
	enum verdict v;

	if (process_recover(&none, &r) != REPLY_OK)
		count_unclear("recovery fails");
	v = judge_mailbox();
	if (!is_allowed(v)) {
		count_damage("neither old nor new");
		return;
	}
	if (r == RECOVERY_FOREIGN)
		count_unclear("its journal is refused");
	else if (!process_look(&now.mail, v))
		count_unclear("the next login sees something else");
	else
		check_journal_size();
	check_copies();
	if (r != RECOVERY_FOREIGN && v != PARTLY && below(&now.seed, 4) == 0)
		check_next_update(v);
}

static void run_case(enum kind kind, const struct fault *f, bool power)
{
	begin_case(kind, f);
	run_session(f);
	if (power)
		cut_power();
	deliver_some();
	finish_case();
}

/* Returns the next call to try: of few each one, of many a random part. */
static long next_to_try(long at, long all)
{
	return all <= MOST_CALLS
	               ? at + 1
	               : at + 1 +
	                         (long)below(&scenario.seed,
	                                     (size_t)(2 * all / MOST_CALLS));
}

static bool is_io(long at)
{
	enum machine_call c;

	if (at > scenario.calls)
		return false;
	c = scenario.events[at - 1].call;
	return c == PREAD || c == PWRITE;
}

static void fail_calls(void)
{
	static const int errors[] = {EIO, ENOSPC, EDQUOT, EFBIG, EINTR};
	struct fault f = {.kind = FAIL, .times = 1};
	size_t i;

	for (i = 0; i < LENGTH(errors); i++) {
		f.error = errors[i];
		for (f.at = 1; f.at <= scenario.calls;
		     f.at = next_to_try(f.at, scenario.calls)) {
			f.times = 1;
			run_case(FAIL_NTH, &f, f.at % 3 == 0);
			f.times = f.error == EINTR ? 3 : FOR_EVER;
			run_case(FAIL_ON, &f, f.at % 3 == 1);
		}
	}
}

static void shorten_calls(void)
{
	bool small = mail_size(&scenario.mail) < 4096;
	struct fault f = {.kind = SHORT};

	for (f.at = 1; f.at <= scenario.calls;
	     f.at = next_to_try(f.at, scenario.calls)) {
		if (!is_io(f.at))
			continue;
		f.times = 1;
		for (f.part = 0; f.part < 40; f.part = f.part * 3 + 1)
			run_case(SHORT_IO, &f, false);
		f.times = FOR_EVER;
		f.part = small ? 1 : 511;
		run_case(SHORT_IO, &f, false);
	}
}

static void fail_allocations(void)
{
	struct fault f = {.kind = NO_CORE};

	for (f.at = 1; f.at <= scenario.allocations;
	     f.at = next_to_try(f.at, scenario.allocations)) {
		f.times = 1;
		run_case(MALLOC, &f, false);
		f.times = FOR_EVER;
		run_case(MALLOC, &f, f.at % 2);
	}
}

static void kill_at_calls(void)
{
	struct fault f = {.kind = KILL, .times = 1};
	long all = scenario.calls + 1; /* at the last, it has replied */
	int i;

	for (f.at = 1; f.at <= all; f.at = next_to_try(f.at, all)) {
		f.part = 0;
		run_case(KILLED, &f, false);
		for (i = 0; i < 6; i++) {
			f.part = is_io(f.at) ? below(&scenario.seed, 5000) : 0;
			run_case(POWER_CUT, &f, true);
		}
	}
}

/* Writes one octet, all but one, whole sectors, or a random part. */
static void kill_in_writes(void)
{
	struct fault f = {.kind = KILL, .times = 1};
	size_t n, i;

	for (f.at = 1; f.at <= scenario.calls;
	     f.at = next_to_try(f.at, scenario.calls)) {
		if (scenario.events[f.at - 1].call != PWRITE)
			continue;
		n = (size_t)scenario.events[f.at - 1].n;
		for (i = 0; i < 6 && n > 0; i++) {
			f.part = i == 0   ? 1
			         : i == 1 ? n - 1
			         : i == 2 ? n / 512 * 512
			         : i == 3 ? n
			                  : below(&scenario.seed, n);
			run_case(KILLED_IN_WRITE, &f, false);
		}
	}
}

/* Returns a random fault for a run of so many calls. */
static struct fault any_fault(long all)
{
	static const int errors[] = {EIO, ENOSPC, EDQUOT};
	struct fault f = {.kind = KILL, .times = 1};

	f.at = 1 + (long)below(&now.seed, (size_t)all);
	f.part = below(&now.seed, 2) ? 0 : below(&now.seed, 600);
	if (below(&now.seed, 4) == 0) {
		f.kind = FAIL;
		f.error = errors[below(&now.seed, LENGTH(errors))];
		f.times = below(&now.seed, 2) ? 1 : FOR_EVER;
	}
	return f;
}

/* Lets recovery fail, too, up to three times. */
static void run_nested(const struct fault *first)
{
	size_t depth = 1 + below(&scenario.seed, 3);
	enum recovery r;
	struct fault f;

	begin_case(NESTED, first);
	run_session(first);
	for (; depth > 0; depth--) {
		if (below(&now.seed, 2))
			cut_power();
		deliver_some();
		f = any_fault(scenario.calls < 40 ? 30 : scenario.calls);
		(void)process_recover(&f, &r);
		if (r == RECOVERY_FOREIGN)
			count_unclear("its journal is refused");
	}
	if (below(&now.seed, 2))
		cut_power();
	deliver_some();
	finish_case();
}

static void nest_faults(void)
{
	struct fault f = {.kind = KILL, .times = 1};
	int i;

	for (f.at = 1; f.at <= scenario.calls;
	     f.at = next_to_try(f.at, scenario.calls))
		for (i = 0; i < 8; i++) {
			f.part = is_io(f.at) ? below(&scenario.seed, 600) : 0;
			run_nested(&f);
		}
}

/*
 * The mailbox before a recovery that may refuse the journal: it must be the
 * same afterwards, or right.
 */
static struct disk before;

static void keep_before(void)
{
	disk_copy(&before, &machine.mailbox);
}

static bool is_untouched(void)
{
	return machine.mailbox.cache.size == before.cache.size &&
	       memcmp(machine.mailbox.cache.text, before.cache.text,
	              (size_t)before.cache.size) == 0;
}

static void finish_untrusted(bool safe_only)
{
	enum recovery r;
	enum verdict v;

	if (process_recover(&none, &r) != REPLY_OK && !safe_only)
		count_unclear("recovery fails");
	v = judge_mailbox();
	if (safe_only || is_untouched() || v == NEW_MAIL || v == OLD_MAIL ||
	    (v == PARTLY && scenario.partly))
		return;
	count_damage("damaged by recovery");
}

/* Gives the header in a slot a digest that fits. */
static void sign_header(struct disk *d, off_t slot, size_t length)
{
	uint64_t digest;

	if (d->cache.size < slot + 512)
		return;
	digest = digest_of(d->cache.text + slot, length);
	memcpy(d->cache.text + slot + length, &digest, sizeof(digest));
}

/* Returns the octets that a header's digest is of, or 0 without a header. */
static size_t signed_length(const struct disk *d, off_t slot)
{
	uint64_t digest;
	size_t n;

	if (d->cache.size < slot + 512)
		return 0;
	for (n = 16; n < 400; n += 8) {
		memcpy(&digest, d->cache.text + slot + n, sizeof(digest));
		if (digest_of(d->cache.text + slot, n) == digest)
			return n;
	}
	return 0;
}

static void forge_journal(struct disk *d, bool version)
{
	size_t n, at;
	off_t slot;

	for (slot = 0; slot < 2 * JOURNAL_SLOT; slot += JOURNAL_SLOT) {
		n = signed_length(d, slot);
		if (n == 0)
			continue;
		at = version ? 7 : 8 + below(&now.seed, n - 8);
		d->cache.text[slot + (off_t)at] ^=
			(char)(1 << (version ? 1 : below(&now.seed, 8)));
		sign_header(d, slot, n);
	}
}

static void flip_bits(struct disk *d)
{
	size_t n = 1 + below(&now.seed, 8);
	off_t at;

	for (; n > 0 && d->cache.size > 0; n--) {
		at = (off_t)below(&now.seed, (size_t)d->cache.size);
		if (below(&now.seed, 2))
			at %= 600;
		d->cache.text[at % d->cache.size] ^=
			(char)(1 << below(&now.seed, 8));
	}
}

static void randomise(struct disk *d)
{
	static char text[3 * JOURNAL_SLOT];
	size_t i, n = below(&now.seed, sizeof(text));

	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)next_random(&now.seed);
	disk_set(d, text, (off_t)n);
}

/* The journal of another mailbox, and this one's as it was earlier. */
static struct disk other, earlier;

enum { RANDOM, CUT_OFF, FLIPPED, OTHER, VERSION, FORGED, OLDER, GARBAGES };

static void spoil_journal(int how)
{
	struct disk *j = &machine.journal;

	if (how == RANDOM)
		randomise(j);
	else if (how == CUT_OFF)
		disk_resize(j,
		            (off_t)below(&now.seed, (size_t)j->cache.size + 1));
	else if (how == FLIPPED)
		flip_bits(j);
	else if (how == VERSION || how == FORGED)
		forge_journal(j, how == VERSION);
	else
		disk_copy(j, how == OTHER ? &other : &earlier);
}

/* Returns a fault that kills the session at a random call after that one. */
static struct fault kill_somewhere(long after)
{
	struct fault f = {.kind = KILL, .times = 1};

	f.at = after + 1 +
	       (long)below(&scenario.seed, (size_t)(scenario.calls - after));
	f.part = below(&scenario.seed, 2) ? 0 : below(&scenario.seed, 600);
	return f;
}

static void spoil_journals(void)
{
	struct fault f = none;
	int i;

	for (i = 0; i < 6 * GARBAGES; i++) {
		f = kill_somewhere(0);
		if (i % GARBAGES == OLDER) {
			begin_case(GARBAGE, &f);
			tallies[GARBAGE].cases--;
			run_session(&f);
			disk_copy(&earlier, &machine.journal);
			f = kill_somewhere(f.at - 1);
		}
		begin_case(GARBAGE, &f);
		if (i % 12 < 10) /* otherwise the mailbox is intact */
			run_session(&f);
		spoil_journal(i % GARBAGES);
		deliver_some();
		keep_before();
		finish_untrusted(i % GARBAGES == FORGED);
	}
	f = kill_somewhere(scenario.calls / 2);
	begin_case(GARBAGE, &f);
	tallies[GARBAGE].cases--;
	run_session(&f);
	disk_copy(&other, &machine.journal);
}

/* Deletes a message, as another program does in a half updated mailbox. */
static void delete_first(struct disk_image *box)
{
	char *from = memmem(box->text, (size_t)box->size, "\n\nFrom ", 7);
	char *next;
	size_t left;

	if (!from)
		return;
	from += 2;
	left = (size_t)(box->text + box->size - from);
	next = memmem(from, left, "\n\nFrom ", 7);
	next = next ? next + 2 : from + left;
	left = (size_t)(box->text + box->size - next);
	memmove(from, next, left);
	box->size = from - box->text + (off_t)left;
}

static void set_status(struct disk_image *box, char c)
{
	char *p = box->text;
	char *end = p + box->size;

	while ((p = memmem(p, (size_t)(end - p), "\nStatus: ", 9))) {
		p += 9;
		if (p < end)
			*p = c;
	}
}

/* Rewrites the mailbox.  Returns false if the judge needs it undone. */
static bool rewrite_mailbox(int how)
{
	struct disk_image *box = &machine.mailbox.cache;
	size_t i, n;

	switch (how) {
	case 0: /* a message is deleted */
	case 1: /* and mail arrives */
		delete_first(box);
		break;
	case 2: /* Status fields change in place */
		set_status(box, 'R');
		return false;
	case 3: /* all is deleted, and as much arrives */
		box->size = 0;
		break;
	default: /* another mailbox is put there */
		for (i = 0; i < (size_t)box->size / 2; i++)
			box->text[i] = (char)('A' + i % 26);
		break;
	}
	disk_set(&machine.mailbox, box->text, box->size);
	n = how == 0 ? 0 : 1 + below(&now.seed, 8);
	for (; n > 0; n--)
		process_deliver(&now.mail, &now.seed);
	return true;
}

/* Counts a message that was whole before and is lost. */
static void check_kept(void)
{
	const struct disk_image *box = &machine.mailbox.cache;
	bool lost = false;
	size_t i;

	for (i = 0; i < now.mail.count; i++)
		lost |= !mail_is_gone(&now.mail, i) &&
		        mail_find(&now.mail, i, before.cache.text,
		                  before.cache.size) > 0 &&
		        mail_find(&now.mail, i, box->text, box->size) == 0;
	tallies[FOREIGN].lost += lost;
	if (lost)
		complain("lost");
}

static void rewrite_mailboxes(void)
{
	enum recovery r;
	struct fault f;
	bool differs;
	int i;

	for (i = 0; i < 30; i++) {
		f = kill_somewhere(scenario.calls / 3);
		begin_case(FOREIGN, &f);
		run_session(&f);
		differs = rewrite_mailbox(i % 5);
		keep_before();
		if (process_recover(&none, &r) != REPLY_OK)
			count_unclear("recovery fails");
		if (is_untouched())
			continue;
		set_status(&machine.mailbox.cache, 'O');
		if (differs)
			check_kept();
		else if (judge_mailbox() == WRONG)
			count_damage("damaged by recovery");
	}
}

/* The mailbox is another file, on another device, with the same octets. */
static void restore_same(void)
{
	struct fault f = kill_somewhere(0);

	begin_case(RESTORED, &f);
	run_session(&f);
	machine.inode += below(&now.seed, 3);
	machine.device += below(&now.seed, 3);
	if (below(&now.seed, 2))
		cut_power();
	deliver_some();
	finish_case();
}

/* The mailbox is a backup that is older than the journal. */
static void restore_older(void)
{
	static struct disk backup;
	struct fault f = kill_somewhere(0);

	begin_case(RESTORED, &f);
	tallies[RESTORED].cases--;
	if (below(&scenario.seed, 2)) {
		run_session(&f);
		disk_copy(&backup, &machine.mailbox);
		f = kill_somewhere(f.at - 1);
		begin_case(RESTORED, &f);
	} else {
		disk_copy(&backup, &machine.mailbox);
		f = kill_somewhere(scenario.calls / 3);
		begin_case(RESTORED, &f);
	}
	run_session(&f);
	machine.inode++;
	disk_set(&machine.mailbox, backup.cache.text, backup.cache.size);
	if (scenario.arrive > 0) /* mail of the session is not in it */
		mail_copy(&now.mail, &scenario.mail);
	keep_before();
	finish_untrusted(false);
}

static void restore_mailboxes(void)
{
	int i;

	for (i = 0; i < 20; i++) {
		restore_same();
		restore_older();
	}
}

/* Nothing can grow: the disk is full, or the quota is used up. */
static void fill_up(off_t journal, bool cow, const struct fault *f)
{
	bool was = scenario.without;
	bool enough = !cow && journal >= 2 * JOURNAL_SLOT;

	scenario.without = !enough;
	begin_case(FULL, f);
	machine.journal_limit = journal;
	if (journal < 2 * JOURNAL_SLOT)
		disk_set(&machine.journal, "", 0);
	machine.mailbox_limit = mail_size(&now.mail);
	machine.copies_on_write = cow;
	machine.stubborn = below(&now.seed, 2);
	machine.full = below(&now.seed, 2) ? ENOSPC : EDQUOT;
	run_session(f);
	if (enough && f->kind == NO_FAULT && now.reply != REPLY_OK)
		count_unclear("-ERR, but there is space enough");
	if (f->kind != NO_FAULT && below(&now.seed, 2))
		cut_power();
	machine.mailbox_limit = UNLIMITED;
	machine.stubborn = false;
	deliver_some();
	finish_case();
	scenario.without = was;
}

/*
 * Gives the case a mailbox of more than SPARE octets whose first message goes.
 * The journal would like to have copies of all others.
 */
static void widen_mailbox(void)
{
	mail_make(&now.mail, WIDE, &now.seed);
	mail_choose_first(&now.mail);
	disk_set(&machine.mailbox, now.mail.text, mail_size(&now.mail));
	machine.journal_limit = machine.kept_limit = UNLIMITED;
}

/*
 * The mailbox and its journal are on one disk that copies on write, and that
 * has just the space the mailbox needs: the journal must not take it.
 */
static void share_disk(const struct fault *f, bool wide)
{
	off_t size;

	begin_case(FULL, f);
	if (wide)
		widen_mailbox();
	size = mail_size(&now.mail) + RECORD_NONCE;
	machine.copies_on_write = true;
	machine.shared_limit = 3 * size + SPARE + 2 * JOURNAL_SLOT;
	run_session(f);
	if (f->kind == NO_FAULT && now.reply != REPLY_OK)
		count_unclear("-ERR, but there is space enough for both");
	machine.shared_limit = 0;
	deliver_some();
	finish_case();
}

static void fill_disks(void)
{
	static const off_t limits[] = {0, 4096, JOURNAL_SLOT, 2 * JOURNAL_SLOT,
	                               (2 * JOURNAL_SLOT) + (600 << 10)};
	struct fault f;
	size_t i;
	int j;

	if (scenario.arrive > 0)
		return;
	share_disk(&none, false);
	if (scenario.number % WIDE_EVERY == 0)
		share_disk(&none, true);
	for (j = 0; j < 6; j++) {
		f = kill_somewhere(0);
		share_disk(&f, false);
	}
	for (i = 0; i < 2 * LENGTH(limits); i++) {
		fill_up(limits[i / 2], i % 2, &none);
		for (j = 0; j < 6; j++) {
			f = kill_somewhere(0);
			fill_up(limits[i / 2], i % 2, &f);
		}
	}
}

static enum mail_style choose_style(void)
{
	size_t n = below(&scenario.seed, 100);

	return n < 35   ? TINY
	       : n < 65 ? SMALL
	       : n < 88 ? MEDIUM
	       : n < 96 ? LARGE
	       : n < 99 ? HUGE
	                : MANY;
}

/* Lets an earlier session delete mail, and more mail arrive. */
static void use_journal(void)
{
	struct mail *m = &scenario.mail;
	size_t n = 1 + below(&scenario.seed, 4);

	mail_choose(m, &scenario.seed);
	(void)process_session(m, &none, 0, &scenario.seed);
	mail_settle(m, NEW_MAIL);
	for (; n > 0; n--)
		process_deliver(m, &scenario.seed);
	m->old = m->count;
	if (below(&scenario.seed, 2))
		disk_sync(&machine.journal);
}

static void make_machine(bool used)
{
	disk_set(&machine.journal, "", 0);
	disk_set(&machine.kept, "", 0);
	machine.keeps = below(&scenario.seed, 2);
	machine.kept_limit = UNLIMITED;
	if (below(&scenario.seed, 4) == 0)
		machine.kept_limit = mail_size(&scenario.mail) / 2;
	disk_set(&machine.mailbox, scenario.mail.text,
	         mail_size(&scenario.mail));
	machine.journal.heads = JOURNAL_SLOT;
	machine.journal_limit = UNLIMITED;
	machine.mailbox_limit = UNLIMITED;
	machine.held = machine.rewritten = 0;
	machine.full = ENOSPC;
	machine.copies_on_write = below(&scenario.seed, 4) == 0;
	machine.unshares = below(&scenario.seed, 2);
	machine.stubborn = false;
	machine.inode = machine.device = 7;
	machine.seed = next_random(&scenario.seed);
	if (below(&scenario.seed, 2))
		machine.journal_limit = 2 * JOURNAL_SLOT;
	for (; used && below(&scenario.seed, 2);)
		use_journal();
}

/* Runs it without a fault, to learn the calls that it makes. */
static void try_scenario(void)
{
	size_t size;

	begin_case(KILLED, &none);
	now.reply =
		process_session(&now.mail, &none, scenario.arrive, &now.seed);
	scenario.calls = machine.calls;
	scenario.allocations = machine.allocations;
	size = (size_t)machine.calls * sizeof(*scenario.events);
	scenario.events = realloc(scenario.events, size);
	if (!scenario.events)
		abort();
	memcpy(scenario.events, machine.events, size);
	check_reply();
	if (now.reply != REPLY_OK)
		count_unclear("-ERR, and nothing was wrong");
	if (process_missed() > 0 && machine.kept_limit == UNLIMITED)
		count_unclear("no copy, and nothing was wrong");
	check_copies();
}

static void run_scenario(uint64_t number)
{
	enum mail_style style;

	scenario.number = scenario.seed = number;
	scenario.cases = 0;
	style = choose_style();
	mail_make(&scenario.mail, style, &scenario.seed);
	scenario.partly = style == MANY;
	scenario.arrive = below(&scenario.seed, 3) ? 0 : 2;
	make_machine(style != MANY);
	mail_choose(&scenario.mail, &scenario.seed);
	machine_save(&scenario.machine);
	scenario.seed = number;
	try_scenario();
	fail_calls();
	shorten_calls();
	fail_allocations();
	kill_at_calls();
	kill_in_writes();
	nest_faults();
	spoil_journals();
	rewrite_mailboxes();
	restore_mailboxes();
	fill_disks();
}

static int report(void)
{
	const struct tally *t;
	long bad = 0;

	for (t = tallies; t < tallies + KINDS; t++) {
		printf("crash: %s cases=%ld lost=%ld doubled=%ld unclear=%ld\n",
		       t->name, t->cases, t->lost, t->doubled, t->unclear);
		bad += t->lost + t->doubled + t->unclear;
	}
	return bad > 0;
}

int main(int argc, char **argv)
{
	long i, n = argc > 1 ? strtol(argv[1], NULL, 10) : 40;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	if (argc == 4 && strcmp(argv[1], "trace") == 0)
		return trace(strtol(argv[2], NULL, 10),
		             strtoull(argv[3], NULL, 10));
	for (i = 0; i < n; i++)
		run_scenario(seed + (uint64_t)i);
	return report();
}
