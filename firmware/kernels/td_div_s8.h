/* Quotient of two int8 tensors.
 *
 * input1, input2, output: int8. `shape` is the output's, outermost first; element [a, b, c, d] of
 * an input lies at a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3], with stride 0
 * where it is broadcast. The output is dense and may be the memory of an input that is not
 * broadcast.
 *
 * reciprocal[d] is 1 / d for d in [1, 255] as a multiplier whose shift is minus its whole bits;
 * what a division by zero gives is not defined. */
#ifndef TD_DIV_S8_H
#define TD_DIV_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
  int32_t multiplier;
  const int32_t *reciprocal; /* [256] */
  int8_t shift;
  int16_t offset1; /* minus the zero points: [-127, 128] */
  int16_t offset2;
  int16_t output_offset; /* the output's zero point: [-128, 127] */
  int16_t activation_min;
  int16_t activation_max;
} td_div_s8_params;

void td_div_s8(const td_div_s8_params *p, const int8_t *input1, const int8_t *input2,
               int8_t *output);

#ifdef __cplusplus
}
#endif
#endif
