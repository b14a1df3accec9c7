/* Sigmoid of each float32 element.
 *
 * input, output: float32, `size` elements; they may be the same memory. */
#ifndef TD_LOGISTIC_F32_H
#define TD_LOGISTIC_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
} td_logistic_f32_params;

void td_logistic_f32(const td_logistic_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
