/* Softmax over the last dimension, int16.
 *
 * input  int16 [rows, depth]
 * output int16 [rows, depth], fractions of 2^15; may be the input's memory
 *
 * Both tables have 512 steps, between which is a straight line: exps[k] is exp((k - 512) / 51.2),
 * reciprocals[k] is 1 / (1 + k / 512), fractions of 2^15. */
#ifndef TD_SOFTMAX_S16_H
#define TD_SOFTMAX_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t rows;
  int32_t depth;
  int32_t multiplier; /* of a difference to a row's largest, to 65535 steps of 10 */
  int8_t shift;
  const int16_t *exps;        /* [513] */
  const int16_t *reciprocals; /* [513] */
} td_softmax_s16_params;

void td_softmax_s16(const td_softmax_s16_params *p, const int16_t *input, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
