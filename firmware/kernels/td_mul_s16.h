/* Product of two int16 tensors with zero points of 0, each input broadcast by its strides.
 *
 * input1, input2, output: int16. `shape` is the output's, outermost first; element [a, b, c, d] of
 * an input lies at a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3], with stride 0
 * where it is broadcast. The output is dense and may be the memory of an input that is not
 * broadcast. */
#ifndef TD_MUL_S16_H
#define TD_MUL_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
  int32_t multiplier;
  int8_t shift;
  int16_t activation_min;
  int16_t activation_max;
} td_mul_s16_params;

void td_mul_s16(const td_mul_s16_params *p, const int16_t *input1, const int16_t *input2,
                int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
