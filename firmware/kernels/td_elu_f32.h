/* exp(x) - 1 of each negative float32 element; the others as they are.
 *
 * input, output: float32, `size` elements; they may be the same memory. */
#ifndef TD_ELU_F32_H
#define TD_ELU_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int32_t size;
} td_elu_f32_params;

void td_elu_f32(const td_elu_f32_params *p, const float *input, float *output);

#ifdef __cplusplus
}
#endif
#endif
