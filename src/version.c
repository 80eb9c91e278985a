#include "version.h"

const char version[] = ONEPOP_VERSION;
