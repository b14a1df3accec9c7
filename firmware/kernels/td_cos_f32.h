/* Cosine of each float32 element.
 *
 * input, output: float32, `size` elements; they may be the same memory. */
#ifndef TD_COS_F32_H
#define TD_COS_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
} td_cos_f32_params;

void td_cos_f32(const td_cos_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
