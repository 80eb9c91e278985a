/* SPDX-License-Identifier: ISC */
#include "base/version.h"

const char version[] = ONEPOP_VERSION;
