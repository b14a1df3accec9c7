/* Softmax over the last dimension as td_softmax_s8, whose table is larger than this kernel: it
 * computes the exponentials.
 *
 * input, output int8 [rows, depth]; they may be the same memory. 1 <= depth <= 4095.
 * scratch       4-aligned, 4 * depth bytes
 *
 * A difference d to the row's maximum counts as exp(-d * scale * beta) where it is less than
 * exp_count, else as 0. scale * beta is `multiplier` * 2^(left_shift - 31) with 5 integer bits of
 * 31. */
#ifndef TD_SOFTMAX_FEW_S8_H
#define TD_SOFTMAX_FEW_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t multiplier;
  int16_t rows;
  int16_t depth;
  int16_t exp_count; /* [1, 256] */
  int16_t left_shift;
} td_softmax_few_s8_params;

void td_softmax_few_s8(const td_softmax_few_s8_params *p, const int8_t *input, int8_t *output,
                       void *scratch);

#ifdef __cplusplus
}
#endif
#endif
