/* Remainder of two float32 tensors with the divisor's sign, each input broadcast by its strides.
 *
 * input1, input2, output: float32. `shape` is the output's, outermost first; element [a, b, c, d]
 * of an input lies at a * stride[0] + b * stride[1] + c * stride[2] + d * stride[3], with stride 0
 * where it is broadcast. The output is dense and may be the memory of an input that is not
 * broadcast. */
#ifndef TD_FLOOR_MOD_F32_H
#define TD_FLOOR_MOD_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t shape[4];
  int32_t stride1[4];
  int32_t stride2[4];
} td_floor_mod_f32_params;

void td_floor_mod_f32(const td_floor_mod_f32_params *p, const float *input1, const float *input2,
                      float *output);

#ifdef __cplusplus
}
#endif
#endif
