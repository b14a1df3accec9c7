/* An int8 tensor whose negative elements are multiplied by slopes, both broadcast.
 *
 * input1, input2, output: int8. `shape` is the output's, outermost first; element [a, b, c, d] of
 * an input lies at a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3], with stride 0
 * where it is broadcast. The output is dense and may be the memory of an input that is not
 * broadcast.
 *
 * input1 are the values, input2 the slopes. */
#ifndef TD_PRELU_S8_H
#define TD_PRELU_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
  int32_t multiplier; /* of what is not negative */
  int32_t negative_multiplier;
  int8_t shift;
  int8_t negative_shift;
  int16_t offset1; /* minus the zero points: [-127, 128] */
  int16_t offset2;
  int16_t output_offset; /* the output's zero point: [-128, 127] */
} td_prelu_s8_params;

void td_prelu_s8(const td_prelu_s8_params *p, const int8_t *input1, const int8_t *input2,
                 int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
