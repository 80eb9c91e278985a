/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "maildrop/mboxfile.h"
#include "maildrop/mboxremove.h"
#include "process.h"
#include "update/kept.h"
#include "update/keptfile.h"
#include "update/record.h"

static const struct fault none;

/* The process's memory; static, so that it survives siglongjmp. */
static struct mbox box;
static struct journal journal;
static struct kept kept;
static enum recovery recovery;

void process_deliver(struct mail *m, uint64_t *seed)
{
	off_t at = mail_arrive(m, seed);

	disk_write(&machine.mailbox, m->text + at, (size_t)(mail_size(m) - at),
	           machine.mailbox.cache.size);
	disk_sync(&machine.mailbox);
}

static void begin_process(void)
{
	memset(&journal, 0, sizeof(journal));
	journal.fd = JOURNAL;
	journal.size = machine.journal.cache.size;
	mbox_init(&box, 0, false);
	box.fd = MAILBOX;
	recovery = RECOVERY_NOTHING;
}

static bool finish_update(void)
{
	if (!record_idle(&journal))
		return mbox_recover(&box, &journal, &recovery) == MBOX_OK;
	record_trim(&journal);
	return true;
}

/* Does what maildrop_prepare, maildrop_recover and maildrop_scan do. */
static bool log_in(void)
{
	begin_process();
	(void)record_prepare(&journal);
	return finish_update() && mbox_scan(&box, false) == MBOX_OK;
}

static char *write_id(void *with, const struct mbox_message *m, char *to)
{
	(void)with;
	return uidl_text(m->uidl, m->duplicate, to);
}

/* Does what kept_open does. */
static void open_kept(void)
{
	kept_init(&kept);
	if (!machine.keeps)
		return;
	kept.on = true;
	kept.most = (off_t)1 << 40;
	if (machine.kept.cache.size == 0 &&
	    keptfile_set_end(KEPT, KEPTFILE_FIRST) < 0)
		kept.problem = "no file";
	else
		kept.fd = KEPT;
}

/* What a session is given, and its reply. */
struct work {
	struct mail *mail;
	int arrive;
	uint64_t *seed;
	enum reply reply;
};

static void session(void *ctx)
{
	const struct mboxremove_copies copies = {&kept, write_id, NULL};
	struct work *w = ctx;

	w->reply = REPLY_REFUSED;
	open_kept();
	if (!log_in())
		return;
	for (; w->arrive > 0; w->arrive--)
		process_deliver(w->mail, w->seed);
	w->reply = REPLY_ERROR;
	if (recovery != RECOVERY_FOREIGN &&
	    mbox_remove(&box, &journal, w->mail->gone,
	                kept.on ? &copies : NULL) == MBOX_OK)
		w->reply = REPLY_OK;
}

enum reply process_session(struct mail *m, const struct fault *f, int arrive,
                           uint64_t *seed)
{
	struct work w = {.mail = m, .arrive = arrive, .seed = seed};

	return machine_run(f, session, &w) ? w.reply : REPLY_KILLED;
}

uint32_t process_missed(void)
{
	return kept.missed;
}

struct copies {
	uint64_t *digests;
	size_t n, most;
};

static void find_copies(void *ctx)
{
	struct keptfile_copy c = {.message.end = KEPTFILE_FIRST};
	struct copies *to = ctx;

	while (to->n < to->most &&
	       keptfile_next(KEPT, machine.kept.cache.size, c.message.end,
	                     &c) == 1 &&
	       keptfile_is_whole(KEPT, &c) == 1)
		to->digests[to->n++] = c.digest;
}

size_t process_copies(uint64_t *digests, size_t most)
{
	struct copies to = {.digests = digests, .most = most};

	(void)machine_run(&none, find_copies, &to);
	return to.n;
}

static void recover(void *ctx)
{
	enum reply *reply = ctx;

	begin_process();
	*reply = finish_update() ? REPLY_OK : REPLY_ERROR;
}

enum reply process_recover(const struct fault *f, enum recovery *ret)
{
	enum reply reply;
	bool ended;

	ended = machine_run(f, recover, &reply);
	*ret = recovery;
	return ended ? reply : REPLY_KILLED;
}

/* Does the login see the messages of that verdict? */
static bool sees_messages(const struct mail *m, enum verdict v)
{
	struct mbox_message found;
	off_t at = 0;
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < m->count; i++) {
		if (v == NEW_MAIL && mail_is_gone(m, i))
			continue;
		if (n >= box.index.count ||
		    mbox_message(&box, n, &found) != MBOX_OK ||
		    found.start != at)
			return false;
		n++;
		at += m->start[i + 1] - m->start[i];
	}
	return n == box.index.count;
}

/* What a login is to see, and whether it does see it. */
struct look {
	const struct mail *mail;
	enum verdict verdict;
	bool good;
};

static void look(void *ctx)
{
	struct look *l = ctx;

	l->good = log_in() && recovery == RECOVERY_NOTHING &&
	          (l->verdict == PARTLY || sees_messages(l->mail, l->verdict));
}

bool process_look(const struct mail *m, enum verdict v)
{
	struct look l = {.mail = m, .verdict = v};

	return machine_run(&none, look, &l) && l.good;
}

static void ask_pending(void *ctx)
{
	bool *pending = ctx;

	begin_process();
	*pending = !record_idle(&journal);
}

bool process_pending(void)
{
	bool pending = true;

	(void)machine_run(&none, ask_pending, &pending);
	return pending;
}
