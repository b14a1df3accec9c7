/* Text for the wire without printf: a reply costs no heap and a few bytes of stack. */
#ifndef TD_TEXT_H
#define TD_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* The CRC-32 of all text since td_text_sum_start(), as a line of its own. */
void td_text_sum_start(void);
void td_text_sum(void);

void td_text(const char *text);
void td_text_unsigned(uint64_t value);
void td_text_signed(int32_t value);
void td_text_hex(uint32_t value, uint32_t digits);
/* With three decimals, rounded half away from zero; values beyond 2^21 are clamped. */
void td_text_milli(float value);

/* The decimal number that `*text` starts with, 0 to 2^32-1; moves `*text` past it. Returns 0 when
 * there is none or it is too large. */
int td_parse_unsigned(const char **text, uint32_t *value);
/* C's atoi without its undefined overflow: leading blanks, a sign, digits; clamped. */
int32_t td_parse_signed(const char *text);
/* 0 to 15, or -1. */
int td_parse_hex(char digit);

#endif
