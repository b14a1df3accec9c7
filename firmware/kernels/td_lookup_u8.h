/* A table for each of 256 values: any operator that maps 8-bit elements one by one.
 *
 * input, output: int8 or uint8, `size` elements; they may be the same memory.
 * table: indexed by the input's byte as unsigned, so int8 values run 0 … 127, -128 … -1. */
#ifndef TD_LOOKUP_U8_H
#define TD_LOOKUP_U8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
} td_lookup_u8_params;

void td_lookup_u8(const td_lookup_u8_params *p, const void *input, const void *table, void *output);

#ifdef __cplusplus
}
#endif
#endif
