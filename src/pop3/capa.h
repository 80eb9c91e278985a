/* CAPA (RFC 2449): what this server can do, the same in both states. */
#ifndef ONEPOP_CAPA_H
#define ONEPOP_CAPA_H

#include "pop3/session.h"

enum state serve_capa(struct session *s, struct command *c);

#endif
