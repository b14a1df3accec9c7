/* Softmax over the last dimension, float32.
 *
 * input, output: float32 [rows, depth]; they may be the same memory. */
#ifndef TD_SOFTMAX_F32_H
#define TD_SOFTMAX_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t rows;
  int32_t depth;
  float beta;
} td_softmax_f32_params;

void td_softmax_f32(const td_softmax_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
