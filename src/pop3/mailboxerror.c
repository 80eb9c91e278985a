#include <inttypes.h>
#include <sysexits.h>

#include "base/log.h"
#include "pop3/mailboxerror.h"
#include "pop3/reply.h"
#include "pop3/session.h"

/*
 * What is told when; MAILDROP_ERROR, the last of its occasion, for all else.
 * IN-USE is for logins only (RFC 2449, section 8.1.2), but "lock" is in all
 * that a lock has caused: clients look for it, and try later.
 */
static const struct told {
	enum mailboxerror occasion;
	enum maildrop_status status;
	const char *code, *text;
} told[] = {
	{MAILBOXERROR_LOGIN, MAILDROP_SESSION, "IN-USE",
         "mailbox is locked by another session"},
	{MAILBOXERROR_LOGIN, MAILDROP_BUSY, "IN-USE",
         "mailbox is locked by another program"},
	{MAILBOXERROR_LOGIN, MAILDROP_REFUSED, "SYS/PERM",
         "mailbox cannot be served: the administrator must look at it"},
	{MAILBOXERROR_LOGIN, MAILDROP_STATE, "SYS/PERM",
         "mailbox cannot be served: the administrator must look at the "
         "server's own files of it"},
	{MAILBOXERROR_LOGIN, MAILDROP_STATE_FAILED, "SYS/TEMP",
         "the server's own files of the mailbox cannot be used now"},
	{MAILBOXERROR_LOGIN, MAILDROP_ERROR, "SYS/TEMP",
         "mailbox cannot be read"},

	{MAILBOXERROR_MESSAGE, MAILDROP_BUSY, "SYS/TEMP",
         "mailbox is locked by another program"},
	{MAILBOXERROR_MESSAGE, MAILDROP_CHANGED, "SYS/TEMP",
         "another program changed the mailbox: log in again"},
	{MAILBOXERROR_MESSAGE, MAILDROP_STATE_FAILED, "SYS/TEMP",
         "the server's own files of the mailbox cannot be read"},
	{MAILBOXERROR_MESSAGE, MAILDROP_ERROR, "SYS/TEMP",
         "mailbox cannot be read"},

	{MAILBOXERROR_UPDATE, MAILDROP_BUSY, "SYS/TEMP",
         "mailbox is locked by another program: nothing was deleted"},
	{MAILBOXERROR_UPDATE, MAILDROP_CHANGED, "SYS/TEMP",
         "another program changed the mailbox: nothing was deleted"},
	{MAILBOXERROR_UPDATE, MAILDROP_ASIDE, "SYS/PERM",
         "an earlier deletion was interrupted: nothing was deleted, "
         "the administrator must look at the mailbox"},
	{MAILBOXERROR_UPDATE, MAILDROP_STATE_FAILED, "SYS/TEMP",
         "the server's own files of the mailbox cannot be used now: "
         "deleted messages may not have been removed"},
	{MAILBOXERROR_UPDATE, MAILDROP_ERROR, "SYS/TEMP",
         "deleted messages may not have been removed"},
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
	log_path("reason", s->maildrop.why);
	log_path("mailbox", s->maildrop.path.path);
	log_quoted("user", s->account.name);
	log_end();
}

void mailboxerror_tell(struct session *s, enum mailboxerror occasion,
                       enum maildrop_status status, uint32_t message)
{
	const struct told *t = told;

	while (t->occasion != occasion ||
	       (t->status != status && t->status != MAILDROP_ERROR))
		t++;
	mailboxerror_log(s, status, message);
	reply_err(&s->stream, t->code, "%s", t->text);
}
