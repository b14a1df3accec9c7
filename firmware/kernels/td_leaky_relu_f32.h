/* Each float32 element; the negative ones times `alpha`.
 *
 * input, output: float32, `size` elements; they may be the same memory. */
#ifndef TD_LEAKY_RELU_F32_H
#define TD_LEAKY_RELU_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
  float alpha;
} td_leaky_relu_f32_params;

void td_leaky_relu_f32(const td_leaky_relu_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
