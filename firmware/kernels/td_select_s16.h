/* Of each two int8 elements the first where the condition holds, else the second.
 *
 * condition: bool, one byte each; input1, input2, output: int8. `shape` is the output's, outermost
 * first; element [a, b, c, d] of an input lies at a * stride[0] + b * stride[1] + c * stride[2] +
 * d * stride[3], with stride 0 where it is broadcast. The strides are those of the condition, of
 * input1 and of input2. The output is dense and may be the memory of an input that is not
 * broadcast. */
#ifndef TD_SELECT_S16_H
#define TD_SELECT_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
  int32_t stride3[4];
} td_select_s16_params;

void td_select_s16(const td_select_s16_params *p, const uint8_t *condition, const int16_t *input1,
                   const int16_t *input2, int16_t *output);

#ifdef __cplusplus
}
#endif
#endif
