/* Comparison of two int8 tensors of any scales: 1 where it holds, else 0.
 *
 * input1, input2: int8; output: bool. `shape` is the output's, outermost first; element [a, b, c,
 * d] of an input lies at a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3], with stride
 * 0 where it is broadcast. The output is dense and may be the memory of an input that is not
 * broadcast.
 *
 * Inputs are raised by 8 bits and scaled by their scales, which are below one; the shifts are in
 * [-31, 0]. The three results tell which comparison it is. */
#ifndef TD_COMPARE_S8_H
#define TD_COMPARE_S8_H

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
  int8_t shift1;
  int8_t shift2;
  int16_t offset1; /* minus the zero points: [-127, 128] */
  int16_t offset2;
  uint8_t if_less;
  uint8_t if_equal;
  uint8_t if_greater;
} td_compare_s8_params;

void td_compare_s8(const td_compare_s8_params *p, const int8_t *input1, const int8_t *input2,
                   uint8_t *output);

#ifdef __cplusplus
}
#endif
#endif
