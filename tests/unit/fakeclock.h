/* SPDX-License-Identifier: ISC */
/*
 * A clock for tests, in place of deadline.c's: linked with --wrap, all of the
 * program asks it.  Sleeping sets it.
 */
#ifndef FAKECLOCK_H
#define FAKECLOCK_H

#include "base/deadline.h"

static deadline_t fake_now = 1000000;
static deadline_t fake_slept; /* until when, the last time */
static deadline_t fake_spent; /* passes after the next look at it */

deadline_t __wrap_deadline_now(void);
deadline_t __wrap_deadline_in(int seconds);
int __wrap_deadline_left(deadline_t d);
void __wrap_deadline_sleep_until(deadline_t d);

deadline_t __wrap_deadline_now(void)
{
	deadline_t ret = fake_now;

	fake_now += fake_spent;
	fake_spent = 0;
	return ret;
}

deadline_t __wrap_deadline_in(int seconds)
{
	return fake_now + (deadline_t)seconds * 1000;
}

int __wrap_deadline_left(deadline_t d)
{
	return d > fake_now ? (int)(d - fake_now) : 0;
}

void __wrap_deadline_sleep_until(deadline_t d)
{
	fake_slept = d;
	fake_now = d > fake_now ? d : fake_now;
}

#endif
