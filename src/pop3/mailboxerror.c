/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <sysexits.h>

#include "base/log.h"
#include "pop3/mailboxerror.h"
#include "pop3/reply.h"
#include "pop3/session.h"

/*
 * MAILDROP_ERROR ends each group, and stands for the statuses that the group
 * does not name.
 * IN-USE is for logins only (RFC 2449, section 8.1.2).  A reply about a lock
 * has the word "lock": clients look for it, and try again later.
 */
static const struct mailbox_reply {
	enum mailboxerror when;
	enum maildrop_status status;
	const char *code, *text;
} replies[] = {
	{MAILBOXERROR_LOGIN, MAILDROP_SESSION, "IN-USE",
         "mailbox is locked by another session"},
	{MAILBOXERROR_LOGIN, MAILDROP_BUSY, "IN-USE",
         "mailbox is locked by another program"},
	{MAILBOXERROR_LOGIN, MAILDROP_REFUSED, "SYS/PERM",
         "mailbox cannot be served; contact the administrator"},
	{MAILBOXERROR_LOGIN, MAILDROP_STATE, "SYS/PERM",
         "mailbox cannot be served (state files); contact the administrator"},
	{MAILBOXERROR_LOGIN, MAILDROP_STATE_FAILED, "SYS/TEMP",
         "mailbox cannot be served (state files); try again later"},
	{MAILBOXERROR_LOGIN, MAILDROP_ERROR, "SYS/TEMP",
         "mailbox cannot be read; try again later"},

	{MAILBOXERROR_MESSAGE, MAILDROP_BUSY, "SYS/TEMP",
         "mailbox is locked by another program; try again later"},
	{MAILBOXERROR_MESSAGE, MAILDROP_CHANGED, "SYS/TEMP",
         "another program changed the mailbox; log in again"},
	{MAILBOXERROR_MESSAGE, MAILDROP_STATE_FAILED, "SYS/TEMP",
         "mailbox cannot be read (state files); try again later"},
	{MAILBOXERROR_MESSAGE, MAILDROP_ERROR, "SYS/TEMP",
         "mailbox cannot be read; try again later"},

	{MAILBOXERROR_UPDATE, MAILDROP_BUSY, "SYS/TEMP",
         "mailbox is locked by another program; nothing was deleted"},
	{MAILBOXERROR_UPDATE, MAILDROP_CHANGED, "SYS/TEMP",
         "another program changed the mailbox; nothing was deleted"},
	{MAILBOXERROR_UPDATE, MAILDROP_ASIDE, "SYS/PERM",
         "an earlier deletion was interrupted; nothing was deleted; "
         "contact the administrator"},
	{MAILBOXERROR_UPDATE, MAILDROP_STATE_FAILED, "SYS/TEMP",
         "mailbox cannot be written (state files); "
         "some deleted messages may remain"},
	{MAILBOXERROR_UPDATE, MAILDROP_ERROR, "SYS/TEMP",
         "mailbox cannot be written; some deleted messages may remain"},
};

void mailboxerror_log(struct session *s, enum maildrop_status status,
                      uint32_t message)
{
	if (status == MAILDROP_STATE)
		s->exit_status = EX_CONFIG;
	log_begin(status == MAILDROP_CHANGED ? LOG_MAILBOX_CHANGED
	                                     : LOG_MAILBOX_ERROR);
	client_log(&s->client);
	if (message > 0)
		log_field("message", "%" PRIu32, message);
	log_path("reason", s->maildrop.problem);
	log_path("mailbox", s->maildrop.path.path);
	log_user(s->account.login, s->account.name);
	log_end();
}

void mailboxerror_reply(struct session *s, enum mailboxerror when,
                        enum maildrop_status status, uint32_t message)
{
	const struct mailbox_reply *r = replies;

	while (r->when != when ||
	       (r->status != status && r->status != MAILDROP_ERROR))
		r++;
	mailboxerror_log(s, status, message);
	reply_err(&s->stream, r->code, "%s", r->text);
}
