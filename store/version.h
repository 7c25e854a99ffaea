/*
 * Which libraries a store is read and written with, for those who report a fault.
 */
#ifndef STORE_VERSION_H
#define STORE_VERSION_H

#include "store/base/buffer.h"

/* Appends a line for each library in use: its name and its version, as it says itself. */
void store_versions(struct buffer *ret_text);

#endif
