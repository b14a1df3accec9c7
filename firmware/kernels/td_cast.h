/* Numbers of one type as those of another, without scales: integers keep their low bits.
 *
 * input, output: `size` elements of a kind each: 1, 2 or 4 bytes of an integer, 0 for float32. A
 * float is cut towards 0 and saturates, which the reference leaves undefined. */
#ifndef TD_CAST_H
#define TD_CAST_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  int8_t input_kind;
  int8_t output_kind;
} td_cast_params;

void td_cast(const td_cast_params *p, const void *input, void *output);

#ifdef __cplusplus
}
#endif
#endif
