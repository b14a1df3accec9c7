/* Square of the difference of two int8 tensors.
 *
 * input1, input2, output: int8. `shape` is the output's, outermost first; element [a, b, c, d] of
 * an input lies at a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3], with stride 0
 * where it is broadcast. The output is dense and may be the memory of an input that is not
 * broadcast.
 *
 * Inputs are raised by 7 bits and scaled by multipliers below one; their difference is squared and
 * scaled to the output. Every step rounds twice. The inputs' shifts are in [-31, 0]. */
#ifndef TD_SQUARED_DIFFERENCE_S8_H
#define TD_SQUARED_DIFFERENCE_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
  int32_t multiplier1;
  int32_t multiplier2;
  int32_t output_multiplier;
  int8_t shift1;
  int8_t shift2;
  int8_t output_shift;
  int16_t offset1; /* minus the zero points: [-127, 128] */
  int16_t offset2;
  int16_t output_offset; /* the output's zero point: [-128, 127] */
} td_squared_difference_s8_params;

void td_squared_difference_s8(const td_squared_difference_s8_params *p, const int8_t *input1,
                              const int8_t *input2, int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
