/* Square of the difference of two int32 tensors, which wraps; each input broadcast by its strides.
 *
 * input1, input2, output: int32. `shape` is the output's, outermost first; element [a, b, c, d] of
 * an input lies at a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3], with stride 0
 * where it is broadcast. The output is dense and may be the memory of an input that is not
 * broadcast. */
#ifndef TD_SQUARED_DIFFERENCE_S32_H
#define TD_SQUARED_DIFFERENCE_S32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
} td_squared_difference_s32_params;

void td_squared_difference_s32(const td_squared_difference_s32_params *p, const int32_t *input1,
                               const int32_t *input2, int32_t *output);

#ifdef __cplusplus
}
#endif
#endif
