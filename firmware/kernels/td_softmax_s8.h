/* Softmax over the last dimension, int8 → int8 with scale 1/256 and zero point -128.
 *
 * input, output: int8 [rows, depth]; they may be the same memory. 1 <= depth <= 4095.
 * exps[d] is exp(-d * scale * beta) as a fraction of 2^31, for the difference d to the row's
 * maximum; differences of exp_count and more count as 0. */
#ifndef TD_SOFTMAX_S8_H
#define TD_SOFTMAX_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t exp_count; /* [1, 256] */
  const int32_t *exps;
} td_softmax_s8_params;

void td_softmax_s8(const td_softmax_s8_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
