/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "adopt/adoptjoin.h"

#include "admin/asciitext.h"
#include "admin/crew.h"
#include "adopt/idlist.h"
#include "adopt/idpair.h"
#include "adopt/mailboxkeys.h"
#include "base/deadline.h"
#include "base/decimal.h"
#include "base/fileio.h"
#include "base/lock.h"
#include "config/options.h"
#include "maildrop/maildrop.h"
#include "maildrop/mbox.h"
#include "mbox/uidl.h"
#include "oldid/oldid.h"
#include "sandbox/privileges.h"
#include "sandbox/sandbox.h"
#include "update/recovery.h"

/* A child's number of the result's file: the sandbox keeps low numbers. */
#define OUT STDOUT_FILENO

#define BUFFER 65536 /* octets of pairs that are written at once */

/* Octets of a line of two ids that differ, and a NUL. */
#define DIFFERENCE (DECIMAL_DIGITS + 2 * ADOPTED_ID + 4)

_Static_assert(sizeof(struct adoptjoin_result) <= ADOPTJOIN_PAIRS,
               "the result is before the pairs");
_Static_assert((int)OLDID_OCTETS == ADOPTED_ID, "both are RFC 1939's");

/* A join at work. */
struct join {
	const struct adoptjoin *given;
	struct maildrop *maildrop;
	struct adoptjoin_result result;
	uint32_t number; /* of the next message that nobody told of */
	struct maildrop_message message;
	char buffer[BUFFER];
	size_t n;
};

/* A mailbox with what a digest is made of. */
static const char sample[] = "From a@b Thu Jan  1 00:00:00 2026\n"
			     "Message-ID: <a@b>\nX-UIDL: x\n\ntext\n";

static int take_nothing(void *to, const struct oldid *o)
{
	(void)to;
	(void)o;
	return 0;
}

int adoptjoin_begin(const struct oldid_format *f)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct oldid_guess guess;
	int fd, result = -1, error;

	/* The first one reads openssl.cnf. */
	(void)EVP_Digest("", 0, digest, NULL, EVP_md5(), NULL);
	(void)EVP_Digest("", 0, digest, NULL, EVP_sha1(), NULL);
	fd = memfd_create("sample", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fileio_pwrite(fd, sample, sizeof(sample) - 1, 0) == 0)
		result = f ? oldid_scan(f, fd, sizeof(sample) - 1, take_nothing,
		                        NULL)
		           : oldid_guess(fd, sizeof(sample) - 1, &guess);
	error = errno;
	(void)close(fd);
	errno = error;
	return result == -1 ? -1 : 0;
}

