/* Sum or difference of two int16 tensors, each input broadcast by its strides.
 *
 * input1, input2, output: int16. `shape` is the output's, outermost first; element [a, b, c, d] of
 * an input lies at a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3], with stride 0
 * where it is broadcast. The output is dense and may be the memory of an input that is not
 * broadcast.
 *
 * Inputs are raised by 15 bits, scaled by multipliers below one, added (sign 1) or subtracted
 * (sign -1), and scaled to the output: every step rounds twice. All shifts are in [-31, 0]. */
#ifndef TD_ADD_S16_H
#define TD_ADD_S16_H

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
  int8_t sign;     /* of input2: 1 or -1 */
  int32_t offset1; /* minus the zero points */
  int32_t offset2;
  int32_t output_offset; /* the output's zero point */
  int16_t activation_min;
  int16_t activation_max;
} td_add_s16_params;

void td_add_s16(const td_add_s16_params *p, const int16_t *input1, const int16_t *input2,
                int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
