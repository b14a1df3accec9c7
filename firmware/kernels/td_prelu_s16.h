/* An int16 tensor, zero point 0, whose negative elements are multiplied by int8 slopes, each input
 * broadcast by its strides.
 *
 * input1 int16, input2 int8, output int16. `shape` is the output's, outermost first; element [a, b,
 * c, d] of an input lies at a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3], with
 * stride 0 where it is broadcast. The output is dense and may be the memory of an input that is not
 * broadcast. */
#ifndef TD_PRELU_S16_H
#define TD_PRELU_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
  int32_t multiplier; /* of elements that are not negative */
  int32_t negative_multiplier;
  int8_t shift;
  int8_t negative_shift;
  int16_t offset2; /* minus the slopes' zero point: [-127, 128] */
} td_prelu_s16_params;

void td_prelu_s16(const td_prelu_s16_params *p, const int16_t *input1, const int8_t *input2,
                  int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