int adoptjoin_file(void)
{
	int fd;

	fd = memfd_create("adopt", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd >= 0 &&
	    (ftruncate(fd, (off_t)ADOPTED_MOST) < 0 ||
	     fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Returns how the child ends. */
static enum adoptjoin_end end_with(struct join *j, enum adoptjoin_end end,
                                   const char *problem)
{
	j->result.recovery = (uint32_t)j->maildrop->recovery;
	(void)snprintf(j->result.problem, sizeof(j->result.problem), "%s",
	               problem ? problem : "");
	if (problem)
		j->result.octets = 0;
	if (fileio_pwrite(OUT, &j->result, sizeof(j->result), 0) < 0)
		return ADOPTJOIN_SILENT;
	return end;
}

static enum adoptjoin_end end_with_errno(struct join *j, const char *step)
{
	char problem[ADOPTJOIN_REASON];

	(void)snprintf(problem, sizeof(problem), "%s: %s", step,
	               strerrordesc_np(errno));
	return end_with(j, ADOPTJOIN_PROBLEM, problem);
}

void adoptjoin_count_note(struct adoptjoin_note *n, const char *reason,
                          uint32_t messages)
{
	struct adoptjoin_note *const last = n + ADOPTJOIN_NOTES - 1;

	if (messages == 0)
		return;
	while (n < last && n->messages > 0 && strcmp(n->reason, reason) != 0)
		n++;
	if (n == last)
		reason = "for other reasons";
	(void)snprintf(n->reason, sizeof(n->reason), "%s", reason);
	n->messages += messages;
}

static int flush_pairs(struct join *j)
{
	const off_t at = ADOPTJOIN_PAIRS + (off_t)j->result.octets;

	if (fileio_pwrite(OUT, j->buffer, j->n, at) < 0)
		return -1;
	j->result.octets += (uint32_t)j->n;
	j->n = 0;
	return 0;
}

static int write_pair(struct join *j, const char *id)
{
	const struct mbox_message *m = &j->message.listed;
	const size_t n = strlen(id);
	char *to;

	if (j->n > BUFFER - ADOPTED_LINE - 1 && flush_pairs(j) < 0)
		return -1;
	to = uidl_text(m->uidl, m->duplicate, j->buffer + j->n);
	*to++ = '\t';
	memcpy(to, id, n + 1);
	to[n] = '\n';
	j->n = (size_t)(to + n + 1 - j->buffer);
	return 0;
}

/* Gets the next message.  Returns whether there is one. */
static bool next_message(struct join *j)
{
	return j->number <= j->maildrop->count &&
	       maildrop_message(j->maildrop, j->number, &j->message) ==
	               MAILDROP_OK;
}

/* Gives the message that id.  Returns 0, or -1 with errno. */
static int give_id(struct join *j, const char *id)
{
	if (!adopted_is_own(id, strlen(id)))
		return write_pair(j, id);
	adoptjoin_count_note(j->result.notes,
	                     "its old id has the form of onepop's own", 1);
	return 0;
}

#define UNSEEN "the old server took it for a part of another message"

/* An oldid_found_fn.  Both have their messages in the file's order. */
static int join_one(void *to, const struct oldid *o)
{
	struct join *j = to;

	while (next_message(j) && j->message.listed.start < o->at) {
		adoptjoin_count_note(j->result.notes, UNSEEN, 1);
		j->number++;
	}
	if (!next_message(j) || j->message.listed.start != o->at) {
		j->result.foreign++;
		return 0;
	}
	j->number++;
	if (!o->id[0] || o->note) {
		adoptjoin_count_note(j->result.notes,
		                     o->note ? o->note : "its id is not known",
		                     1);
		return 0;
	}
	return give_id(j, o->id);
}

/* Nothing that was told counts. */
static int forget_pairs(struct join *j, const char *reason)
{
	memset(j->result.notes, 0, sizeof(j->result.notes));
	j->result.foreign = j->result.octets = 0;
	j->n = 0;
	adoptjoin_count_note(j->result.notes, reason, j->maildrop->count);
	return 0;
}

/* Returns 0, or -1 with errno. */
static int join_ids(struct join *j, const struct oldid_format *format, int fd,
                    off_t size)
{
	int status;

	j->number = 1;
	status = oldid_scan(format, fd, size, join_one, j);
	if (status == OLDID_REFUSED)
		return forget_pairs(
			j, "the old server would not open the mailbox");
	if (status == OLDID_RENUMBERED)
		return forget_pairs(
			j, "the old server would give all messages new ids");
	if (status != 0)
		return -1;
	for (; next_message(j); j->number++)
		adoptjoin_count_note(j->result.notes, UNSEEN, 1);
	return flush_pairs(j);
}

/* Why a message has no partner in a list (idpair.h), by the kind of key. */
static const char *partner_problem(enum headerkey_kind kind, uint32_t partner)
{
	const bool header = kind == HEADERKEY_HEADER;

	if (kind == HEADERKEY_NONE)
		return "the old server's list has another number of messages, "
		       "and order alone cannot tell which ones are missing";
	if (partner == IDPAIR_KEYLESS)
		return header ? "it has no header to recognise it by"
		              : "it has no Message-ID";
	if (partner == IDPAIR_ALONE)
		return header ? "the old server's list has no message with its "
		                "header"
		              : "the old server's list has no message with its "
		                "Message-ID";
	return header ? "the old server's list has another number of messages "
	                "with its header"
	              : "the old server's list has another number of messages "
	                "with its Message-ID";
}

/* Returns 0, or -1 with errno. */
static int give_partners(struct join *j, const uint32_t *partners)
{
	const struct idlist *l = j->given->list;
	uint32_t partner;

	for (j->number = 1; j->number <= j->maildrop->count; j->number++) {
		partner = partners[j->number - 1];
		if (partner >= IDPAIR_LEAST) {
			adoptjoin_count_note(j->result.notes,
			                     partner_problem(l->kind, partner),
			                     1);
			continue;
		}
		if (!next_message(j) || give_id(j, idlist_id(l, partner)) < 0)
			return -1;
		j->result.foreign--;
	}
	return flush_pairs(j);
}

/* Returns 0, or -1 with errno. */
static int write_difference(struct join *j, const char *ours, size_t n,
                            const char *theirs)
{
	char *const to = j->buffer + j->n;

	j->n += (size_t)sprintf(to, "%u\t%.*s\t%s\n", (unsigned int)j->number,
	                        (int)n, ours, theirs);
	return j->n > BUFFER - DIFFERENCE ? flush_pairs(j) : 0;
}

/* Returns 0, or -1 with errno. */
static int compare_partners(struct join *j, const uint32_t *partners)
{
	const struct idlist *l = j->given->list;
	char ours[MAILDROP_ID];
	const char *theirs;
	uint32_t others = 0;
	size_t n;

	j->result.foreign = (uint32_t)l->n;
	for (j->number = 1; j->number <= j->maildrop->count; j->number++) {
		if (!next_message(j))
			return -1;
		theirs = "";
		if (partners[j->number - 1] < IDPAIR_LEAST) {
			theirs = idlist_id(l, partners[j->number - 1]);
			j->result.foreign--;
		}
		n = (size_t)(maildrop_unique_id(j->maildrop, &j->message,
		                                ours) -
		             ours);
		if (n == strlen(theirs) && memcmp(ours, theirs, n) == 0)
			j->result.equal++;
		else if (others++ < ADOPTJOIN_DIFFERENCES &&
		         write_difference(j, ours, n, theirs) < 0)
			return -1;
	}
	return flush_pairs(j);
}

/* Returns 0, or -1 with errno. */
static int join_list(struct join *j, int fd)
{
	const struct idlist *l = j->given->list;
	const uint32_t n = j->maildrop->count;
	struct headerkey *keys = calloc(n, sizeof(*keys));
	uint32_t *partners = calloc(n, sizeof(*partners));
	int result = -1;

	if (keys && partners)
		result = 0;
	if (result == 0 && l->kind != HEADERKEY_NONE)
		result = mailboxkeys_read(j->maildrop, fd, l->kind, keys);
	if (result == 0)
		result = idpair_make(l, keys, n, partners);
	if (result == 0)
		result = j->given->compare ? compare_partners(j, partners)
		                           : give_partners(j, partners);
	free(keys);
	free(partners);
	return result;
}

/*
 * The messages are listed.  The caller has the mailbox locked, and it is what
 * was listed.
 */
static enum adoptjoin_end adopt_locked(struct join *j, int fd, off_t size)
{
	const struct oldid_format *format = j->given->format;
	struct oldid_guess guess;

	if (j->given->list)
		return join_list(j, fd) < 0 ? end_with_errno(j, "mailbox")
		                            : end_with(j, ADOPTJOIN_DONE, NULL);
	if (!format) {
		if (oldid_guess(fd, size, &guess) < 0)
			return end_with_errno(j, "mailbox");
		if (!guess.format)
			return end_with(j, ADOPTJOIN_PROBLEM, guess.reason);
		(void)snprintf(j->result.guess, sizeof(j->result.guess), "%s",
		               guess.reason);
		format = guess.format;
	}
	(void)snprintf(j->result.format, sizeof(j->result.format), "%s",
	               format->name);
	if (join_ids(j, format, fd, size) < 0)
		return end_with_errno(j, "mailbox");
	return end_with(j, ADOPTJOIN_DONE, NULL);
}

static enum adoptjoin_end end_with_status(struct join *j,
                                          enum maildrop_status status)
{
	return end_with(
		j, status == MAILDROP_BUSY ? ADOPTJOIN_BUSY : ADOPTJOIN_PROBLEM,
		j->maildrop->problem);
}

/* Lists the messages, and locks the mailbox as it was then. */
static enum adoptjoin_end adopt_mailbox(struct join *j, int fd)
{
	const int timeout = j->given->options->lock_timeout;
	struct maildrop *d = j->maildrop;
	enum maildrop_status status;
	struct stat before, now;

	status = maildrop_recover(d);
	if (status == MAILDROP_OK && fileio_fstat(fd, &before) < 0)
		return end_with_errno(j, "mailbox");
	if (status == MAILDROP_OK)
		status = maildrop_scan(d);
	if (status != MAILDROP_OK)
		return end_with_status(j, status);
	j->result.messages = d->count;
	if (d->count == 0)
		return end_with(j, ADOPTJOIN_DONE, NULL);
	if (lock_file(fd, LOCK_SHARED, deadline_in(timeout)) < 0)
		return end_with(j, ADOPTJOIN_BUSY,
		                "it is locked by another program");
	if (fileio_fstat(fd, &now) < 0)
		return end_with_errno(j, "mailbox");
	if (!mbox_is_same(&before, &now))
		return end_with(j, ADOPTJOIN_BUSY,
		                "another program has just changed it");
	return adopt_locked(j, fd, now.st_size);
}

/* As a session does after the switch.  Returns NULL, or the problem. */
static const char *confine(struct join *j)
{
	struct sandbox_files files = {.keep = NULL};

	maildrop_descriptors(j->maildrop, &files.mailbox, &files.journal,
	                     &files.index);
	return sandbox_mail(j->given->options, &files);
}

int adoptjoin_child(void *with)
{
	static struct join j;
	const struct adoptjoin *g = with;
	enum maildrop_status status;
	const char *problem;
	int *fds[3];

	j.given = g;
	j.maildrop = g->maildrop;
	if (g->list)
		j.result.foreign = (uint32_t)g->list->n;
	if (dup2(g->out, OUT) < 0)
		return ADOPTJOIN_SILENT;
	problem = privileges_switch(g->uid, g->gid, g->options->chroot);
	if (!problem && crew_bind() < 0)
		problem = "PR_SET_PDEATHSIG";
	if (problem)
		return end_with_errno(&j, problem);
	status = maildrop_open(j.maildrop);
	if (status != MAILDROP_OK)
		return end_with_status(&j, status);
	maildrop_descriptors(j.maildrop, &fds[0], &fds[1], &fds[2]);
	if (*fds[0] < 0)
		return end_with(&j, ADOPTJOIN_DONE, NULL); /* no mailbox */
	problem = confine(&j);
	if (problem)
		return end_with_errno(&j, problem);
	return adopt_mailbox(&j, *fds[0]);
}

/* The messages that notes speak of cannot be more than there are. */
static bool is_possible(struct adoptjoin_result *r)
{
	uint64_t messages = 0;
	size_t i;

	for (i = 0; i < ADOPTJOIN_NOTES; i++) {
		asciitext_clean(r->notes[i].reason, sizeof(r->notes[i].reason));
		messages += r->notes[i].messages;
	}
	asciitext_clean(r->format, sizeof(r->format));
	asciitext_clean(r->guess, sizeof(r->guess));
	asciitext_clean(r->problem, sizeof(r->problem));
	return messages <= r->messages && r->equal <= r->messages &&
	       r->recovery <= (uint32_t)RECOVERY_ERROR &&
	       r->octets <= ADOPTED_MOST - ADOPTJOIN_PAIRS;
}

int adoptjoin_read(int fd, struct adoptjoin_result *ret, char **pairs)
{
	*pairs = NULL;
	errno = EBADMSG;
	if (fileio_pread(fd, ret, sizeof(*ret), 0) != sizeof(*ret) ||
	    !is_possible(ret))
		return -1;
	*pairs = malloc((size_t)ret->octets + 1);
	if (!*pairs)
		return -1;
	if (fileio_pread(fd, *pairs, ret->octets, ADOPTJOIN_PAIRS) ==
	    (ssize_t)ret->octets)
		return 0;
	free(*pairs);
	*pairs = NULL;
	errno = EBADMSG;
	return -1;
}
