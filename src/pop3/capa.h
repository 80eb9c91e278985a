/* SPDX-License-Identifier: ISC */
/* CAPA (RFC 2449): lists what this server can do, in both states. */
#ifndef ONEPOP_CAPA_H
#define ONEPOP_CAPA_H

#include "pop3/session.h"

verb_fn serve_capa;

#endif
