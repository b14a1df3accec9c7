/* Logarithm of the softmax over the last dimension, int8 → int8 with scale 1/16 and zero point 127.
 *
 * input, output: int8 [rows, depth]; they may be the same memory. 1 <= depth <= 4095.
 * For a difference d to the row's maximum, exps[d] is exp(-d * scale) as a fraction of 2^31 and
 * scaled[d] is -d * scale in units of 2^-26; from exp_count and scaled_count on neither counts. */
#ifndef TD_LOG_SOFTMAX_S8_H
#define TD_LOG_SOFTMAX_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t exp_count;    /* [1, 256] */
  int32_t scaled_count; /* [1, 256] */
  const int32_t *exps;
  const int32_t *scaled;
} td_log_softmax_s8_params;

void td_log_softmax_s8(const td_log_softmax_s8_params *p, const int8_t *input, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
