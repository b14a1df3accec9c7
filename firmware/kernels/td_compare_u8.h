/* Comparison of two tensors of conditions: 1 where it holds, else 0. The three results tell which
 * comparison it is.
 *
 * input1, input2, output: bool. `shape` is the output's, outermost first; element [a, b, c, d] of
 * an input lies at a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3], with stride 0
 * where it is broadcast. The output is dense and may be the memory of an input that is not
 * broadcast. */
#ifndef TD_COMPARE_U8_H
#define TD_COMPARE_U8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
  uint8_t if_less;
  uint8_t if_equal;
  uint8_t if_greater;
} td_compare_u8_params;

void td_compare_u8(const td_compare_u8_params *p, const uint8_t *input1, const uint8_t *input2,
                   uint8_t *output);

#ifdef __cplusplus
}
#endif
#endif
