/* SPDX-License-Identifier: ISC */
/*
 * Logs lines for the administrator, one for each event: to standard error if
 * somebody reads that (a terminal, a pipe or a file), or else to the journal
 * with fields, or else to syslog.  Functions that return an error do not log
 * it; the one that handles it logs it, once.
 *
 *     log_begin(LOG_LOGIN_FAILED);
 *     log_field("rip", "%s", rip);
 *     log_quoted("user", name);
 *     log_end();
 *
 * logs "login failed: rip=192.0.2.7 user="alice"" and, in the journal, also
 * the fields ONEPOP_RIP and ONEPOP_USER.  Only one line can be begun at a time.
 */
#ifndef ONEPOP_LOG_H
#define ONEPOP_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_event {
	LOG_LOGIN_OK,
	LOG_LOGIN_FAILED,
	LOG_SESSION_END,
	LOG_SESSION_REFUSED, /* ended before a login, by us */
	LOG_MAILBOX_ERROR,
	LOG_MAILBOX_CHANGED,   /* by another program, during a session */
	LOG_MAILBOX_RECOVERED, /* an interrupted update was finished */
	LOG_JOURNAL_ASIDE,     /* it could not be finished: set aside */
	LOG_JOURNAL_KEPT,      /* its mailbox is not there now */
	LOG_DELETING,          /* messages that the update removes */
	LOG_NOT_KEPT,          /* some of them have no copy */
	LOG_SETUP_ERROR        /* options, PAM, state: for the administrator */
};

#define LOG_QUOTED_MAX 64  /* octets of a quoted value; the rest is cut */
#define LOG_PATH_MAX   320 /* the same, of a path */
#define LOG_WAIT       200 /* milliseconds that a line may wait */

/*
 * Chooses the transport and connects it, so that it works behind a chroot.
 * connection is the client's descriptor, which is never logged to, or -1.
 * errno stays as it is.
 */
void log_open(int connection);

/* Returns the descriptor to which the log is sent, or -1. */
int log_descriptor(void);

/* Starts a line; drops one that was begun and not ended. */
void log_begin(enum log_event event);

/* Adds key=value.  The value must be ours and have no blanks or quotes. */
void log_field(const char *key, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Adds key="value" for text from outside: escapes quotes, backslashes, control
 * characters and octets over 126, and cuts at LOG_QUOTED_MAX octets.  NULL is
 * logged as key=?, for text that must not be logged.
 */
void log_quoted(const char *key, const char *value);

/*
 * Adds user="login", the name that the client sent; and before it, where that
 * differs, account="account", the user's name here.
 */
void log_user(const char *login, const char *account);

/* As log_quoted, cut at LOG_PATH_MAX octets: for a path, or text that has one.
 */
void log_path(const char *key, const char *value);

/*
 * Returns whether the line has room for a quoted value of n octets, whatever
 * they are.  A value without room is left out.
 */
bool log_has_room(size_t n);

/*
 * Sends the line.  If the log does not accept it, waits at most LOG_WAIT, then
 * drops it.  Later lines are dropped without waiting until the log accepts one.
 */
void log_end(void);

/*
 * Logs a line with the one field reason="...": log_begin to log_end.  The
 * reason may be longer than other quoted values.
 */
void log_error(enum log_event event, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The same in two steps: log_keep_error makes the line and keeps it in place of
 * the last one, log_send_kept sends it.  A signal handler may call
 * log_send_kept.
 */
void log_keep_error(enum log_event event, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void log_send_kept(void);

#endif
