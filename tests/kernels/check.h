/* What a kernel test program says: one line a case, `ok NAME` or `FAIL NAME …`. */
#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>
#include <stdint.h>

/* The platform's: print `text`. */
void say(const char *text);

void check_begin(const char *name);
void check_bytes(int32_t sample, const void *got, const void *want, size_t size);
/* float32 values: each within 64 * 2^-23 of the largest wanted magnitude; NaN and infinity as
 * wanted. */
void check_floats(int32_t sample, const void *got, const void *want, size_t size);
void check_end(void);

/* Generated: runs every case. */
void run_cases(void);

#endif
